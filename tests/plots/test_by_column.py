import numpy as np
import pytest

from otrain.evaluation.intervals import wilson_interval
from otrain.plots.by_column import rates_by_category, rates_by_number
from otrain.plots.style import png_bytes


def _bar(axes, index=0):
    """Centre, lower and upper end of the intervals of one errorbar container."""
    points, _, (bars,) = axes.containers[index]
    ends = np.array(bars.get_segments())
    return np.array(points.get_ydata()), ends[:, 0, 1], ends[:, 1, 1]


def test_completeness_has_wilson_intervals():
    values = np.repeat([16.0, 20.0], 50)
    scores = np.r_[np.ones(40), np.zeros(10), np.ones(20), np.zeros(30)]
    figure = rates_by_number(values, np.ones(100, int), scores, 0.5, name="Magnitude [mag]", bins=2)
    rate, low, high = _bar(figure.axes[0])
    np.testing.assert_allclose(rate, [0.8, 0.4])
    np.testing.assert_allclose([low, high], wilson_interval(np.array([40, 20]), 50))


def test_few_candidates_are_drawn_as_such():
    values = np.r_[np.full(50, 16.0), np.full(3, 20.0)]
    figure = rates_by_number(values, np.ones(53, int), np.ones(53), 0.5, name="Magnitude [mag]", bins=2)
    enough, few = figure.axes[0].containers
    assert enough[0].get_markerfacecolor() != "white"
    assert few[0].get_markerfacecolor() == "white"
    assert few.get_label() == "fewer than 10 candidates"


def test_every_candidate_with_a_value_is_in_a_bin():
    values = np.r_[np.random.default_rng(0).normal(size=200), -50.0, 50.0, np.nan]
    figure = rates_by_number(values, np.zeros(203, int), np.zeros(203), 0.5, name="FWHM [pixel]")
    counts = figure.axes[2].patches[1].get_data().values
    assert counts.sum() == 202


def test_class_without_candidates_says_so():
    figure = rates_by_number(np.arange(20.0), np.ones(20, int), np.ones(20), 0.5, name="FWHM [pixel]")
    assert figure.axes[1].texts[0].get_text() == "no candidates"


@pytest.mark.parametrize("values", [np.full(5, 3.0), np.arange(5.0), np.array([1e30, -1e30, 0, 1, 2])])
def test_odd_columns_can_be_drawn(values):
    assert png_bytes(rates_by_number(values, [0, 1, 0, 1, 1], np.ones(5), 0.5, name="x"))


def test_column_without_values_is_said():
    figure = rates_by_number(np.full(3, np.nan), [0, 1, 0], np.ones(3), 0.5, name="magnitude")
    assert figure.axes[0].texts[0].get_text() == "no candidates with a magnitude"


def test_each_category_has_a_row_in_the_panel_of_its_class():
    kinds = np.array(["dipole", "dipole", "ghost", "star", ""])
    figure = rates_by_category(kinds, [0, 0, 0, 1, 1], np.zeros(5), 0.5, name="kind")
    names = [[tick.get_text() for tick in axes.get_yticklabels()] for axes in figure.axes]
    assert names == [["star  (1)"], ["dipole  (2)", "ghost  (1)"]]


def test_category_names_are_never_formulas():
    figure = rates_by_category(np.array(["$a_$", "x" * 90]), [1, 1], np.ones(2), 0.5, name="$kind")
    assert png_bytes(figure)
