"""How an error falls with the number of labels, and what more labels would bring.

Networks that were trained on more and more labels are judged on one test
subset. The error is described by a power law above a floor, the form that
learning curves follow over decades of size (Hestness et al. 2017,
arXiv:1712.00409; Viering & Loog 2023, IEEE TPAMI 45, 7799). Its interval comes from drawing
runs and test candidates with replacement. Where the data cannot carry a
statement, the curve says why.
"""

from dataclasses import dataclass

import numpy as np

from otrain.errors import UsageError
from otrain.evaluation.thresholds import threshold_for_false_alarms

__all__ = ["MEASURES", "LearningCurve", "PowerLaw", "fit_power_law", "learning_curve", "lost_at_false_alarms",
           "no_trend", "what_is_missing"]

MEASURES = ("error", "false_negatives")
FALSE_ALARMS = 0.01  # share of bogus that may pass where false negatives are counted
FEWEST_BOGUS = 100  # of which one may pass
FEWEST_REALS = 30
FEWEST_SIZES = 4
FARTHEST = 10  # times the largest size; beyond, no fit to these sizes says anything
NO_TREND = 0.05  # probability of a fall as steady as this without any trend

_EXPONENTS = np.geomspace(0.05, 2.0, 60)
_ROUNDS = 4  # of reweighting; the fitted values change by less than 1e-3 after three


@dataclass(frozen=True)
class PowerLaw:
    """``floor + part * (labels / size) ** -exponent``; each a number, or (B,) for many laws.

    Parameters
    ----------
    floor : float or ndarray
        What no number of labels removes, >= 0.
    part : float or ndarray
        What more labels remove, at `size`, >= 0.
    exponent : float or ndarray
    size : float
        Number of labels at which `part` counts.
    """

    floor: float
    part: float
    exponent: float
    size: float

    def __call__(self, labels):
        """Return the error at a number of labels, (B,) for many laws; a share, so never above 1."""
        error = self.floor + self.part * (np.asarray(labels, float) / self.size) ** -self.exponent
        return np.minimum(error, 1.0)


def lost_at_false_alarms(labels, scores, limit=FALSE_ALARMS):
    """Return the share of reals lost where at most a share `limit` of bogus passes.

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real.
    scores : (N,) ndarray
        Scores or logits.
    limit : float

    Returns
    -------
    float
        NaN if a class is absent, or has too few bogus for `limit` to allow one.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, float)
    real, bogus = scores[labels == 1], scores[labels == 0]
    if not len(real) or len(bogus) * limit < 1 - 1e-9:
        return float("nan")
    return float(np.mean(real < threshold_for_false_alarms(bogus, limit)))


def fit_power_law(sizes, values, *, examples, weights=None):
    """Return the power law that fits errors best.

    Weighted least squares with the variance of a share, ``p (1 - p)``, of the
    fitted values; floor and part are not negative, the exponent lies between
    0.05 and 2. Solved exactly for each of 60 exponents, so that there is no start to choose
    and nothing that may fail to converge.

    Parameters
    ----------
    sizes : (R,) ndarray
        Number of labels of each run.
    values : (R,) or (B, R) ndarray
        Error of each run, between 0 and 1; with two axes, B laws are fitted at once.
    examples : int
        Number of candidates in which each value was counted.
    weights : (R,) or (B, R) ndarray, optional
        How often each run counts.

    Returns
    -------
    PowerLaw
        With numbers, or with arrays (B,) for `values` of two axes.

    Examples
    --------
    >>> sizes = np.array([100, 200, 400, 800, 1600])
    >>> law = fit_power_law(sizes, 0.02 + 0.1 * (sizes / 1600) ** -0.5, examples=10_000)
    >>> round(law.floor, 2), round(law.part, 2), round(float(law(6400)), 2)
    (0.02, 0.1, 0.07)
    """
    sizes, y = np.asarray(sizes, float), np.atleast_2d(np.asarray(values, float))
    counted = np.ones_like(y) if weights is None else np.broadcast_to(np.asarray(weights, float), y.shape)
    x = (sizes[:, None] / sizes.max()) ** -_EXPONENTS
    fitted = y
    for _ in range(_ROUNDS):
        # Half a candidate more on either side: a share of 0 or 1 has a variance too.
        share = np.clip((fitted * examples + 0.5) / (examples + 1), 0, 1 - 0.5 / (examples + 1))
        floor, part, best = _least_squares(x, y, counted / (share * (1 - share)))
        fitted = floor[:, None] + part[:, None] * x.T[best]
    law = floor, part, _EXPONENTS[best]
    return PowerLaw(*(law if np.ndim(values) == 2 else (float(number[0]) for number in law)), sizes.max())


def _least_squares(x, y, weight):
    """Return floor, part and number of the best exponent of each row, all (B,).

    `x` (R, E) holds the falling part for each exponent; `y` and `weight` are (B, R).
    """
    s, sy, syy = (np.sum(weight * power, axis=1)[:, None] for power in (1, y, y**2))
    sx, sxx, sxy = weight @ x, weight @ x**2, (weight * y) @ x
    determinant = s * sxx - sx**2
    # Runs of one size alone say nothing about a slope.
    level = determinant <= 1e-12 * s * sxx
    part = np.where(level, 0.0, (s * sxy - sx * sy) / np.where(level, 1.0, determinant))
    floor = (sy - part * sx) / s
    # Outside the allowed quarter the best point of a convex valley lies on its border.
    part, floor = np.where(floor < 0, sxy / sxx, part), np.where(floor < 0, 0.0, floor)
    part, floor = np.where(part < 0, 0.0, part), np.where(part < 0, sy / s, floor)
    misfit = (syy - 2 * part * sxy - 2 * floor * sy + part**2 * sxx + 2 * part * floor * sx + floor**2 * s)
    best = misfit.argmin(axis=1)
    rows = np.arange(len(y))
    return floor[rows, best], part[rows, best], best


@dataclass(frozen=True)
class LearningCurve:
    """An error against the number of labels, with its fit and many fits to data drawn again.

    Parameters
    ----------
    measure : str
        One of `MEASURES`: the share of wrong calls, or of reals lost at 1 % false positives.
    sizes, values : (R,) ndarray
        Labels and error of each run.
    law : PowerLaw or None
        None where there is no value to fit.
    draws : PowerLaw or None
        With arrays (B,).
    problem : str
        Why the runs cannot carry a statement about more labels; empty if they can.
    """

    measure: str
    sizes: np.ndarray
    values: np.ndarray
    law: PowerLaw | None
    draws: PowerLaw | None
    problem: str = ""

    def at(self, labels):
        """Return the fitted error at a number of labels as ``{"value", "low", "high"}`` (95 %)."""
        return _interval(self.law(labels), self.draws(labels))

    def gain(self, more):
        """Return what `more` labels would bring, beyond the largest size.

        Returns
        -------
        dict
            ``labels``, ``more``; ``now``, ``then`` and their difference ``gain``, each
            ``{"value", "low", "high"}`` or None without a fit; ``problem``: empty, or why
            this is no statement.
        """
        if more < 1:
            raise UsageError(f"the number of further labels must be positive. Received: {more}.")
        labels = int(self.sizes.max()) if len(self.sizes) else 0
        table = {"measure": self.measure, "labels": labels, "more": int(more), "now": None, "then": None,
                 "gain": None, "problem": self.problem}
        if self.law is None:
            return table
        table |= {"now": self.at(labels), "then": self.at(labels + more),
                  "gain": _interval(self.law(labels) - self.law(labels + more),
                                    self.draws(labels) - self.draws(labels + more))}
        if not self.problem and labels + more > FARTHEST * labels:
            table["problem"] = f"no fit to at most {labels} labels reaches beyond {FARTHEST} times as many"
        if not table["problem"] and table["gain"]["low"] <= 0:
            table["problem"] = "a further fall from the largest size on is compatible with none"
        return table


def learning_curve(sizes, labels, logits, *, measure="false_negatives", resamples=500, seed=0):
    """Fit the error of runs of different size, judged on the same candidates.

    Parameters
    ----------
    sizes : (R,) int ndarray
        Number of labels that each run had.
    labels : (N,) int ndarray
        0 bogus, 1 real, of the test subset.
    logits : (R, N) ndarray
        Of every run for every test candidate; positive means real.
    measure : str
        One of `MEASURES`.
    resamples : int
        Draws of runs and of candidates (within their class), for the interval.
    seed : int

    Returns
    -------
    LearningCurve

    Raises
    ------
    UsageError
        If `measure` is unknown.
    """
    if measure not in MEASURES:
        raise UsageError(f"unknown measure {measure!r}. Known: {', '.join(MEASURES)}.")
    sizes, labels, logits = np.asarray(sizes), np.asarray(labels, int), np.asarray(logits)
    problem = what_is_missing(sizes, labels, measure)
    share_of = (_Wrong if measure == "error" else _Lost)(labels, logits)
    values = share_of(np.ones(len(labels)))
    if not np.isfinite(values).all() or not len(values):
        return LearningCurve(measure, sizes, values, None, None, problem)
    law = fit_power_law(sizes, values, examples=share_of.examples)
    rng = np.random.default_rng(seed)
    drawn = np.stack([share_of(_draw(labels, rng)) for _ in range(resamples)])
    runs = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=resamples)
    draws = fit_power_law(sizes, drawn, examples=share_of.examples, weights=runs)
    return LearningCurve(measure, sizes, values, law, draws, problem or no_trend(sizes, values))


def _interval(value, draws):
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": float(value), "low": float(low), "high": float(high)}


def what_is_missing(sizes, labels, measure):
    """Say what is missing for a statement about more labels; empty if nothing is.

    Parameters
    ----------
    sizes : (R,) int ndarray
        Number of labels of each run, done or planned.
    labels : (N,) int ndarray
        0 bogus, 1 real, of the test subset.
    measure : str
        One of `MEASURES`.
    """
    reals, bogus = int(np.sum(labels == 1)), int(np.sum(labels == 0))
    found = len(np.unique(sizes))
    needs = [(FEWEST_REALS, reals, "reals in test"), (FEWEST_SIZES, found, "different sizes")]
    if measure == "false_negatives":
        needs.insert(0, (FEWEST_BOGUS, bogus, "bogus in test"))
    short = [f"{least} {what} (has {has})" for least, has, what in needs if has < least]
    return "needs at least " + " and ".join(short) if short else ""


def no_trend(sizes, values):
    """Say that the error does not fall with size; empty if it does."""
    if not values.any():
        return "no run has such an error in this test subset, so there is none to lower"
    if np.ptp(values) == 0:
        return "all runs have the same error"
    from scipy.stats import kendalltau  # half a second, of no use to a request that is refused

    test = kendalltau(sizes, values, alternative="less")
    if test.pvalue > NO_TREND:
        return (f"no trend with size in these runs (Kendall's tau {test.statistic:.2f}, "
                f"probability without a trend {test.pvalue:.2g})")
    return ""


def _draw(labels, rng):
    """Return how often each candidate is drawn, with replacement within its class, (N,)."""
    times = np.zeros(len(labels))
    for value in np.unique(labels):
        rows = np.flatnonzero(labels == value)
        times[rows] = np.bincount(rng.integers(len(rows), size=len(rows)), minlength=len(rows))
    return times


class _Wrong:
    """Share of wrong calls of each run, for candidates that count several times."""

    def __init__(self, labels, logits):
        self.examples = len(labels)
        self._wrong = ((logits > 0) != (labels == 1)).astype(float)

    def __call__(self, times):
        return self._wrong @ times / self.examples


class _Lost:
    """Share of reals lost at 1 % false positives of each run; scores are sorted once for all draws."""

    def __init__(self, labels, logits):
        self._real, self._bogus = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        self.examples = len(self._real)
        self._allowed = int(FALSE_ALARMS * len(self._bogus) + 1e-9)
        self._runs = [self._ranked(scores) for scores in logits]

    def _ranked(self, scores):
        """Return bogus rows from the top score down, real rows upwards, and reals at or below each bogus."""
        bogus = self._bogus[np.argsort(-scores[self._bogus], kind="stable")]
        real = self._real[np.argsort(scores[self._real], kind="stable")]
        return bogus, real, np.searchsorted(scores[real], scores[bogus], side="right")

    def __call__(self, times):
        if not self.examples or not self._allowed:
            return np.full(len(self._runs), np.nan)
        shares = []
        for bogus, real, below in self._runs:
            # The first bogus that may not pass; reals no higher than it are lost with it.
            last = np.searchsorted(np.cumsum(times[bogus]), self._allowed, side="right")
            lost = np.concatenate([[0.0], np.cumsum(times[real])])[below[last]]
            shares.append(lost / self.examples)
        return np.array(shares)
