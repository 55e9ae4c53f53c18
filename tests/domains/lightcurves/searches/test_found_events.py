import numpy as np
import pytest

from otrain.domains.lightcurves.searches.found_events import join_found, measure_found

CHANNELS = ("flux", "residual", "time", "segment")


@pytest.fixture
def window():
    """One window, 20 d of an hour a point, a box of 10 units and 12 hours at day 1005."""
    rng = np.random.default_rng(0)
    image = np.zeros((1, 480, 4), np.float32)
    image[0, :, 2] = np.arange(480) / 24
    image[0, :, 0] = rng.normal(size=480) - 10 * (np.abs(image[0, :, 2] - 5) < 0.25)
    return image, {"time_start": np.array([1000.0]), "scale": np.array([2e-4])}


def events(t0, **changed):
    count = len(t0)
    flags = {name: np.zeros(count, bool) for name in ("near_gap", "near_segment", "near_edge")}
    return {"row": np.zeros(count, int), "t0": np.array(t0), "duration": np.full(count, 10.0),
            "peak": np.full(count, 0.9), **flags, **changed}


def test_fit_puts_time_duration_and_depth_right(window):
    found = measure_found(*window[:1], CHANNELS, window[1], events([1005.05]))
    assert found["t0"][0] == pytest.approx(1005, abs=0.03)
    assert found["duration"][0] == pytest.approx(12, rel=0.1)
    assert found["depth"][0] == pytest.approx(10 * 2e-4, rel=0.1), "relative, not in units of the window"
    assert found["depth_error"][0] == pytest.approx(2e-4 / np.sqrt(12), rel=0.6) and found["snr"][0] > 15


def test_weak_events_keep_what_the_map_says(window):
    found = measure_found(*window[:1], CHANNELS, window[1], events([1005.05], peak=np.array([0.05]),
                                                                   near_gap=np.array([True])))
    assert found["t0"].tolist() == [1005.05] and found["duration"].tolist() == [10] and found["near_gap"].all()
    assert np.isnan([found["depth"][0], found["depth_error"][0], found["snr"][0]]).all()


def test_event_without_values_is_not_measured(window):
    image = window[0].copy()
    image[0, :, 0] = np.nan
    found = measure_found(image, CHANNELS, window[1], events([1005.05]))
    assert found["t0"].tolist() == [1005.05] and np.isnan(found["depth"]).all()


def test_given_columns_are_not_changed(window):
    given = events([1005.05])
    measure_found(*window[:1], CHANNELS, window[1], given)
    assert given["t0"].tolist() == [1005.05] and not given["near_gap"].any()


def test_no_event_gives_empty_columns(window):
    assert {len(values) for values in measure_found(*window[:1], CHANNELS, window[1], events([])).values()} == {0}


def table(**changed):
    count = 4
    return {"object_id": ["a"] * count, "kind": ["planet"] * count, "t0": [3.0, 13.0, 23.0, 17.2],
            "duration": [2.0] * count, "depth": [1e-3, 1e-3, 1e-3, 3e-3], "depth_error": [1e-4] * count,
            "snr": [10.0] * count, "score": [0.9] * count, "announced": [True] * count, "time_scale": ["BTJD"] * count, **changed}


OBSERVED = {("a", "BTJD"): np.arange(0, 30, 0.02), ("b", "BTJD"): np.arange(0, 30, 0.02)}


def test_events_that_repeat_have_a_period_and_others_none():
    period = join_found(table(), OBSERVED)["period"]
    assert period[:3] == pytest.approx([10, 10, 10]) and np.isnan(period[3])


@pytest.mark.parametrize("changed", [
    {"object_id": ["a", "b", "a", "a"]}, {"kind": ["planet", "binary", "planet", "planet"]},
    {"depth": [1e-3, np.nan, 1e-3, 3e-3]}, {"depth": [1e-3, -1e-3, 1e-3, 3e-3]},
    {"score": [0.9, 0.01, 0.9, 0.9], "announced": [True, False, True, True]}])
def test_events_of_other_stars_kinds_or_worth_are_not_joined(changed):
    assert np.isnan(join_found(table(**changed), OBSERVED)["period"]).all()


def test_announced_event_of_a_low_score_may_belong_to_a_period():
    assert join_found(table(score=[0.9, 0.01, 0.9, 0.9]), OBSERVED)["period"][1] == pytest.approx(10)


def test_no_events_have_no_periods():
    assert join_found({name: [] for name in table()}, {})["period"] == []


def test_events_of_one_star_are_joined_across_time_scales():
    rows = table(t0=[3.0, 13.0 + 2457000, 23.0, 17.2], time_scale=["BTJD", "BJD", "BTJD", "BTJD"])
    seen = {("a", "BTJD"): np.arange(0, 8, 0.02), ("a", "BJD"): np.arange(8, 30, 0.02) + 2457000}
    found = join_found(rows, seen)
    assert found["period"][:3] == pytest.approx([10] * 3) and np.isnan(found["period"][3])
    assert found["time_scale"] == ["BTJD"] * 4 and found["t0"] == pytest.approx([3, 13, 23, 17.2])


def test_days_of_an_unknown_zero_are_not_joined_to_others():
    found = join_found(table(time_scale=["BTJD", "d", "BTJD", "BTJD"]), OBSERVED | {("a", "d"): np.arange(0, 30, 0.02)})
    assert np.isnan(found["period"]).all() and found["time_scale"][1] == "d"


def test_transit_seen_in_two_cadences_counts_once():
    twice = {name: values + values for name, values in table().items()}
    twice["t0"] = [3.0, 13.0, 23.0, 17.2, 3.01, 13.01, 23.01, 17.19]
    period = join_found(twice, OBSERVED)["period"]
    assert [period[row] for row in (0, 1, 2, 4, 5, 6)] == pytest.approx([10] * 6, rel=1e-3)
    assert np.isnan([period[3], period[7]]).all()
    two = {name: [value for place, value in enumerate(values) if place % 4 < 2] for name, values in twice.items()}
    assert np.isnan(join_found(two, OBSERVED)["period"]).all()


def test_each_event_has_the_unit_and_the_start_of_its_own_window(window):
    image, _ = window
    columns = {"time_start": np.array([1000.0, 2000.0]), "scale": np.array([2e-4, 5e-4])}
    found = measure_found(np.concatenate([image, image]), CHANNELS, columns,
                          events([1005.05, 2005.05], row=np.array([0, 1])))
    assert found["depth"][1] / found["depth"][0] == pytest.approx(2.5)
    assert found["depth_error"][1] / found["depth_error"][0] == pytest.approx(2.5)
    assert found["t0"][1] - found["t0"][0] == pytest.approx(1000, abs=1e-6)
