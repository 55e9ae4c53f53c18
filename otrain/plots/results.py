"""The figures of otrain-plot-results, by name: those that O'TRAIN published and ours."""

import numpy as np

from otrain.data.results.calibration import Calibration
from otrain.evaluation.metrics import confusion, reliability_bins
from otrain.plots.best_threshold import f1_and_mcc
from otrain.plots.binned_curves import precision_recall_panels, roc_panels
from otrain.plots.by_column import rates_by_category, rates_by_number
from otrain.plots.confusion import confusion_matrix
from otrain.plots.reliability import reliability_diagram
from otrain.plots.score_against import score_against
from otrain.plots.scores import score_distribution
from otrain.plots.thresholds import error_rates

__all__ = ["CURVES", "FIGURES", "result_figures"]

# The stem of the published names, the column, its name and its unit.
CURVES = {"mag": ("mag", "magnitude", "mag"), "errmag": ("mag_err", "error of the magnitude", "mag")}
_RATES = {"mag": "Magnitude [mag]", "mag_err": "Error of the magnitude [mag]", "fwhm": "FWHM [pixel]"}
_CATEGORIES = {"band": "band", "kind": "kind"}

FIGURES = ("prob_distribution", "model_F1_MCC", "mag_ROC", "errmag_ROC", "mag_recall", "errmag_recall",
           "reliability", "error_rates", "confusion", "score_fwhm_ratio",
           *(f"by_{column}" for column in (*_RATES, *_CATEGORIES)))


def result_figures(predictions, threshold, scan, bins, curves, *, classes=("bogus", "real")):
    """Return every figure that the columns support.

    Parameters
    ----------
    predictions : Predictions
        Of two classes; examples without a known class are left out.
    threshold : float
        A candidate is called real if its score reaches it.
    scan : ThresholdScan
    bins : dict of str to ColumnBins
        By the keys of `CURVES`.
    curves : dict of str to dict
        By the same keys, ``{"roc": [BinCurve], "precision_recall": [BinCurve]}``.
    classes : sequence of str

    Returns
    -------
    dict of str to Figure
        By the names of `FIGURES`.
    """
    labels, scores, columns = predictions.labels, predictions.scores, predictions.columns
    known = np.isin(labels, (0, 1))
    figures = {"prob_distribution": score_distribution(scores, labels, threshold, classes=classes),
               "model_F1_MCC": f1_and_mcc(scan, threshold),
               "error_rates": error_rates(scores, labels, threshold, classes=classes),
               "confusion": confusion_matrix(confusion(labels[known], scores[known], threshold=threshold),
                                             classes),
               "reliability": _reliability(labels[known], predictions.logits[known], scores[known], classes)}
    for stem, (_, name, unit) in CURVES.items():
        figures[f"{stem}_ROC"] = roc_panels(curves[stem]["roc"], name=name, unit=unit, classes=classes)
        figures[f"{stem}_recall"] = precision_recall_panels(curves[stem]["precision_recall"], name=name,
                                                            unit=unit, classes=classes)
    measured = {column: bins[stem].place >= 0 for stem, (column, _, _) in CURVES.items()}
    for column, name in _RATES.items():
        values = np.asarray(columns.get(column, np.full(len(labels), np.nan)), float)
        values = np.where(measured.get(column, True), values, np.nan)
        if np.isfinite(values[known]).any():
            figures[f"by_{column}"] = rates_by_number(values, labels, scores, threshold, name=name,
                                                     classes=classes)
    for column, name in _CATEGORIES.items():
        values = np.asarray(columns.get(column, np.full(len(labels), "")), str)
        if (values[known] != "").any():
            figures[f"by_{column}"] = rates_by_category(values, labels, scores, threshold, name=name,
                                                     classes=classes)
    ratio = _fwhm_ratio(columns, len(labels))
    if np.isfinite(ratio[known]).any():
        figures["score_fwhm_ratio"] = score_against(ratio, labels, scores, threshold,
                                                    name="FWHM / FWHM of the PSF", classes=classes)
    return figures


def _reliability(labels, logits, scores, classes):
    """The reliability diagram with and without the calibration; one curve if there is none."""
    before = Calibration().apply(logits)
    same = np.allclose(before, scores, atol=1e-6)
    return reliability_diagram({} if same else reliability_bins(labels, before),
                               reliability_bins(labels, scores), classes=classes)


def _fwhm_ratio(columns, count):
    """FWHM in units of that of the stars; NaN where one is no positive number."""
    nothing = np.full(count, np.nan)
    fwhm, psf = (np.asarray(columns.get(name, nothing), float) for name in ("fwhm", "fwhm_psf"))
    good = (fwhm > 0) & (psf > 0) & np.isfinite(fwhm) & np.isfinite(psf)
    return np.where(good, fwhm, np.nan) / np.where(good, psf, 1)
