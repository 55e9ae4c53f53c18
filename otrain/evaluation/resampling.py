"""Bootstrap of metrics in bounded time: what is drawn are counts of equal scores, not examples.

Drawing examples of one class with replacement is drawing how often each score occurs.
A million scores are first put into a few thousand groups of neighbours, which
moves no metric within its interval.
"""

from dataclasses import dataclass

import numpy as np

from otrain.data.results.calibration import log_odds, sigmoid
from otrain.evaluation.intervals import Z_95, wilson_interval

__all__ = ["Groups", "resample_rates", "score_intervals"]

MOST_GROUPS = 4096
CHUNK = 64  # draws at a time; 2 MB for each table
TINY = np.finfo(float).eps


@dataclass(frozen=True)
class Groups:
    """Scores in rising groups; a group is one value unless there are very many.

    Parameters
    ----------
    counts : (2, K) int ndarray
        Bogus and reals of each group.
    score : (2, K) ndarray
        Mean score of either.
    surprise, surprise_spread : (2, K) ndarray
        Mean of the log loss of either, and its variance within the group.
    square, square_spread : (2, K) ndarray
        The same for the squared error.
    """

    counts: np.ndarray
    score: np.ndarray
    surprise: np.ndarray
    surprise_spread: np.ndarray
    square: np.ndarray
    square_spread: np.ndarray

    @classmethod
    def of(cls, labels, scores, *, most=MOST_GROUPS):
        """Group the scores of N examples, labels 0 and 1."""
        values, place, count = np.unique(scores, return_inverse=True, return_counts=True)
        if len(values) > most:
            group = (np.cumsum(count) - 1) * most // len(scores)
            place = np.unique(group, return_inverse=True)[1][place]
        size = int(place.max()) + 1
        key = labels * size + place
        counts = np.bincount(key, minlength=2 * size)
        # Off 0 and 1 by the same distance as in `log_loss`.
        sure = np.clip(np.where(labels == 1, scores, 1 - scores), TINY, 1 - TINY)

        def mean_and_spread(what):
            mean = np.bincount(key, what, 2 * size) / np.maximum(counts, 1)
            spread = np.bincount(key, (what - mean[key]) ** 2, 2 * size) / np.maximum(counts, 1)
            return mean.reshape(2, size), spread.reshape(2, size)

        return cls(counts.reshape(2, size), mean_and_spread(scores)[0], *mean_and_spread(-np.log(sure)),
                   *mean_and_spread((scores - labels) ** 2))


def score_intervals(labels, scores, *, resamples=500, seed=0):
    """Return the 95 % intervals of metrics that need the scores themselves.

    Each class is drawn by itself and keeps its size. Average precision: normal interval
    on the scale of its log odds, with the spread of the draws. Means (Brier score, log
    loss): studentised bootstrap, which follows the long tail of a few bad errors. Plain
    percentiles of the draws cover too little in both (0.74 to 0.93 in simulations).

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real; N > 0.
    scores : (N,) ndarray
        Probabilities of real.
    resamples : int
    seed : int

    Returns
    -------
    dict of str to (float, float)
        ``average_precision average_precision_bogus brier log_loss``; NaN where undefined.

    References
    ----------
    Boyd, Eng & Page 2013, ECML PKDD, 451. Efron & Tibshirani 1993, An Introduction to the
    Bootstrap, section 12.5.
    """
    groups, rng = Groups.of(np.asarray(labels, int), np.asarray(scores, float)), np.random.default_rng(seed)
    bogus, real = groups.counts
    found = {"average_precision": [], "average_precision_bogus": [], "brier": [], "log_loss": []}
    for start in range(0, resamples, CHUNK):
        drawn = np.stack([_drawn(rng, row, min(CHUNK, resamples - start)) for row in groups.counts])
        found["average_precision"].append(_average_precision(drawn[1][:, ::-1], drawn[0][:, ::-1]))
        found["average_precision_bogus"].append(_average_precision(*drawn))
        found["brier"].append(_studentised(drawn, groups.counts, groups.square, groups.square_spread, rng))
        found["log_loss"].append(_studentised(drawn, groups.counts, groups.surprise, groups.surprise_spread,
                                              rng))
    found = {name: np.concatenate(parts) for name, parts in found.items()}
    return {
        "average_precision": _of_precision(real[::-1], bogus[::-1], found["average_precision"]),
        "average_precision_bogus": _of_precision(bogus, real, found["average_precision_bogus"]),
        "brier": _of_mean(groups.counts, groups.square, groups.square_spread, found["brier"], most=1.0),
        "log_loss": _of_mean(groups.counts, groups.surprise, groups.surprise_spread, found["log_loss"]),
    }


def _drawn(rng, counts, draws):
    """Return how often each group occurs in draws with replacement, (draws, K)."""
    total = counts.sum()
    if not total:
        return np.zeros((draws, len(counts)), np.int64)
    filled = np.flatnonzero(counts)
    table = np.zeros((draws, len(counts)), np.int64)
    table[:, filled] = rng.multinomial(total, counts[filled] / total, size=draws)
    return table


def _average_precision(wanted, others):
    """Mean precision over the steps of recall; groups in the order in which they are called."""
    found = np.cumsum(wanted, axis=1)
    called = found + np.cumsum(others, axis=1)
    total = found[:, -1]
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, (wanted * (found / np.maximum(called, 1))).sum(axis=1) / total, np.nan)


def _of_precision(wanted, others, draws):
    """Interval of an average precision from its draws."""
    value = float(_average_precision(wanted[None], others[None])[0])
    if not 0 < value < 1:
        # Every draw is as perfect as the value; what the number of examples can prove is left.
        return tuple(map(float, wilson_interval(value * wanted.sum(), wanted.sum())))
    # A perfect draw would be infinitely far away.
    draws = np.clip(draws, value / 20, 1 - (1 - value) / 20)
    low, high = sigmoid(log_odds(value) + Z_95 * np.std(log_odds(draws)) * np.array([-1, 1]))
    return float(low), float(high)


def _mean_and_error(counts, values, spread):
    """Mean over the examples, and its standard error with both classes of fixed size.

    Parameters
    ----------
    counts : (2, ..., K) int ndarray
    values, spread : (2, K) ndarray
    """
    total = counts.sum(axis=(0, -1))
    sums, variance = 0.0, 0.0
    for table, value, within in zip(counts, values, spread):
        number = np.maximum(table.sum(axis=-1), 1)
        part = table @ value
        sums = sums + part
        variance = variance + np.maximum(table @ (value**2 + within) - part**2 / number, 0)
    return sums / total, np.sqrt(variance) / total


def _studentised(drawn, counts, values, spread, rng):
    """Distance of the mean of every draw from the mean, in its own standard error."""
    mean, usual = _mean_and_error(counts, values, spread)
    draws, error = _mean_and_error(drawn, values, spread)
    error = np.maximum(error, usual / 4)  # a draw of one example over and over knows nothing of its error
    # What varies within a group of many scores is not drawn but normal.
    within = np.sqrt(sum(table @ row for table, row in zip(drawn, spread))) / counts.sum()
    distance = draws + within * rng.standard_normal(len(draws)) - mean
    return np.divide(distance, error, out=np.zeros_like(distance), where=error > 0)


def _of_mean(counts, values, spread, distances, *, most=np.inf):
    """Interval of a mean that lies between 0 and `most`."""
    mean, error = _mean_and_error(counts, values, spread)
    below, above = np.quantile(distances, (0.975, 0.025)) * error
    return max(0.0, float(mean - below)), min(most, float(mean - above))


def resample_rates(table, statistic, *, resamples=2000, seed=0):
    """Return a statistic of confusion tables that the same classifier might have given.

    The share of reals called real and of bogus called real are drawn from what the
    counts say about them (Beta distributions, Jeffreys' prior). Other than plain
    resampling this leaves room for errors where none was seen.

    Parameters
    ----------
    table : (2, 2) int array
        ``[[tn, fp], [fn, tp]]``.
    statistic : callable
        ``statistic(tn, fp, fn, tp) -> (resamples,) ndarray`` of expected counts.

    Returns
    -------
    (resamples,) ndarray
    """
    (tn, fp), (fn, tp) = np.asarray(table, float)
    rng = np.random.default_rng(seed)
    passed = (fp + tn) * rng.beta(fp + 0.5, tn + 0.5, resamples)
    kept = (tp + fn) * rng.beta(tp + 0.5, fn + 0.5, resamples)
    return statistic(fp + tn - passed, passed, tp + fn - kept, kept)
