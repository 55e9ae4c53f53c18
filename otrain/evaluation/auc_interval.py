"""How far a measured area under the ROC curve may be from the truth."""

import numpy as np

from otrain.data.results.calibration import log_odds, sigmoid
from otrain.evaluation.intervals import Z_95

__all__ = ["auc_interval"]

NOTHING = (float("nan"), float("nan"))


def auc_interval(labels, scores, *, z=Z_95):
    """Return the area under the ROC curve and its interval.

    DeLong's variance, on the scale of the log odds of the area, which keeps the
    interval inside 0 and 1. Where that variance says nothing (no pair or every pair
    is in the wrong order, all scores are equal, a class has one example), Newcombe's
    score interval, which is never of zero width.

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real.
    scores : (N,) ndarray
    z : float
        Half width in standard deviations; 95 % by default.

    Returns
    -------
    value, low, high : float
        NaN if a class is absent. A tie of a real and a bogus counts half.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44, 837; by ranks as in Sun & Xu
    2014, IEEE Signal Processing Letters 21, 1389. Newcombe 2006, Statistics in Medicine
    25, 559, method 5.
    """
    labels, scores = np.asarray(labels, int), np.asarray(scores, float)
    real, bogus = scores[labels == 1], scores[labels == 0]
    if not len(real) or not len(bogus):
        return float("nan"), *NOTHING
    among_all = middle_ranks(np.concatenate([real, bogus]))
    # Share of bogus below each real, and of reals above each bogus.
    below = (among_all[:len(real)] - middle_ranks(real)) / len(bogus)
    above = 1 - (among_all[len(real):] - middle_ranks(bogus)) / len(real)
    area = float(below.mean())
    variance = _variance_of_mean(below) + _variance_of_mean(above)
    if not (0 < area < 1 and variance > 0):
        return area, *_score_interval(area, len(real), len(bogus), z)
    width = z * np.sqrt(variance) / (area * (1 - area))
    low, high = sigmoid(log_odds(area) + np.array([-width, width]))
    return area, float(low), float(high)


def middle_ranks(values):
    """Return the rank of each value from 1; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _variance_of_mean(values):
    return float(np.var(values, ddof=1) / len(values)) if len(values) > 1 else float("nan")


def _score_interval(area, reals, bogus, z):
    """Solve ``(area - t)^2 = z^2 V(t)`` on both sides, with Hanley and McNeil's variance V."""
    half = (reals + bogus) / 2 - 1

    def too_far(t):
        variance = t * (1 - t) * (1 + half * ((1 - t) / (2 - t) + t / (1 + t))) / (reals * bogus)
        return (area - t) ** 2 > z**2 * variance

    return _edge(too_far, 0.0, area), _edge(too_far, 1.0, area)


def _edge(too_far, outside, inside):
    """Bisect for the place where `too_far` begins; `outside` itself if it never does."""
    if outside == inside:
        return outside
    for _ in range(60):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if too_far(middle) else (outside, middle)
    return float(inside)
