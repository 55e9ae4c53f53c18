import numpy as np
import pytest

from otrain.domains.lightcurves.injection.transits import inject_transit
from otrain.domains.lightcurves.searches.measure import (
    COLUMNS,
    _quiet_residual,
    measure_events,
    snippets,
    trapezoid,
)


def curve(seed=0, *, t0=30.0, duration=8.0, depth=1e-3, noise=1e-4):
    time = (np.arange(4320) + 0.5) / 48
    flux = np.random.default_rng(seed).normal(1, noise, 4320) - depth * trapezoid(time, t0, duration)
    return time, flux + 1e-3 * np.sin(time / 3)


def test_trapezoid_is_measured_from_a_rough_guess():
    rows = [measure_events(*curve(seed, t0=30.01), [30.1], [5.5]) for seed in range(20)]
    column = {name: np.array([row[name][0] for row in rows]) for name in COLUMNS}
    assert np.mean(column["t0"]) == pytest.approx(30.01, abs=0.004)
    assert np.mean(column["duration"]) == pytest.approx(8, rel=0.05)
    assert np.mean(column["depth"]) == pytest.approx(1e-3, rel=0.03)


def test_error_of_the_depth_is_the_scatter_over_noise():
    depth, error = np.array([[row["depth"][0], row["depth_error"][0]] for row in (
        measure_events(*curve(seed), [30.0], [8.0]) for seed in range(40))]).T
    assert 0.6 < np.median(error) / np.std(depth) < 1.6


def test_red_noise_enlarges_the_error():
    time, flux = curve()
    rng = np.random.default_rng(1)
    red = np.convolve(rng.normal(size=4320 + 7), np.ones(8) / np.sqrt(8), "valid")
    white = measure_events(time, flux, [30.0], [8.0])["depth_error"]
    mixed = measure_events(time, flux + 1e-4 * red, [30.0], [8.0])["depth_error"]
    assert mixed > 1.6 * white


def test_limb_darkened_transit_is_nine_tenths_as_deep():
    time = (np.arange(4320) + 0.5) / 48
    flux = inject_transit(time, np.random.default_rng(0).normal(1, 1e-6, 4320), t0=30, duration=10, depth=1e-3)
    row = measure_events(time, flux, [30.05], [8])
    assert row["t0"][0] == pytest.approx(30, abs=0.003)
    assert row["duration"][0] == pytest.approx(10, rel=0.1) and row["depth"][0] == pytest.approx(0.93e-3, rel=0.05)


def test_scale_and_offset_of_the_flux_only_scale_the_depth():
    time, flux = curve()
    one, other = measure_events(time, flux, [30.0], [8.0]), measure_events(time, 1e6 * (flux - 1), [30.0], [8.0])
    for name in ("t0", "duration", "snr"):
        np.testing.assert_allclose(other[name], one[name], rtol=0.01)
    np.testing.assert_allclose(other["depth"], 1e6 * one["depth"], rtol=1e-3)


def test_masked_points_never_count():
    time, flux = curve()
    hole = np.random.default_rng(1).random(len(time)) < 0.2
    marked = measure_events(np.where(hole, np.nan, time), np.where(hole, np.nan, flux), [30.0], [8.0])
    cut = measure_events(time[~hole], flux[~hole], [30.0], [8.0])
    for name in COLUMNS:
        np.testing.assert_array_equal(marked[name], cut[name])


def test_baseline_does_not_reach_over_a_mask_update():
    time, flux = curve()
    segment = (time > 30.3).astype(int)
    one = measure_events(time, flux + 0.05 * segment, [30.0], [8.0], segment=segment)
    assert one["depth"][0] == pytest.approx(1e-3, rel=0.25) and one["near_segment"][0]


def test_events_near_gaps_and_ends_are_flagged():
    time, flux = curve()
    flux[(time > 30.2) & (time < 31)] = np.nan
    rows = measure_events(time, flux, [30.0, 0.2, 60.0], [8.0] * 3)
    assert rows["near_gap"].tolist() == [True, False, False]
    assert rows["near_edge"].tolist() == [False, True, False]


def test_event_without_points_has_no_measurement():
    time, flux = curve()
    flux[(time > 29) & (time < 31)] = np.nan
    rows = measure_events(time, flux, [30.0], [8.0])
    assert np.isnan(rows["depth"][0]) and rows["points"][0] == 0
    assert np.isnan(measure_events(time, np.full(4320, np.nan), [30.0], [8.0])["depth"][0])
    assert len(measure_events(time, flux, [], [])["t0"]) == 0


def test_snippets_hold_the_means_around_their_events():
    time = np.arange(0, 20, 0.01) + 0.005
    offset, values = snippets(time, np.floor(time), [10.0, 0.5], half=1, points=4)
    assert offset.tolist() == [-18, -6, 6, 18]
    np.testing.assert_array_equal(values, [[9, 9, 10, 10], [np.nan, 0, 0, 1]])


def test_transits_of_the_plato_quarter_are_measured(shared_curve):
    rows = measure_events(*shared_curve("psls"), [4.25, 33.25, 62.25], [5.0] * 3)
    np.testing.assert_allclose(rows["t0"], [4.249, 33.249, 62.249], atol=0.05)
    np.testing.assert_allclose(rows["duration"], 6.3, rtol=0.15)
    assert np.all(np.abs(rows["depth"] - 400) < 3 * rows["depth_error"])


def test_quiet_part_begins_three_quarters_of_a_duration_from_each_event():
    time = np.arange(0, 20, 1 / 48)
    quiet, _ = _quiet_residual(time, np.zeros(len(time)), np.zeros(len(time)), 0.5, np.array([10.0]), np.array([12.0]))
    away = np.abs(quiet - 10.0)
    assert len(time) - len(quiet) == np.sum(np.abs(time - 10) <= 0.375), "0.75 x 12 h on either side, in days"
    assert away.min() == pytest.approx(0.375, abs=1 / 48)
