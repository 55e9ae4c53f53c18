"""How far a measured rate or metric may be from the truth."""

import numpy as np

__all__ = ["bootstrap", "garwood_interval", "wilson_interval"]

Z_95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


def wilson_interval(successes, n, *, z=Z_95):
    """Return the Wilson score interval of a proportion.

    Parameters
    ----------
    successes, n : int or ndarray
        Number of successes among `n` trials.
    z : float
        Half width in standard deviations; 95 % by default.

    Returns
    -------
    low, high : float or ndarray
        Both NaN where `n` is zero. With no success `low` is 0; with all, `high` is 1.

    References
    ----------
    Wilson 1927, J. Am. Stat. Assoc. 22, 209.

    Examples
    --------
    >>> low, high = wilson_interval(8, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.49, 0.943)
    """
    k, n = np.asarray(successes, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / n
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        # At the ends the exact values differ from 0 and 1 by rounding only.
        low = np.where(k == 0, np.where(n > 0, 0.0, np.nan), centre - half)
        high = np.where(k == n, np.where(n > 0, 1.0, np.nan), centre + half)
    return low[()], high[()]


def garwood_interval(count, *, confidence=0.95):
    """Return the exact interval of the mean of a Poisson count.

    Parameters
    ----------
    count : int or ndarray
        Events counted.
    confidence : float
        Probability inside the interval, half of the rest on either side.

    Returns
    -------
    low, high : float or ndarray
        `low` is 0 where nothing was counted.

    References
    ----------
    Garwood 1936, Biometrika 28, 437.

    Examples
    --------
    >>> low, high = garwood_interval(0)
    >>> float(low), round(float(high), 3)
    (0.0, 3.689)
    """
    from scipy.special import gammaincinv

    count = np.asarray(count, float)
    tail = (1 - confidence) / 2
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    return low[()], gammaincinv(count + 1, 1 - tail)[()]


def bootstrap(statistic, labels, scores, *, resamples=500, confidence=0.95, seed=0):
    """Return percentile intervals of a statistic, resampling each class by itself.

    Parameters
    ----------
    statistic : callable
        ``statistic(labels, scores)`` -> float or (M,) ndarray.
    labels : (N,) int ndarray
        Index of the true class.
    scores : (N,) or (N, K) ndarray
    resamples : int
        Number of draws with replacement; each keeps the number of examples per class.
    confidence : float
        Probability inside the interval.
    seed : int

    Returns
    -------
    low, high : float or (M,) ndarray
        NaN where the statistic is undefined or there are no examples.
    """
    labels, scores = np.asarray(labels), np.asarray(scores)
    nothing = np.full(np.shape(statistic(labels, scores)), np.nan)[()]
    if not len(labels):
        return nothing, nothing
    rng = np.random.default_rng(seed)
    strata = [np.flatnonzero(labels == value) for value in np.unique(labels)]
    draws = []
    for _ in range(resamples):
        rows = np.concatenate([rng.choice(rows, len(rows)) for rows in strata])
        draws.append(statistic(labels[rows], scores[rows]))
    tail = (1 - confidence) / 2
    # A draw without a defined value would make quantile warn; NaN in, NaN out, silently.
    low, high = np.quantile(np.asarray(draws, float), [tail, 1 - tail], axis=0)
    return low, high
