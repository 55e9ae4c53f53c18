"""Fit the alarm for examples unlike those of the training: shrunk covariance, threshold from validation."""

import math
from dataclasses import replace

import numpy as np

from otrain.data.results.alarm import Alarm, beyond_ranges

__all__ = ["LEVEL", "conformal_threshold", "fit_alarm"]

LEVEL = 0.05  # share of examples like those of the training that are flagged
FEWEST_TRAINING = 20
FLOOR = 0.01  # of the usual deviation: what hardly varied in the training is not known better
OUTERMOST = 0.01  # share of the training examples at each end that are not in the range of a statistic
LIVE = 0.05  # of the usual deviation: features that vary less are left out


def conformal_threshold(distances, level=LEVEL):
    """Return the threshold that a further example like these exceeds with a probability of at most `level`.

    The value of rank ``ceil((n + 1) (1 - level))`` among the n distances (split-conformal prediction; Vovk,
    Gammerman & Shafer 2005; Angelopoulos & Bates 2021, arXiv:2107.07511); infinite where n is too small.

    Examples
    --------
    >>> conformal_threshold(np.arange(1.0, 40.0))
    38.0
    """
    rank = math.ceil(round((len(distances) + 1) * (1 - level), 9))
    return float(np.sort(distances)[rank - 1]) if rank <= len(distances) else math.inf


def fit_alarm(training, validation, *, features, level=LEVEL):
    """Return the alarm that suits the numbers of training and validation examples.

    Statistics and features have a distance each, in units of what `level` of the validation examples exceed,
    and so has the farthest of the statistics outside its range: the first two think of bells, and noise that
    was drawn evenly between two limits ends at them. The whole distance is the root of the sum of squares.

    Parameters
    ----------
    training : (N, D) ndarray
        The numbers of `otrain.data.results.alarm.alarm_numbers`.
    validation : (M, D) ndarray
        Of examples that had no part in the training: what was learnt by heart lies nearer.
    features : int
        How many of the D numbers are features of the network.
    level : float
        Share of examples like those of the training that may be flagged.

    Returns
    -------
    Alarm or None
        None where there are too few examples (fewer than 20, or of validation than 1 / level - 1), or they
        are all alike.

    References
    ----------
    Mahalanobis 1936; Ledoit & Wolf 2004, J. Multivar. Anal. 88, 365; Lee et al. 2018, arXiv:1807.03888.
    """
    training, validation = np.asarray(training, float), np.asarray(validation, float)
    if len(training) < FEWEST_TRAINING or not np.isfinite(training).all():
        return None
    count = training.shape[1]
    centre, scale, whitening = training.mean(axis=0), np.ones(count), np.zeros((count, count), np.float32)
    # Statistics and features apart: hundreds of features would drown a dozen of statistics.
    for block, live in ((slice(0, count - features), 0.0), (slice(count - features, count), LIVE)):
        _fit_block(training, validation, block, live, level, centre, scale, whitening)
    ranges = _ranges(training[:, :count - features], validation[:, :count - features], level)
    plain = Alarm(centre, scale, whitening, ranges, 1.0, features, level, len(training), len(validation))
    threshold = conformal_threshold(plain.distances(validation), level)
    return replace(plain, threshold=threshold) if 0 < threshold < math.inf else None


def _fit_block(training, validation, block, live, level, centre, scale, whitening):
    """Fill in what belongs to a block of numbers, so that a share `level` of validation is beyond 1 in it.

    Numbers that vary less than the share `live` of what is usual have no part: units of a network that answer
    one example in a thousand would make distances of a few examples huge, and the alarm deaf.
    """
    from sklearn.covariance import LedoitWolf

    spread = training[:, block].std(axis=0)
    varies = spread > 0
    if not varies.any():
        return
    usual = np.sqrt(np.mean(spread[varies] ** 2))
    mine = np.arange(block.start, block.stop)[spread >= live * usual]
    scale[mine] = np.maximum(spread[spread >= live * usual], FLOOR * usual)
    standard = [(numbers[:, mine] - centre[mine]) / scale[mine] for numbers in (training, validation)]
    covariance = LedoitWolf(store_precision=False, assume_centered=True).fit(standard[0]).covariance_
    values, vectors = np.linalg.eigh(covariance)
    # Where nothing varied the shrunk covariance may be flat to the last bit.
    matrix = (vectors / np.sqrt(np.maximum(values, 1e-9 * values[-1]))).T
    unit = conformal_threshold(np.linalg.norm(standard[1] @ matrix.T, axis=1), level)
    if 0 < unit < math.inf:
        whitening[np.ix_(mine, mine)] = matrix / unit


def _ranges(training, validation, level):
    """Return what is low and high of each number, and the units of what lies outside, (4, S).

    The unit at an end is the length of the outermost hundredth of the training there, so that a long tail is
    no alarm, times what a share `level` of validation exceeds in any number.
    """
    if not training.shape[1]:
        return np.empty((4, 0))
    outermost = max(3, math.ceil(OUTERMOST * len(training)))
    ordered, spread = np.sort(training, axis=0), training.std(axis=0)
    low, high = ordered[outermost - 1], ordered[-outermost]
    least = FLOOR * np.maximum(spread, FLOOR * np.sqrt(np.mean(spread ** 2)))
    if not least.all():  # nothing varies
        least = np.ones_like(least)
    units = np.maximum([low - ordered[0], ordered[-1] - high], least)
    unit = conformal_threshold(beyond_ranges(validation, (low, high, *units)), level)
    return np.stack([low, high, *(units * (max(unit, 1.0) if unit < math.inf else 1.0))])
