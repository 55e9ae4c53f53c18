import numpy as np

from otrain.data.results.predictions import Predictions
from otrain.evaluation.column_bins import column_bins
from otrain.evaluation.curves import curves_by_bin, precision_recall, roc, threshold_scan
from otrain.plots.results import CURVES, result_figures
from otrain.plots.style import png_bytes


def draw(columns, *, calibrated=True):
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    logits = rng.normal(2.0 * labels - 1, 1)
    predictions = Predictions(columns, labels, logits, 1 / (1 + np.exp(-logits / (1.5 if calibrated else 1))),
                              np.full(200, "test"))
    bins = {stem: column_bins(columns.get(column, np.full(200, np.nan))) for stem, (column, _, _) in CURVES.items()}
    curves = {stem: {"roc": curves_by_bin(roc, labels, predictions.scores, some),
                     "precision_recall": curves_by_bin(precision_recall, labels, predictions.scores, some)}
              for stem, some in bins.items()}
    return result_figures(predictions, 0.5, threshold_scan(labels, predictions.scores), bins, curves)


def test_ratio_is_that_to_the_width_of_the_stars():
    fwhm = np.r_[np.linspace(2, 6, 198), 0.0, np.nan]
    figure = draw({"fwhm": fwhm, "fwhm_psf": np.full(200, 4.0)})["score_fwhm_ratio"]
    points = np.concatenate([axes.lines[0].get_xdata() for axes in figure.axes[:2]])
    assert len(points) == 198
    np.testing.assert_allclose([points.min(), points.max()], [0.5, 1.5], atol=0.02)


def test_magnitudes_that_mean_nothing_are_not_drawn():
    figure = draw({"mag": np.r_[np.linspace(16, 20, 190), np.full(10, 99.0)]})["by_mag"]
    assert figure.axes[0].get_xlim()[1] < 25


def test_reliability_has_one_curve_where_nothing_was_calibrated():
    for calibrated, count in ((True, 2), (False, 1)):
        names = draw({}, calibrated=calibrated)["reliability"].axes[0].get_legend_handles_labels()[1]
        assert len([name for name in names if "calibration" in name]) == count


def test_figures_without_a_column_say_so():
    figures = draw({})
    assert figures["mag_ROC"].axes[0].texts[0].get_text() == "no candidates with a magnitude"
    assert "by_mag" not in figures and png_bytes(figures["errmag_recall"])
