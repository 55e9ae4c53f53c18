import numpy as np
import pytest

from otrain.domains.lightcurves.injection.transits import inject_grid, inject_transit
from otrain.domains.lightcurves.searches.matched_filter import matched_filter_events
from otrain.errors import DataError

TIME = (np.arange(4320) + 0.5) / 48


def test_transit_has_its_depth_and_its_contacts():
    fine = np.arange(-0.4, 0.4, 1e-4)
    lost = 1 - inject_transit(fine, np.ones(len(fine)), t0=0, duration=12, depth=1e-3)
    assert lost.max() == pytest.approx(1e-3, rel=1e-4)
    assert np.ptp(fine[lost > 0]) * 24 == pytest.approx(12, abs=0.02)
    np.testing.assert_allclose(lost[1:], lost[:0:-1], atol=2e-8)


def test_long_exposures_smear_the_flanks_but_keep_the_light_lost():
    fine, coarse = np.arange(-0.5, 0.5, 1e-4), np.arange(-0.5, 0.5, 1 / 48)
    lost = [np.sum(1 - inject_transit(t, np.ones(len(t)), t0=0.003, duration=5, depth=1e-3)) * np.diff(t)[0]
            for t in (fine, coarse)]
    assert lost[1] == pytest.approx(lost[0], rel=5e-3)


def test_transit_scales_with_the_light_of_the_star():
    flux = np.full(100, 5000.0)
    time = np.arange(100) / 48
    assert np.min(inject_transit(time, flux, t0=1, duration=10, depth=0.01)) == pytest.approx(4950, rel=1e-4)
    centred = inject_transit(time, flux * 0, t0=1, duration=10, depth=0.01, level=1e6)
    assert centred.min() == pytest.approx(-1e4, rel=1e-3)


def test_nothing_else_changes_and_nan_stays():
    flux = np.random.default_rng(0).normal(1, 1e-4, 4320)
    flux[100:200] = np.nan
    changed = inject_transit(TIME, flux, t0=40, duration=10, depth=1e-3)
    same = np.abs(TIME - 40) > 6 / 24
    np.testing.assert_array_equal(changed[same], flux[same])


def test_grid_gives_every_depth_and_duration_away_from_known_events():
    flux = np.random.default_rng(0).normal(1, 1e-4, 4320)
    flux[1000:1500] = np.nan
    rows = list(inject_grid(TIME, flux, depths=[1e-4, 1e-3], durations=[4, 10], repeats=5, avoid=[(60, 10)]))
    assert len(rows) == 20
    assert {(row["depth"], row["duration"]) for _, row in rows} == {(1e-4, 4), (1e-4, 10), (1e-3, 4), (1e-3, 10)}
    for changed, row in rows:
        assert abs(row["t0"] - 60) > 10 / 24
        assert np.nansum(flux - changed) == pytest.approx(row["depth"] * row["duration"] * 2 * 0.85, rel=0.6)
    again = list(inject_grid(TIME, flux, depths=[1e-4, 1e-3], durations=[4, 10], repeats=5, avoid=[(60, 10)]))
    assert [row for _, row in again] == [row for _, row in rows]


def test_deep_injections_are_found_again():
    flux = np.random.default_rng(0).normal(1, 1e-4, 4320)
    for changed, row in inject_grid(TIME, flux, depths=[1e-3], durations=[3, 6, 12], repeats=2):
        found = matched_filter_events(TIME, changed)["t0"][0]
        assert abs(found - row["t0"]) < row["duration"] / 48


@pytest.mark.parametrize("options", [{"depth": 2}, {"depth": 0}, {"duration": 0}])
def test_impossible_transits_are_errors(options):
    with pytest.raises(DataError, match="depth between 0 and 1"):
        inject_transit(TIME, np.ones(4320), **{"t0": 1, "duration": 5, "depth": 0.1} | options)


def test_flux_about_zero_needs_a_level():
    with pytest.raises(DataError, match="Give `level`"):
        inject_transit(TIME, np.random.default_rng(0).normal(0, 1, 4320), t0=1, duration=5, depth=0.1)


def test_curve_without_room_is_an_error():
    with pytest.raises(DataError, match="no place for a transit of 5 h"):
        next(inject_grid(TIME[:50], np.ones(50), depths=[0.1], durations=[5], avoid=[(0.5, 100)]))
