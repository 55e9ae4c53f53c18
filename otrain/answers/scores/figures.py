"""The figures that O'TRAIN published and their kin, from stored scores; used by train and plot-results."""

from dataclasses import dataclass

import numpy as np

from otrain.answers.answer import Drawn
from otrain.answers.scores.focus import against_rest
from otrain.errors import DataError
from otrain.evaluation.column_bins import column_bins
from otrain.evaluation.curves import curves_by_bin, precision_recall, roc, threshold_scan
from otrain.evaluation.metrics import confusion
from otrain.plots.confusion import confusion_matrix
from otrain.plots.results import CURVES, result_figures

__all__ = ["BINS", "ERRMAG_MAX", "MAG_MAX", "PUBLISHED", "DrawnResults", "draw_results", "draw_scores"]

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


def draw_scores(replies, classes, *, threshold, bins=BINS, mag_max=MAG_MAX, errmag_max=ERRMAG_MAX):
    """Return every figure that judged scores support; of more than two classes, each against the rest.

    Parameters
    ----------
    replies : Replies
        Of one subset.
    classes : sequence of str
    threshold, bins, mag_max, errmag_max
        As for `draw_results`.

    Returns
    -------
    Drawn
        The names of figures of more than two classes end in ``_<class>``.

    Raises
    ------
    DataError
        If no example has a known class.
    """
    how = {"bins": bins, "mag_max": mag_max, "errmag_max": errmag_max}
    if not ((replies.labels >= 0) & (replies.labels < len(classes))).any():
        raise DataError(f"{replies.cube.path}: no example has a known class. Give a cube with labels.")
    if len(classes) == 2:
        drawn = draw_results(replies.predictions, threshold, classes=classes, **how)
        return Drawn(drawn.figures, _summary(replies.predictions, threshold, drawn, classes))
    figures, summary = {}, {}
    for index, name in enumerate(classes):
        mine = against_rest(replies.predictions, index)
        drawn = draw_results(mine, threshold, classes=("the rest", name), **how)
        figures |= {f"{figure}_{name}": picture for figure, picture in drawn.figures.items()}
        summary[name] = _summary(mine, threshold, drawn, ("the rest", name))
    known = replies.labels >= 0
    classes = tuple(classes)
    figures["confusion"] = confusion_matrix(
        confusion(replies.labels[known], replies.predictions.scores[known]), classes)
    words = "Figures of two classes are drawn for each class against the rest."
    return Drawn(figures, {"threshold": threshold, "classes": list(classes), "by_class": summary}, (words,))


def _summary(judged, threshold, drawn, classes):
    """Return the numbers behind the figures as plain types."""
    rest, name = classes
    counts = {word: int(np.sum(judged.labels == label)) for word, label in ((name, 1), (rest, 0))}
    scan = drawn.scan
    return {
        "threshold": threshold,
        "examples": counts | {"without a class": len(judged) - sum(counts.values())},
        "best": {"threshold": scan.best, "f1": _finite(scan.best_f1), "mcc": _finite(scan.best_mcc)},
        "bins": {stem: {"left_out": drawn.bins[stem].left_out} | {
            kind: [_bin(row) for row in rows] for kind, rows in drawn.curves[stem].items()}
            for stem in drawn.curves},
    }


def _bin(row):
    """Return the numbers of one bin as plain types; None where there is no curve."""
    curve = row.curve
    return {"from": row.low, "to": row.high, "real": row.reals, "bogus": row.bogus,
            "area": curve and _finite(curve.area), "threshold": curve and _finite(curve.threshold),
            "merit": curve and _finite(curve.merit)}


def _finite(value):
    return float(value) if np.isfinite(value) else None
