"""How well scores tell real from bogus: numbers for one subset.

Labels are 0 (bogus) and 1 (real), scores probabilities of real; an example is
called real if its score reaches the threshold. A metric that the subset cannot
define (one class only, no example) is NaN, or None in the tables that are
written to JSON.
"""

import numpy as np

from otrain.evaluation.intervals import bootstrap, wilson_interval

__all__ = [
    "accuracy", "average_precision", "binary_metrics", "binary_metrics_with_intervals", "brier_score",
    "calibration_error", "confusion", "f1_score", "log_loss", "matthews", "precision", "recall",
    "reliability_bins", "roc_auc",
]

NAN = float("nan")


def confusion(labels, scores, *, threshold=0.5):
    """Return ``[[tn, fp], [fn, tp]]`` as a (2, 2) int array.

    `scores` of shape (N, K) give the (K, K) counts of (true class, class of the
    highest score) instead.
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    classes = 2 if scores.ndim == 1 else scores.shape[1]
    called = scores >= threshold if scores.ndim == 1 else scores.argmax(axis=1)
    return np.bincount(labels * classes + called, minlength=classes**2).reshape(classes, classes)


def accuracy(table):
    """Return the share of right calls of a confusion table of any number of classes."""
    return _ratio(np.trace(table), np.sum(table))


def precision(table):
    """Return the share of reals among those called real."""
    return _ratio(table[1][1], table[0][1] + table[1][1])


def recall(table):
    """Return the share of reals that are called real."""
    return _ratio(table[1][1], table[1][0] + table[1][1])


def f1_score(table):
    """Return the harmonic mean of precision and recall."""
    (_, fp), (fn, tp) = table
    return _ratio(2 * tp, 2 * tp + fp + fn)


def matthews(table):
    """Return Matthews' correlation coefficient; NaN if a class or a call is absent."""
    (tn, fp), (fn, tp) = np.asarray(table, float)
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _ratio(numerator, denominator):
    return float(numerator / denominator) if denominator else NAN


def roc_auc(labels, scores):
    """Return the probability that a real scores higher than a bogus; a tie counts half."""
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    reals = int(labels.sum())
    if not 0 < reals < len(labels):
        return NAN
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # from 1, the mean rank within a tie
    return float((ranks[labels == 1].sum() - reals * (reals + 1) / 2) / (reals * (len(labels) - reals)))


def average_precision(labels, scores):
    """Return the mean precision over the steps of recall; NaN without a real."""
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    if not labels.any():
        return NAN
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=np.inf))  # a tie is one step
    found = np.cumsum(labels[order])[ends]
    return float(np.sum(np.diff(found, prepend=0) / found[-1] * found / (ends + 1)))


def brier_score(labels, scores):
    """Return the mean squared distance of score and label."""
    labels, scores = np.asarray(labels, float), np.asarray(scores, float)
    return float(np.mean((scores - labels) ** 2)) if len(labels) else NAN


def log_loss(labels, scores):
    """Return the mean negative logarithm of the probability given to the true class [nat].

    Scores are kept one float64 epsilon off 0 and 1, as scikit-learn does.
    `scores` may have the shape (N, K).
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    if not len(labels):
        return NAN
    tiny = np.finfo(float).eps
    scores = np.clip(scores, tiny, 1 - tiny)
    right = np.where(labels == 1, scores, 1 - scores) if scores.ndim == 1 else (
        scores[np.arange(len(labels)), labels])
    return float(-np.mean(np.log(right)))


def reliability_bins(labels, scores, *, bins=10):
    """Compare mean score and share of reals in bins of equally many examples.

    Returns
    -------
    dict of str to list
        ``score`` (mean), ``fraction`` (of reals), ``low``, ``high`` (its 95 % Wilson
        interval), ``count``. Equal scores share a bin, so there may be fewer than `bins`.
    """
    labels, scores = np.asarray(labels, float), np.asarray(scores, float)
    if not len(labels):
        return {"score": [], "fraction": [], "low": [], "high": [], "count": []}
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
    place = np.searchsorted(edges, scores, side="left")
    count = np.bincount(place)
    filled = count > 0
    reals = np.bincount(place, labels)[filled]
    total = np.bincount(place, scores)[filled]
    count = count[filled]
    low, high = wilson_interval(reals, count)
    return {"score": (total / count).tolist(), "fraction": (reals / count).tolist(),
            "low": low.tolist(), "high": high.tolist(), "count": count.tolist()}


def calibration_error(labels, scores, *, bins=10):
    """Return the expected calibration error: mean distance of score and share of reals over the bins."""
    table = reliability_bins(labels, scores, bins=bins)
    if not table["count"]:
        return NAN
    distance = np.abs(np.subtract(table["score"], table["fraction"]))
    return float(np.average(distance, weights=table["count"]))


_OF_TABLE = {"accuracy": accuracy, "precision": precision, "recall": recall, "f1": f1_score, "mcc": matthews}
_OF_SCORES = {"roc_auc": roc_auc, "average_precision": average_precision, "brier": brier_score,
              "log_loss": log_loss, "calibration_error": calibration_error}


def binary_metrics(labels, scores, *, threshold=0.5):
    """Return every metric of a binary network by name; None where it is undefined."""
    table = confusion(labels, scores, threshold=threshold)
    values = {name: metric(table) for name, metric in _OF_TABLE.items()}
    values |= {name: metric(labels, scores) for name, metric in _OF_SCORES.items()}
    return {name: _or_none(value) for name, value in values.items()}


def binary_metrics_with_intervals(labels, scores, *, threshold=0.5, resamples=500, seed=0):
    """Return every metric as ``{"value", "low", "high"}`` with a 95 % interval.

    Shares (accuracy, precision, recall) have Wilson intervals, which hold for small
    subsets too; the others a stratified bootstrap.
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    values = binary_metrics(labels, scores, threshold=threshold)
    (tn, fp), (fn, tp) = confusion(labels, scores, threshold=threshold)
    shares = {"accuracy": (tn + tp, tn + fp + fn + tp), "precision": (tp, tp + fp), "recall": (tp, tp + fn)}
    intervals = {name: wilson_interval(*share) for name, share in shares.items()}
    rest = [name for name in values if name not in shares]

    def statistic(y, p):
        drawn = binary_metrics(y, p, threshold=threshold)
        return np.array([NAN if drawn[name] is None else drawn[name] for name in rest])

    intervals |= dict(zip(rest, zip(*bootstrap(statistic, labels, scores, resamples=resamples, seed=seed))))
    return {name: {"value": value, "low": _or_none(intervals[name][0]), "high": _or_none(intervals[name][1])}
            for name, value in values.items()}


def _or_none(value):
    return float(value) if np.isfinite(value) else None
