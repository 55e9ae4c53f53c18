"""What every threshold does: ROC, precision against recall, F1 and MCC, and the best of each.

An example is called real if its score reaches the threshold.
"""

from dataclasses import dataclass

import numpy as np

from otrain.evaluation.metrics import average_precision, f1_score, matthews, roc_auc

__all__ = ["FEWEST", "BinCurve", "Curve", "ThresholdScan", "curves_by_bin", "precision_recall", "roc",
           "threshold_scan"]

FEWEST = 10  # examples of each class; fewer make steps, not a curve


@dataclass(frozen=True)
class Curve:
    """One figure of merit against another, and the threshold that serves best.

    Parameters
    ----------
    x, y : (M,) ndarray
        False-positive rate and recall, or recall and precision.
    area : float
        Area under the ROC, or average precision.
    threshold : float
        Where `merit` is largest, the highest such threshold.
    merit : float
        G-mean (ROC) or F-score (precision and recall) there.
    best : (2,) tuple of float
        The point of the curve there.
    """

    x: np.ndarray
    y: np.ndarray
    area: float
    threshold: float
    merit: float
    best: tuple


@dataclass(frozen=True)
class BinCurve:
    """The curve of one bin of a column; `curve` is None where one class has too few examples."""

    low: float
    high: float
    reals: int
    bogus: int
    curve: Curve | None


@dataclass(frozen=True)
class ThresholdScan:
    """F1 and MCC on a grid of thresholds; `best` is the threshold of the largest sum."""

    thresholds: np.ndarray
    f1: np.ndarray
    mcc: np.ndarray
    best: float
    best_f1: float
    best_mcc: float


def roc(labels, scores):
    """Return recall against false-positive rate; best by ``sqrt(recall * (1 - false positives))``.

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real; both classes must be there.
    scores : (N,) ndarray
        Finite.
    """
    from sklearn.metrics import roc_curve

    x, y, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    # Its first point calls nothing real, at an infinite threshold: nobody's best.
    merit = np.where(np.isfinite(thresholds), np.sqrt(y * (1 - x)), -1)
    return _curve(x, y, thresholds, merit, roc_auc(labels, scores))


def precision_recall(labels, scores):
    """Return precision against recall; best by the F-score. Parameters as for `roc`."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(labels, scores)
    total = precision + recall
    merit = 2 * precision * recall / np.where(total > 0, total, 1)
    # Rising thresholds, and a last point without one: turned, the highest comes first.
    return _curve(recall[:-1][::-1], precision[:-1][::-1], thresholds[::-1], merit[:-1][::-1],
                  average_precision(labels, scores))


def _curve(x, y, thresholds, merit, area):
    best = int(np.argmax(merit))
    return Curve(x, y, area, float(thresholds[best]), float(merit[best]), (float(x[best]), float(y[best])))


def curves_by_bin(curve, labels, scores, bins, *, fewest=FEWEST):
    """Return the curve of each bin that has enough examples of both classes.

    Parameters
    ----------
    curve : callable
        `roc` or `precision_recall`.
    labels, scores : (N,) ndarray
    bins : ColumnBins
    fewest : int
        Examples of each class that a curve needs.

    Returns
    -------
    list of BinCurve
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    rows = []
    for index in range(len(bins)):
        inside = (bins.place == index) & np.isin(labels, (0, 1)) & np.isfinite(scores)
        reals, bogus = int(np.sum(labels[inside] == 1)), int(np.sum(labels[inside] == 0))
        enough = min(reals, bogus) >= fewest
        rows.append(BinCurve(float(bins.edges[index]), float(bins.edges[index + 1]), reals, bogus,
                             curve(labels[inside], scores[inside]) if enough else None))
    return rows


def threshold_scan(labels, scores, *, steps=101):
    """Return F1 and MCC on equally spaced thresholds from 0 to 1, and where their sum is largest.

    Where neighbouring thresholds share the largest sum, the best is the middle of the
    longest run of them: it is farthest from candidates of either class.

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real; others are left out.
    scores : (N,) ndarray
    steps : int
        Number of thresholds.

    Returns
    -------
    ThresholdScan
        NaN where a metric is undefined; it then counts as 0 in the sum.
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    thresholds = np.linspace(0, 1, steps)
    real, bogus = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    lost = np.searchsorted(real, thresholds, side="left")
    quiet = np.searchsorted(bogus, thresholds, side="left")
    tables = [[[tn, len(bogus) - tn], [fn, len(real) - fn]] for fn, tn in zip(lost, quiet)]
    f1, mcc = (np.array([metric(table) for table in tables]) for metric in (f1_score, matthews))
    best = _middle_of_longest_run(np.nan_to_num(f1) + np.nan_to_num(mcc))
    return ThresholdScan(thresholds, f1, mcc, float(thresholds[best]), float(f1[best]), float(mcc[best]))


def _middle_of_longest_run(values):
    """Return the index in the middle of the longest run of the largest value."""
    top = np.flatnonzero(values >= values.max() - 1e-12)
    runs = np.split(top, np.flatnonzero(np.diff(top) > 1) + 1)
    longest = max(runs, key=len)
    return int(longest[len(longest) // 2])
