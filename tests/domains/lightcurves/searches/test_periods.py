import numpy as np
import pytest

from otrain.domains.lightcurves.searches.matched_filter import matched_filter_events
from otrain.domains.lightcurves.searches.measure import measure_events
from otrain.domains.lightcurves.searches.periods import join_events

TIME = np.arange(0, 90, 1 / 48)


def joined(t0, *, duration=6.0, depth=1e-3, time=TIME, **options):
    t0 = np.asarray(t0, float)
    full = np.ones(len(t0))
    return join_events(t0, duration * full, depth * full, 0.05 * depth * full, time=time, **options)


def test_events_on_a_ladder_are_joined_and_its_period_is_fitted():
    rng = np.random.default_rng(0)
    t0 = 3.2 + 11.37 * np.arange(8) + rng.normal(0, 0.01, 8)
    (ladder,) = joined(rng.permutation(t0))
    assert ladder.period == pytest.approx(11.37, abs=0.01) and ladder.t0 == pytest.approx(3.2, abs=0.03)
    assert ladder.epochs.tolist() == list(range(8)) and ladder.missing == 0


def test_events_lost_in_a_gap_are_not_missing():
    time = TIME[(TIME < 24) | (TIME > 48)]
    (ladder,) = joined([5, 15, 55, 65, 75, 85], time=time)
    assert ladder.period == pytest.approx(10) and ladder.missing == 0
    assert ladder.epochs.tolist() == [0, 1, 5, 6, 7, 8]


def test_missing_epochs_are_counted_and_bounded():
    (ladder,) = joined([5, 15, 35, 45, 55, 75, 85])
    assert ladder.period == pytest.approx(10) and ladder.missing == 2
    strict = joined([5, 15, 35, 45, 55, 75, 85], most_missing=0.1)
    assert all(ladder.missing == 0 and ladder.period > 11 for ladder in strict)


def test_two_planets_of_one_star_are_parted():
    one, other = 2 + 9.1 * np.arange(10), 5.5 + 13.7 * np.arange(6)
    t0 = np.concatenate([one, other])
    depth = np.repeat([1e-3, 4e-4], [10, 6])
    ladders = join_events(t0, np.full(16, 6.0), depth, 0.05 * depth, time=TIME)
    assert sorted(round(ladder.period, 2) for ladder in ladders) == [9.1, 13.7]
    assert sorted(len(ladder.events) for ladder in ladders) == [6, 10]


def test_equal_planets_are_parted_by_their_times():
    t0 = np.concatenate([2 + 9.1 * np.arange(10), 5.5 + 13.7 * np.arange(6)])
    assert sorted(round(ladder.period, 2) for ladder in joined(t0)) == [9.1, 13.7]


def test_events_of_other_depth_or_duration_do_not_belong():
    t0 = 5 + 10.0 * np.arange(8)
    depth, duration = np.full(8, 1e-3), np.full(8, 6.0)
    depth[3], duration[5] = 2e-3, 12.0
    (ladder,) = join_events(t0, duration, depth, 0.05 * depth, time=TIME)
    assert ladder.events.tolist() == [0, 1, 2, 4, 6, 7]


def test_period_is_not_a_fraction_of_the_true_one():
    (ladder,) = joined(5 + 20.0 * np.arange(5))
    assert ladder.period == pytest.approx(20)


def test_random_events_are_rarely_joined():
    rng = np.random.default_rng(0)
    false = sum(bool(joined(rng.uniform(0, 90, rng.integers(3, 13)))) for _ in range(150))
    assert false <= 15  # 5 % of 150 are 7.5; more than 15 of these would be 1 % likely


def test_two_events_are_a_period_only_if_asked():
    assert not joined([10, 30])
    assert not joined([])
    assert not join_events([1.0, 2.0, np.nan], [1, 1, 1], [1, 1, np.nan], [1, 1, 1], time=TIME)


def test_reversed_time_gives_the_same_period():
    t0 = np.array([5, 15, 35, 45, 55, 75, 85.0])
    (ladder,), (back,) = joined(t0), joined(90 - t0)
    assert back.period == pytest.approx(ladder.period) and back.missing == ladder.missing


def test_transits_of_wasp_4_are_one_planet(shared_curve):
    time, flux = shared_curve("wasp-4")
    events = matched_filter_events(time, flux)
    rows = measure_events(time, flux, events["t0"], events["duration"])
    (ladder,) = join_events(rows["t0"], rows["duration"], rows["depth"], rows["depth_error"], time=time)
    assert ladder.period == pytest.approx(1.33823, abs=3e-4) and len(ladder.events) == 18


def test_three_transits_of_the_plato_quarter_are_one_planet(shared_curve):
    time, flux = shared_curve("psls")
    events = matched_filter_events(time, flux)
    rows = measure_events(time, flux, events["t0"], events["duration"])
    ladders = join_events(rows["t0"], rows["duration"], rows["depth"], rows["depth_error"], time=time)
    assert [ladder.period for ladder in ladders] == [pytest.approx(29.0, abs=0.02)]


def test_chance_of_a_ladder_counts_both_sides_of_each_epoch():
    """Four events, three on a ladder of 20 d, each within 0.25 x 6 h: a share of 2 x reach / period is on it by chance."""
    ladder = next(iter(joined([10.0, 30.0, 50.0, 61.0], tolerance=0.25, chance=np.inf, least=3)))
    assert ladder.events.tolist() == [0, 1, 2]
    reach, period = 0.25 * 6 / 24, 20.0
    share = 2 * reach / period
    one_of_two = 1 - (1 - share) ** 2  # reference: at least one of the two other events, binomial
    assert ladder.chance / one_of_two == pytest.approx(round(ladder.chance / one_of_two), rel=1e-6), "times the trials"
