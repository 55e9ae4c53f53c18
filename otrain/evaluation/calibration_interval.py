"""How far the calibration error of a set of scores may be from the truth."""

import numpy as np

__all__ = ["bin_places", "calibration_error_interval"]

DRAWS = 1000


def bin_places(scores, bins):
    """Return the bin of each score: equally many examples in each, equal scores together.

    Parameters
    ----------
    scores : (N,) ndarray
        N > 0.
    bins : int

    Returns
    -------
    (N,) int ndarray
        From 0, rising with the score; some numbers may be absent.
    """
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
    return np.searchsorted(edges, scores, side="left")


def calibration_error_interval(labels, scores, *, bins=10, confidence=0.95, seed=0):
    """Return an interval of the expected calibration error, by inversion of a test.

    The error is a sum of distances, so that scatter alone makes it positive, and
    resampling adds scatter once more: the percentiles of a bootstrap lie too high. Here
    the interval holds every true error under which the measured one is not unusual,
    with the true distances of the bins in the measured proportions. Scores that are
    right have an interval that begins at zero.

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real.
    scores : (N,) ndarray
        Probabilities of real.
    bins : int
    confidence : float
    seed : int

    Returns
    -------
    low, high : float
        NaN without an example.
    """
    labels, scores = np.asarray(labels, float), np.asarray(scores, float)
    if not len(labels):
        return float("nan"), float("nan")
    place = bin_places(scores, bins)
    count = np.bincount(place)
    filled = count > 0
    count = count[filled]
    fraction, score, spread = (np.bincount(place, values)[filled] / count
                               for values in (labels, scores, scores * (1 - scores)))
    # The scores tell the scatter where the labels of a bin are all the same.
    noise = np.sqrt(np.maximum(spread, fraction * (1 - fraction)) / count)
    distance, share = np.abs(score - fraction), count / len(labels)
    measured = float(share @ distance)
    true = np.maximum(distance, noise)
    scatter = noise * np.random.default_rng(seed).standard_normal((DRAWS, len(count)))
    tail = (1 - confidence) / 2

    def measured_under(scale, level):
        return np.quantile(np.abs(scale * true + scatter) @ share, level)

    unit = float(share @ true)
    low = _scale(lambda scale: measured_under(scale, 1 - tail) - measured) * unit
    high = _scale(lambda scale: measured_under(scale, tail) - measured) * unit
    return low, min(1.0, high)


def _scale(excess):
    """Return where a rising function crosses zero; 0 if it starts above."""
    if excess(0.0) >= 0:
        return 0.0
    low, high = 0.0, 1.0
    while excess(high) < 0 and high < 1e6:
        low, high = high, 2 * high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return high
