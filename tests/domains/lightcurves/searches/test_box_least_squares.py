import numpy as np
import pytest

from otrain.domains.lightcurves.searches.box_least_squares import COLUMNS, box_least_squares, transits_of


def curve(seed=0, *, period=4.3, depth=4e-4, days=30):
    time = (np.arange(days * 48) + 0.5) / 48
    flux = np.random.default_rng(seed).normal(1, 1e-4, len(time)) + 1e-3 * np.sin(time / 3)
    phase = (time - 1.7 + period / 2) % period - period / 2
    return time, flux - depth * (np.abs(phase) < 2.25 / 24)


def test_period_of_boxes_is_found_with_its_transits():
    row = box_least_squares(*curve(), longest=12)
    assert row["period"] == pytest.approx(4.3, abs=0.01) and row["depth"] == pytest.approx(4e-4, rel=0.1)
    assert row["t0"] == pytest.approx(1.7, abs=0.05) and row["duration"] == pytest.approx(4.5, abs=0.2)
    assert list(row["transits"]) == list(COLUMNS)
    np.testing.assert_allclose(row["transits"]["t0"], 1.7 + 4.3 * np.arange(7), atol=0.08)


def test_transits_are_more_significant_than_noise():
    assert box_least_squares(*curve(), longest=12)["statistic"] > 1.5 * box_least_squares(
        *curve(depth=0), longest=12)["statistic"]


def test_masked_points_never_count():
    time, flux = curve()
    hole = np.random.default_rng(1).random(len(time)) < 0.2
    marked = box_least_squares(np.where(hole, np.nan, time), np.where(hole, np.nan, flux), longest=8)
    cut = box_least_squares(time[~hole], flux[~hole], longest=8)
    assert marked["period"] == cut["period"] and marked["snr"] == cut["snr"]


def test_transits_in_gaps_are_left_out_and_snr_is_the_closed_form():
    time = np.arange(0, 30, 0.01)
    time = time[(time < 9) | (time > 11)]
    rows = transits_of(time, np.full(len(time), -2e-4), 1e-4, 10.0, 0.505, 4.8)
    np.testing.assert_allclose(rows["t0"], [0.505, 20.505])
    np.testing.assert_allclose(rows["snr"], 2 * np.sqrt(rows["points"]))


def test_curves_too_short_or_without_noise_have_no_period():
    assert box_least_squares(np.arange(5.0), np.ones(5)) is None
    assert box_least_squares(np.arange(0, 9, 0.02), np.ones(450)) is None


def test_wasp_4_has_its_period(shared_curve):
    row = box_least_squares(*shared_curve("wasp-4"), longest=6)
    assert row["period"] == pytest.approx(1.33823, abs=2e-3) and len(row["transits"]["t0"]) >= 18
