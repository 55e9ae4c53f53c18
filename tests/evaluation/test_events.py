import numpy as np
import pytest
from scipy.special import expit, logsumexp

from otrain.errors import DataError
from otrain.evaluation.events import COLUMNS, class_log_odds, find_events, likeliest

HOUR = 1 / 24


def hourly(*values):
    return np.array(values, float), np.arange(len(values)) * HOUR


def spans(events):
    return list(zip(events["start"].tolist(), events["stop"].tolist()))


def test_box_maps_give_their_exact_events():
    rng = np.random.default_rng(0)
    for _ in range(50):
        cuts = np.sort(rng.choice(np.arange(2, 190), 8, replace=False)).reshape(4, 2)
        cuts = cuts[np.append(True, cuts[1:, 0] - cuts[:-1, 1] > 2)]
        p = np.zeros(200)
        for start, stop in cuts:
            p[start:stop] = rng.uniform(0.1, 1)
        events = find_events(p, 30 + np.arange(200) * HOUR)
        assert spans(events) == [tuple(cut) for cut in cuts.tolist()]
        np.testing.assert_allclose(events["t0"], 30 + (cuts.sum(axis=1) - 1) / 2 * HOUR, atol=1e-9)
        np.testing.assert_allclose(events["duration"], cuts[:, 1] - cuts[:, 0], atol=1e-6)


def test_triangle_is_as_long_as_its_half_width():
    p, time = hourly(*np.maximum(0, 1 - np.abs(np.arange(41) - 20.3) / 10))
    events = find_events(p, time)
    peak = p.max()
    assert events["duration"] == pytest.approx([20 * (1 - peak / 2)], abs=1e-9)
    assert events["t0"] == pytest.approx([20.3 * HOUR], abs=1e-9)


def test_shoulder_of_a_strong_event_is_none():
    p, time = hourly(0, 0.9, 0.8, 0.4, 0.3, 0.35, 0.2, 0, 0, 0, 0)
    assert spans(find_events(p, time)) == [(1, 3)]


def test_bumps_parted_by_a_deep_valley_are_two():
    p, time = hourly(0, 0.9, 0.8, 0.4, 0.1, 0.05, 0.1, 0.35, 0.3, 0, 0)
    assert spans(find_events(p, time)) == [(1, 3), (7, 9)]


def test_valley_at_exactly_half_the_peak_parts_nothing():
    p, time = hourly(0, 1, 0.5, 0.5, 0.5, 1, 0)
    assert spans(find_events(p, time)) == [(1, 6)]


def test_equal_runs_up_to_join_hours_apart_are_one_event():
    p, time = hourly(0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0)
    assert spans(find_events(p, time, join=2)) == [(1, 7), (10, 11)]
    assert spans(find_events(p, time, join=1)) == [(1, 3), (5, 7), (10, 11)]
    assert spans(find_events(p, time, join=3)) == [(1, 11)]


def test_weak_run_beside_a_strong_one_does_not_lengthen_it():
    p, time = hourly(0, 0.05, 0, 1, 1, 1, 0, 0)
    assert spans(find_events(p, time)) == [(3, 6)]


def test_peak_must_reach_the_floor():
    p, time = hourly(0, 0.019, 0, 0, 0.02, 0, 0)
    assert spans(find_events(p, time)) == [(4, 5)]
    assert spans(find_events(p, time, floor=0.01)) == [(1, 2), (4, 5)]


def test_scaled_probabilities_give_the_same_runs():
    rng = np.random.default_rng(1)
    p, time = rng.random(500) ** 4, np.arange(500) * HOUR
    one, half = find_events(p, time, floor=0.04), find_events(p / 2, time, floor=0.02)
    assert spans(one) == spans(half)
    np.testing.assert_allclose(one["duration"], half["duration"])


def test_reversed_map_gives_reversed_events():
    rng = np.random.default_rng(2)
    p, time = rng.random(500) ** 4, np.arange(500) * HOUR
    valid = rng.random(500) > 0.1
    valid[200:240] = False
    one = find_events(p, time, valid)
    back = find_events(p[::-1], -time[::-1], valid[::-1])
    for name in ("t0", "duration", "peak", "mean_log_odds", "near_gap", "near_edge"):
        turned = back[name][::-1] * (-1 if name == "t0" else 1)
        np.testing.assert_allclose(one[name], turned, atol=1e-9)


def test_masked_points_never_count():
    rng = np.random.default_rng(3)
    p, time = rng.random(300) ** 4, np.arange(300) * HOUR
    valid = rng.random(300) > 0.3
    one = find_events(p, time, valid)
    other = find_events(np.where(valid, p, 1.0), time, valid)
    hidden = find_events(np.where(valid, p, np.nan), np.where(valid, time, np.nan))
    for name in COLUMNS:
        np.testing.assert_array_equal(one[name], other[name])
        np.testing.assert_array_equal(one[name], hidden[name])


def test_missing_points_within_an_event_do_not_part_it_but_a_long_gap_does():
    p, time = hourly(*[0] * 5, *[1] * 20, *[0] * 5)
    valid = np.ones(30, bool)
    valid[10:13] = False
    assert spans(find_events(p, time, valid)) == [(5, 25)]
    valid[10:20] = False
    assert spans(find_events(p, time, valid)) == [(5, 10), (20, 25)]


def test_event_at_a_gap_ends_half_a_cadence_outside():
    p, time = hourly(0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0)
    valid = np.ones(11, bool)
    valid[4:9] = False
    events = find_events(p, time, valid, bridge=2)
    np.testing.assert_allclose(events["duration"], [2, 1])
    np.testing.assert_allclose(events["t0"] * 24, [2.5, 9])


def test_events_near_gaps_edges_and_mask_updates_are_flagged():
    p, time = np.zeros(200), np.arange(200) * HOUR
    for start in (1, 50, 90, 130, 195):
        p[start:start + 4] = 1
    valid, segment = np.ones(200, bool), np.zeros(200)
    valid[56:66] = False
    segment[92:] = 1
    events = find_events(p, time, valid, segment=segment)
    assert events["near_edge"].tolist() == [True, False, False, False, True]
    assert events["near_gap"].tolist() == [False, True, False, False, False]
    assert events["near_segment"].tolist() == [False, False, True, False, False]


def test_statistics_are_those_of_the_log_odds_in_the_run():
    z, time = hourly(-9, -9, 3, 30, 25, -9, -9)
    events = find_events(expit(z), time, log_odds=z)
    assert (events["peak_log_odds"][0], events["sum_log_odds"][0]) == (30, 58)
    assert events["mean_log_odds"][0] == pytest.approx(58 / 3)
    assert events["points"].tolist() == [3]
    assert find_events(expit(z), time)["sum_log_odds"][0] == pytest.approx(58, abs=0.1)


def test_many_rows_give_what_each_gives_alone():
    rng = np.random.default_rng(4)
    p = rng.random((300, 40)) ** 6
    p[:, 0] = rng.random(300)  # runs touch the ends of rows
    valid = rng.random(p.shape) > 0.1
    valid[7], p[8] = False, 0
    time = np.arange(40) * HOUR + rng.uniform(0, 1000, (300, 1))
    together = find_events(p, time, valid)
    single = [find_events(p[row], time[row], valid[row]) for row in range(300)]
    for name in COLUMNS[1:]:
        np.testing.assert_allclose(together[name], np.concatenate([events[name] for events in single]))
    assert together["row"].tolist() == [row for row in range(300) for _ in single[row]["t0"]]


def test_whole_curve_above_half_is_one_event():
    assert spans(find_events(np.ones(50), np.arange(50) * HOUR)) == [(0, 50)]


@pytest.mark.parametrize("p", [np.zeros(5), np.full(5, np.nan)])
def test_nothing_gives_an_empty_table_with_all_columns(p):
    events = find_events(p, np.arange(5) * HOUR)
    assert list(events) == list(COLUMNS) and not len(events["t0"])


def test_time_must_rise():
    with pytest.raises(DataError, match="`time` must rise"):
        find_events(np.ones(3), np.array([0, 2, 1.0]))


def test_shapes_must_agree():
    with pytest.raises(DataError, match=r"`valid` must have one value per point. Received: \(1, 4\)"):
        find_events(np.ones(3), np.arange(3.0), np.ones(4, bool))


def test_class_log_odds_are_those_of_softmax():
    logits = np.random.default_rng(5).normal(size=(20, 3)) * 50
    p = np.exp(logits - logsumexp(logits, axis=-1, keepdims=True))
    np.testing.assert_allclose(expit(class_log_odds(logits, 2)), p[:, 2], rtol=1e-9)
    assert np.all(np.isfinite(class_log_odds(logits * 1e3, 0)))


def test_one_stretch_is_of_one_kind():
    def table(*events):
        return {name: np.array([event[place] for event in events])
                for place, name in enumerate(("row", "start", "stop", "peak_log_odds"))}

    planets = table((0, 0, 5, 3.0), (0, 20, 25, 1.0), (1, 20, 25, 1.0))
    binaries = table((0, 3, 9, 2.0), (0, 22, 30, 4.0))
    one, other = likeliest([planets, binaries])
    assert one.tolist() == [True, False, True] and other.tolist() == [False, True]


def test_events_of_one_kind_do_not_exclude_each_other():
    same = {"row": np.array([0, 0]), "start": np.array([0, 1]), "stop": np.array([4, 5]),
            "peak_log_odds": np.array([1.0, 2.0])}
    assert likeliest([same])[0].all()
