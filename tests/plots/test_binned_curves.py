import numpy as np
import pytest

from otrain.evaluation.column_bins import column_bins
from otrain.evaluation.curves import curves_by_bin, precision_recall, roc
from otrain.plots.binned_curves import precision_recall_panels, roc_panels
from otrain.plots.style import png_bytes

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, 300)
SCORES = np.clip(RNG.normal(0.3 + 0.4 * LABELS, 0.2), 0, 1)
MAG = np.r_[RNG.uniform(15, 20, 297), [25.0] * 3]


def rows(curve, count=4):
    return curves_by_bin(curve, LABELS, SCORES, column_bins(MAG, count=count))


@pytest.mark.parametrize("curve, draw", [(roc, roc_panels), (precision_recall, precision_recall_panels)])
def test_each_bin_has_a_panel_with_its_curve_and_best_threshold(curve, draw):
    made = rows(curve)
    for panel, row in zip(draw(made, name="magnitude", unit="mag").axes, made):
        drawn = [line for line in panel.lines if len(line.get_xdata()) == len(row.curve.x)]
        np.testing.assert_array_equal(drawn[0].get_ydata(), row.curve.y)
        assert f"best at {row.curve.threshold:.3g}" in panel.texts[0].get_text()


def test_bin_with_few_candidates_is_hatched_and_counted():
    few = curves_by_bin(roc, [1, 1, 0], [0.9, 0.8, 0.1], column_bins([18.0] * 3, count=1))
    (panel,) = roc_panels(few, name="magnitude", unit="mag").axes
    assert panel.texts[0].get_text() == "n = 3\n2 real, 1 bogus\ntoo few for a curve"
    assert panel.patch.get_hatch() and not panel.lines


def test_end_bins_are_open():
    figure = roc_panels(rows(roc), name="magnitude", unit="mag")
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert titles[0].startswith("below ") and titles[-1].startswith("from ") and " to " in titles[1]


def test_column_without_values_is_said():
    (axes,) = roc_panels([], name="magnitude").axes
    assert axes.texts[0].get_text() == "no candidates with a magnitude"


@pytest.mark.parametrize("count", [1, 4])
def test_any_number_of_bins_can_be_drawn(count):
    assert png_bytes(precision_recall_panels(rows(precision_recall, count), name="magnitude"))
