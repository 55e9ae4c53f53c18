import numpy as np
import pytest

from otrain.domains.lightcurves.searches.detrend import detrend, pieces, running_biweight
from otrain.errors import DataError


def curve(seed=0, days=30):
    time = np.arange(0, days, 1 / 48)
    return time, 1000 + np.random.default_rng(seed).normal(size=len(time)) + 5 * np.sin(time / 4)


def reference(values, tuning=5.0):
    """Tukey's biweight location by its definition, from the median, at a fixed scale."""
    location = np.median(values)
    scale = tuning * np.median(np.abs(values - location))
    for _ in range(100):
        u = (values - location) / scale
        weight = np.where(np.abs(u) < 1, (1 - u**2) ** 2, 0)
        location += np.sum(weight * (values - location)) / weight.sum()
    return location


def test_location_is_the_biweight_of_the_window():
    time, flux = curve()
    trend = running_biweight(time, flux, centres=1000, slopes=False)
    for index in (0, 10, 500, len(time) - 1):
        inside = np.abs(time - time[index]) <= 1 + 1e-9
        assert trend[index] == pytest.approx(reference(flux[inside]), abs=0.02)


def test_trend_between_centres_is_close_to_the_full_one():
    time, flux = curve()
    difference = running_biweight(time, flux) - running_biweight(time, flux, centres=1000)
    assert np.std(difference) < 0.02  # of a noise of 1; the trend itself is uncertain by 0.1


def test_wotan_gives_the_same_trend():
    wotan = pytest.importorskip("wotan")
    time, flux = curve()
    _, theirs = wotan.flatten(time, flux, window_length=2, method="biweight", return_trend=True, edge_cutoff=0)
    assert np.nanstd(theirs - running_biweight(time, flux, centres=1000, slopes=False)) < 0.02
    assert np.nanstd(theirs - running_biweight(time, flux, slopes=False)) < 0.03


def test_scale_and_offset_pass_through():
    time, flux = curve()
    trend = running_biweight(time, flux)
    np.testing.assert_allclose(running_biweight(time, 1e-4 * flux + 7), 1e-4 * trend + 7, rtol=0, atol=2e-6)
    np.testing.assert_allclose(running_biweight(time, -flux), -trend, atol=0.02)


def test_reversed_curve_has_the_reversed_trend():
    time, flux = curve()
    back = running_biweight(-time[::-1], flux[::-1])[::-1]
    np.testing.assert_allclose(back, running_biweight(time, flux), atol=1e-3)


def test_slope_at_the_end_of_a_piece_is_followed():
    time, flux = curve()
    error = running_biweight(time, flux + 20 * time) - 1000 - 20 * time - 5 * np.sin(time / 4)
    assert np.abs(error[[0, 1, -2, -1]]).max() < 1.5  # a constant would be off by half a window: 10
    constant = running_biweight(time, flux + 20 * time, slopes=False) - 1000 - 20 * time
    assert np.abs(constant[0]) > 8


def test_short_transit_stays():
    time, flux = curve()
    without = running_biweight(time, flux)
    flux[np.abs(time - 15) < 0.125] -= 30
    assert np.abs(running_biweight(time, flux) - without).max() < 0.25


def test_missing_points_change_nothing_else():
    time, flux = curve()
    hole = np.random.default_rng(1).random(len(time)) < 0.2
    masked = running_biweight(np.where(hole, np.nan, time), np.where(hole, np.nan, flux))
    np.testing.assert_array_equal(np.isnan(masked), hole)
    np.testing.assert_allclose(masked[~hole], running_biweight(time[~hole], flux[~hole]))


def test_no_window_reaches_over_a_jump_at_a_mask_update():
    time, flux = curve()
    segment = (time >= 12).astype(int)
    stepped = flux + 1000 * segment
    np.testing.assert_allclose(detrend(time, stepped, segment=segment), detrend(time, flux, segment=segment), atol=0.02)


def test_no_window_reaches_over_a_gap():
    time, flux = curve()
    keep = (time < 12) | (time > 13)
    time, flux = time[keep], flux[keep]
    np.testing.assert_allclose(detrend(time, flux + 1000 * (time > 12.5)), detrend(time, flux), atol=0.02)


def test_pieces_end_at_gaps_and_mask_updates():
    time = np.array([0, 0.1, 0.2, 1.0, 1.1, 1.2])
    assert pieces(time).tolist() == [0, 3, 6]
    assert pieces(time, segment=[0, 0, 0, 0, 1, 1]).tolist() == [0, 3, 4, 6]
    assert pieces(time, gap=2).tolist() == [0, 6]
    assert pieces(np.empty(0)).tolist() == [0]


def test_constant_curve_has_itself_as_trend():
    time = np.arange(0, 5, 0.02)
    np.testing.assert_array_equal(running_biweight(time, np.full(len(time), 3.0)), 3.0)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_curve_of_few_points_is_no_error(n):
    assert len(running_biweight(np.arange(n), np.arange(n))) == n
    assert np.isnan(running_biweight([1.0, 2.0], [np.nan, np.nan])).all()


def test_unsorted_time_is_an_error():
    with pytest.raises(DataError, match="must rise"):
        running_biweight([0.0, 2.0, 1.0], [1.0, 1.0, 1.0])
    with pytest.raises(DataError, match="one value per point"):
        running_biweight([0.0, 1.0], [1.0])
