"""The figures that O'TRAIN published and their kin, from stored scores; used by train and plot-results."""

from dataclasses import dataclass

import numpy as np

from otrain.evaluation.column_bins import column_bins
from otrain.evaluation.curves import curves_by_bin, precision_recall, roc, threshold_scan
from otrain.plots.results import CURVES, result_figures

__all__ = ["BINS", "ERRMAG_MAX", "MAG_MAX", "PUBLISHED", "DrawnResults", "draw_results"]

BINS, MAG_MAX, ERRMAG_MAX = 6, 25.0, 0.4  # those of O'TRAIN
PUBLISHED = ("prob_distribution", "model_F1_MCC", "mag_ROC", "errmag_ROC", "mag_recall", "errmag_recall")


@dataclass(frozen=True)
class DrawnResults:
    """Figures by name, and the numbers behind them.

    Parameters
    ----------
    figures : dict of str to Figure
    scan : ThresholdScan
    bins : dict of str to ColumnBins
        By the keys of `otrain.plots.results.CURVES`.
    curves : dict of str to dict
        By the same keys, ``{"roc": [...], "precision_recall": [...]}``.
    """

    figures: dict
    scan: object
    bins: dict
    curves: dict


def draw_results(judged, threshold, *, classes=("bogus", "real"), bins=BINS, mag_max=MAG_MAX,
                 errmag_max=ERRMAG_MAX):
    """Return every figure that the columns of scored examples support.

    Parameters
    ----------
    judged : Predictions
        Of two classes, one subset.
    threshold : float
        A candidate is called real if its score reaches it.
    classes : sequence of str
    bins : int
        Number of bins of magnitude and of its error.
    mag_max, errmag_max : float
        Values beyond are left out [mag].
    """
    scan = threshold_scan(judged.labels, judged.scores)
    limits = {"mag": mag_max, "errmag": errmag_max}
    placed = {stem: column_bins(_column(judged, column), count=bins, up_to=limits[stem])
              for stem, (column, _, _) in CURVES.items()}
    curves = {stem: {kind: curves_by_bin(curve, judged.labels, judged.scores, some)
                     for kind, curve in (("roc", roc), ("precision_recall", precision_recall))}
              for stem, some in placed.items()}
    return DrawnResults(result_figures(judged, threshold, scan, placed, curves, classes=classes),
                        scan, placed, curves)


def _column(judged, name):
    return np.asarray(judged.columns.get(name, np.full(len(judged), np.nan)), float)
