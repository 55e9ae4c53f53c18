"""How well scores tell real from bogus: numbers for one subset.

Labels are 0 (bogus) and 1 (real), scores probabilities of real; an example is
called real if its score reaches the threshold. A metric that the subset cannot
define (one class only, no example) is NaN, or None in the tables that are
written to JSON.
"""

import numpy as np

from otrain.evaluation.auc_interval import auc_interval, middle_ranks
from otrain.evaluation.calibration_interval import bin_places, calibration_error_interval
from otrain.evaluation.intervals import wilson_interval
from otrain.evaluation.resampling import resample_rates, score_intervals

__all__ = [
    "accuracy", "average_precision", "binary_metrics", "binary_metrics_with_intervals", "brier_score",
    "calibration_error", "confusion", "f1_score", "log_loss", "matthews", "precision", "recall",
    "reliability_bins", "roc_auc",
]

NAN = float("nan")
TAILS = (0.025, 0.975)


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
    ranks = middle_ranks(scores)[labels == 1].sum()
    return float((ranks - reals * (reals + 1) / 2) / (reals * (len(labels) - reals)))


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
    place = bin_places(scores, bins)
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
_OF_SCORES = {"roc_auc": roc_auc, "average_precision": average_precision,
              "average_precision_bogus": lambda y, p: average_precision(1 - y, 1 - p), "brier": brier_score,
              "log_loss": log_loss, "calibration_error": calibration_error}


def binary_metrics(labels, scores, *, threshold=0.5):
    """Return every metric of a binary network by name; None where it is undefined."""
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    table = confusion(labels, scores, threshold=threshold)
    values = {name: metric(table) for name, metric in _OF_TABLE.items()}
    values |= {name: metric(labels, scores) for name, metric in _OF_SCORES.items()}
    return {name: _or_none(value) for name, value in values.items()}


def binary_metrics_with_intervals(labels, scores, *, threshold=0.5, resamples=500, seed=0):
    """Return every metric as ``{"value", "low", "high"}`` with a 95 % interval.

    Shares (accuracy, precision, recall) have Wilson intervals, which hold for small
    subsets too, the area under the ROC curve has DeLong's, F1 and MCC follow the two
    rates that they are made of, the calibration error inverts a test, and the others have
    a stratified bootstrap. An interval always encloses its value.
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    values = binary_metrics(labels, scores, threshold=threshold)
    if not len(labels):
        return {name: {"value": None, "low": None, "high": None} for name in values}
    table = confusion(labels, scores, threshold=threshold)
    intervals = _of_shares(table) | _of_rates(table, seed) | {"roc_auc": auc_interval(labels, scores)[1:]}
    intervals |= {"calibration_error": calibration_error_interval(labels, scores, seed=seed)}
    intervals |= score_intervals(labels, scores, resamples=resamples, seed=seed)
    return {name: _row(value, *intervals[name]) for name, value in values.items()}


def _of_shares(table):
    (tn, fp), (fn, tp) = table.tolist()
    shares = {"accuracy": (tn + tp, tn + fp + fn + tp), "precision": (tp, tp + fp), "recall": (tp, tp + fn)}
    return {name: wilson_interval(*share) for name, share in shares.items()}


def _of_rates(table, seed):
    """Intervals of F1 and MCC, from draws of the two error rates."""
    def f1(tn, fp, fn, tp):
        return 2 * tp / (2 * tp + fp + fn)

    def mcc(tn, fp, fn, tp):
        product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return (tp * tn - fp * fn) / np.sqrt(np.maximum(product, 1e-300))  # 0 without a bogus

    if not table[1].any():
        return {"f1": (NAN, NAN), "mcc": (NAN, NAN)}
    return {name: tuple(np.quantile(resample_rates(table, statistic, seed=seed), TAILS))
            for name, statistic in (("f1", f1), ("mcc", mcc))}


def _row(value, low, high):
    low, high = _or_none(low), _or_none(high)
    if value is None or low is None or high is None:
        return {"value": value, "low": None, "high": None}
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def _or_none(value):
    return float(value) if np.isfinite(value) else None
