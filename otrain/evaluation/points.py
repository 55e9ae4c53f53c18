"""How well a map tells points of a class from all others: AP, IoU and F1, over any number of points.

Points of one star are not independent of one another, so intervals come from drawing whole
stars. Scores are kept as histograms of log odds per star, so 10^8 points need no more memory
than their stars do; what the bins can do to the average precision is stated with it.
"""

import numpy as np

from otrain.errors import DataError

__all__ = ["BINS", "PointCounts", "precision_of_histogram"]

BINS = 1024
LIMIT = 16.0  # log odds; beyond, all share the first or last bin
AT_ONCE = 2**20  # points
TAILS = (0.025, 0.975)


class PointCounts:
    """Counts of points by star, class and score, added batch by batch.

    Parameters
    ----------
    threshold : float
        Probability from which on a point is called the class.
    bins : int
        Equally wide in log odds between -16 and 16.

    Examples
    --------
    >>> counts = PointCounts()
    >>> counts.add(["a", "b"], [[1, 0, 0], [1, np.nan, 0]], probability=[[0.9, 0.2, 0.6], [0.8, 0.5, 0.1]])
    >>> counts.metrics(resamples=50)["f1"]["value"], counts.points
    (0.8, 5)
    """

    def __init__(self, *, threshold=0.5, bins=BINS):
        self.threshold, self.bins = threshold, bins
        self.points = 0
        self._of_star = {}  # star: (2, bins) histogram of other and class, (2, 2) confusion

    def add(self, star, target, *, probability=None, log_odds=None, valid=None):
        """Count the points of some rows.

        Parameters
        ----------
        star : (N,) sequence
            Id of the star of each row; stars may come back in a later call.
        target : (N, L) ndarray
            1 the class, 0 not; NaN where that is not known.
        probability, log_odds : (N, L) ndarray
            One of the two.
        valid : (N, L) bool ndarray, optional
            Which points count.

        Raises
        ------
        DataError
            If shapes differ, or a point that counts has no score.
        """
        from scipy.special import expit

        target = np.asarray(target, float)
        scores = np.asarray(log_odds if probability is None else probability)
        if scores.shape != target.shape or target.ndim != 2 or len(star) != len(target):
            raise DataError(f"`target` and scores must have one row per star. Received: {target.shape} and "
                            f"{scores.shape} for {len(star)} stars.")
        valid = np.isfinite(target) if valid is None else np.asarray(valid, bool) & np.isfinite(target)
        rows_at_once = max(1, AT_ONCE // max(1, target.shape[1]))
        for first in range(0, len(target), rows_at_once):
            rows = slice(first, first + rows_at_once)
            row, column = np.nonzero(valid[rows])
            values = scores[rows][row, column].astype(float)
            if np.any(np.isnan(values)):
                raise DataError(f"{np.isnan(values).sum()} valid points have no score. "
                                "Leave them out with `valid`.")
            if probability is None:
                called, odds = expit(values) >= self.threshold, values
            else:
                with np.errstate(divide="ignore"):
                    called, odds = values >= self.threshold, np.log(values) - np.log1p(-values)
            self._count(np.asarray(star)[rows], row, target[rows][row, column] > 0.5, odds, called)

    def _count(self, star, row, positive, odds, called):
        names, place = np.unique(star, return_inverse=True)
        place = place[row]
        bin_of = np.clip((odds + LIMIT) * (self.bins / (2 * LIMIT)), 0, self.bins - 1).astype(int)
        shape = (len(names), 2, self.bins)
        histogram = np.bincount((2 * place + positive) * self.bins + bin_of, minlength=np.prod(shape))
        confusion = np.bincount(4 * place + 2 * positive + called, minlength=4 * len(names))
        for index, name in enumerate(names.tolist()):
            old = self._of_star.setdefault(name, (np.zeros(shape[1:], np.int32), np.zeros((2, 2), np.int64)))
            old[0][...] += histogram.reshape(shape)[index]
            old[1][...] += confusion.reshape(-1, 2, 2)[index]
        self.points += len(row)

    def metrics(self, *, resamples=200, seed=0):
        """Return the metrics with 95 % intervals from drawing stars with replacement.

        Returns
        -------
        dict
            ``average_precision``, ``iou``, ``f1``, ``precision``, ``recall``, each
            ``{"value", "low", "high"}``, None where undefined; ``average_precision`` also has
            ``bin_error``, how far it can be from the value of the unbinned scores at most.
            ``points``, ``positives``, ``stars``, ``threshold``.
        """
        stars = len(self._of_star)
        histogram = np.array([row[0] for row in self._of_star.values()]).reshape(stars, 2 * self.bins)
        tables = np.array([row[1] for row in self._of_star.values()]).reshape(stars, 4)
        whole = histogram.sum(axis=0, dtype=float).reshape(2, self.bins)
        value, error = precision_of_histogram(whole[1], whole[0])
        values = {"average_precision": value} | _of_table(tables.sum(axis=0))
        drawn = {name: [] for name in values}
        rng = np.random.default_rng(seed)
        for _ in range(resamples if stars > 1 else 0):
            weight = np.bincount(rng.integers(0, stars, stars), minlength=stars)
            other, positive = (weight.astype(np.float32) @ histogram).reshape(2, self.bins)
            drawn["average_precision"].append(precision_of_histogram(positive, other)[0])
            for name, one in _of_table(weight @ tables).items():
                drawn[name].append(one)
        rows = {name: _row(value, drawn[name]) for name, value in values.items()}
        rows["average_precision"]["bin_error"] = None if np.isnan(value) else error
        return rows | {"points": self.points, "positives": int(whole[1].sum()), "stars": stars,
                       "threshold": self.threshold}


def precision_of_histogram(positive, other):
    """Return the average precision of binned scores and how far the bins can have moved it.

    Parameters
    ----------
    positive, other : (B,) ndarray
        Points of the class and all others per bin of rising score.

    Returns
    -------
    value, error : float
        The value takes the points of a bin as ties. In the best order of each bin it would be
        at most `error` higher, in the worst at most `error` lower. NaN without a positive.
    """
    positive, other = np.asarray(positive, float)[::-1], np.asarray(other, float)[::-1]
    total = positive.sum()
    if not total:
        return float("nan"), float("nan")
    hits, false = np.cumsum(positive), np.cumsum(other)
    here = positive > 0
    share = positive[here] / total
    hits, false, first, others = hits[here], false[here], (hits - positive)[here] + 1, other[here]
    value = np.sum(share * hits / (hits + false))
    best = np.sum(share * hits / (hits + false - others))
    worst = np.sum(share * first / (first + false))
    return float(value), float(max(best - value, value - worst))


def _of_table(table):
    """Return the metrics of a confusion ``[tn, fp, fn, tp]``; NaN where undefined."""
    _, fp, fn, tp = (float(count) for count in table)
    def ratio(above, below):
        return above / below if below else float("nan")

    return {"iou": ratio(tp, tp + fp + fn), "f1": ratio(2 * tp, 2 * tp + fp + fn),
            "precision": ratio(tp, tp + fp), "recall": ratio(tp, tp + fn)}


def _row(value, drawn):
    if np.isnan(value):
        return {"value": None, "low": None, "high": None}
    drawn = np.asarray(drawn, float)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return {"value": value, "low": None, "high": None}
    low, high = np.quantile(drawn, TAILS)
    return {"value": value, "low": min(float(low), value), "high": max(float(high), value)}
