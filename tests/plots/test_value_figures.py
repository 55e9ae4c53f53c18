"""The figures of numbers: the numbers that are drawn."""

import numpy as np
import pytest
from scipy.stats import chi2

from otrain.plots.corner import RADII, corner
from otrain.plots.error_against import error_against
from otrain.plots.style import png_bytes
from otrain.plots.value_coverage import coverage_curve, coverage_map, pit_panels
from otrain.plots.value_panels import PanelOfTarget, error_panels, predicted_true

RNG = np.random.default_rng(0)
TRUTH = RNG.uniform(10, 20, 200)
PANEL = PanelOfTarget("r", "pix", TRUTH, TRUTH + 1, np.full(200, 0.5))


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_points_stand_at_truth_and_value_with_their_deviations():
    (axes,) = predicted_true([PANEL]).axes
    points = next(line for line in axes.lines if line.get_marker() == ".")
    middle = (points.get_xdata() > 10.5) & (points.get_xdata() < 18)
    np.testing.assert_allclose((points.get_ydata() - points.get_xdata())[middle], 1)
    (bars,) = axes.collections
    lengths = [np.ptp(segment[:, 1]) for segment in bars.get_segments()]
    np.testing.assert_allclose(lengths, 1.0)  # 0.5 to either side
    assert axes.get_title(loc="left") == "r [pix]" and axes.get_xlim() == axes.get_ylim()


def test_errors_have_their_median_and_the_stated_deviation():
    (axes,) = error_panels([PANEL]).axes
    drawn = {line.get_linestyle(): line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 10}
    np.testing.assert_allclose(drawn["-"], 1.0)  # value - truth, not the other way
    np.testing.assert_allclose(np.abs(drawn["--"]), 0.5)


def test_decades_have_a_curved_axis_and_powers_of_ten():
    values = np.sinh(RNG.normal(0, 3, 200))
    (axes,) = predicted_true([PanelOfTarget("a", "", values, values, np.ones(200), softening=1.0)]).axes
    ticks = axes.get_xticks()
    assert (axes.get_xscale() == "asinh" and 0 in ticks and 1000 in np.abs(ticks)) or 100 in np.abs(ticks)


@pytest.mark.parametrize("draw", [predicted_true, error_panels])
def test_many_targets_and_unknown_ones_have_a_panel(draw):
    few = PanelOfTarget("few", "", np.r_[1.0, np.full(9, np.nan)], np.ones(10), np.ones(10))
    figure = draw([few, *[PANEL] * 26])
    assert len([axes for axes in figure.axes if axes.get_visible()]) == 27 and texts(figure) == ["n = 1: too few"]
    assert png_bytes(draw([])) and png_bytes(figure)


def rows(shift):
    return [{"level": level, "value": level + shift, "low": level + shift - 0.02, "high": level + shift + 0.02}
            for level in (0.1, 0.5, 0.9)]


def test_coverage_is_drawn_against_its_level_and_as_a_difference():
    figure = coverage_curve({"a": rows(-0.05), "b": rows(0.07)}, rows(0.01))
    left, right = figure.axes
    found = {line.get_label(): line.get_ydata().tolist() for line in left.lines}
    assert found["a"] == pytest.approx([0.05, 0.45, 0.85]) and found["mean"] == pytest.approx([0.11, 0.51, 0.91])
    found = {line.get_label(): line.get_ydata() for line in right.lines}
    np.testing.assert_allclose(found["b"], 0.07)
    np.testing.assert_allclose(found["mean"], 0.01)
    low, high = right.get_ylim()
    assert low == -high and high >= 0.07
    assert texts(coverage_curve({}, [])) == ["no example with a true value"]


def test_histogram_of_probabilities_has_its_counts_and_what_chance_allows():
    counts = [20] * 10
    (axes,) = pit_panels({"a": counts}).axes
    (stairs,) = [patch for patch in axes.patches if hasattr(patch, "get_data")]
    assert stairs.get_data().values.tolist() == counts
    (band,) = [patch for patch in axes.patches if not hasattr(patch, "get_data")]
    low, high = band.get_extents().transformed(axes.transData.inverted()).intervaly
    assert 10 < low < 13 and 27 < high < 31  # binomial, 200 of 1/10: 12 to 28
    assert texts(pit_panels({"a": [1] * 10})) == ["n = 10: too few"]


def test_cells_stand_at_their_place():
    cells = [[{"examples": 10 * i + j, "coverage": [{"level": 0.68, "value": (i + 2 * j) / 10}]} for j in range(2)] for i in range(3)]
    table = {"columns": ["first", "second"], "first_edges": [0, 1, 2, 3], "second_edges": [5, 6, 7], "cells": cells}
    (axes,) = coverage_map([table]).axes
    image = axes.images[0].get_array()
    assert image.shape == (2, 3) and image[1, 2] == pytest.approx(0.4)  # row: second column, upwards
    assert "40 %\nn = 21" in texts(coverage_map([table])) and axes.get_xlabel() == "first"
    assert texts(coverage_map([])) == ["no two columns to tell it against"]


def test_errors_are_drawn_against_each_column():
    table = [{"middle": x, "rmse": {"a": 0.1 * x, "b": None}, "coverage_68": {"a": 0.7, "b": None}, "mean_coverage_68": 0.66}
             for x in (1.0, 2.0, 3.0)]
    figure = error_against({"snr": table, "single": table[:1]})
    left, right = figure.axes
    assert left.get_xlabel() == "snr" and left.lines[0].get_ydata() == pytest.approx([0.1, 0.2, 0.3])
    assert next(line for line in right.lines if line.get_label() == "mean").get_ydata() == pytest.approx([0.66] * 3)
    assert texts(error_against({})) == ["no column to tell the errors against"]


def test_ellipses_hold_what_they_say():
    for share, radius in RADII.items():
        assert chi2.cdf(radius**2, 2) == pytest.approx(share)
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    figure = corner(["a", "b"], ["", "pix"], [10, 20], covariance, [11, np.nan])
    lower = figure.axes[2]
    inverse = np.linalg.inv(covariance)
    for patch, radius in zip(lower.patches, RADII.values(), strict=True):
        offset = patch.get_xy()[:-1] - [10, 20]  # a is the horizontal axis
        np.testing.assert_allclose(np.einsum("ni,ij,nj->n", offset, inverse, offset), radius**2)
    assert not figure.axes[1].get_visible() and lower.get_ylabel() == "b\n[pix]"
    assert figure.axes[0].lines[-1].get_xdata()[0] == 11  # the truth
    assert png_bytes(corner(list("abcdefghij"), [""] * 10, np.zeros(10), np.eye(10), np.zeros(10)))
    assert len(corner(["a"], [""], [0.0], [[1.0]], [0.5]).axes) == 1
