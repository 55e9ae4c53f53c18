"""How good numbers are: R2, mean errors and bias of each target, with intervals from drawing again."""

from dataclasses import dataclass

import numpy as np

__all__ = ["METRICS", "constant_targets", "gaussian_surprise", "joint_surprise", "mean_r2", "value_metrics"]

METRICS = ("r2", "mae", "rmse", "bias", "relative_mae")
CONSTANT = 1e-12  # of the largest |truth|: a spread below it is rounding
CHUNK = 32  # draws at a time


@dataclass(frozen=True)
class _Sums:
    """Sums over examples that all metrics are made of, (..., K) each."""

    count: np.ndarray
    error: np.ndarray
    absolute: np.ndarray
    square: np.ndarray
    truth: np.ndarray
    truth_square: np.ndarray
    size: np.ndarray


def value_metrics(values, truth, *, resamples=500, seed=0):
    """Return the metrics of each target, and the mean R2 of all, with 95 % intervals.

    Parameters
    ----------
    values, truth : (N, K) array-like
        In natural units. A pair with a NaN has no part in its target.
    resamples : int
        Draws of N examples with replacement, the same for all targets.
    seed : int

    Returns
    -------
    targets : list of K dict
        ``r2 mae rmse bias relative_mae``, each ``{"value", "low", "high"}``; None where not defined.
        ``r2``: share of the variance of the truth that is explained, ``1 - sum(error**2) /
        sum((truth - mean)**2)``; not defined where the truth is constant. ``bias``: mean of value - truth.
        ``relative_mae``: mean of ``|error|`` over mean of ``|truth|``.
    r2 : dict
        The uniform mean over the targets whose truth varies: that of droulette, as R2 is the same on
        standardised targets.
    """
    values, truth = np.asarray(values, float), np.asarray(truth, float)
    columns, constant = _columns(values, truth), constant_targets(truth)
    best = _metrics(_Sums(*columns.sum(axis=1)), constant)
    rng, draws = np.random.default_rng(seed), []
    for start in range(0, resamples if len(truth) else 0, CHUNK):
        times = _times(rng, min(CHUNK, resamples - start), len(truth))
        draws.append(_metrics(_Sums(*np.einsum("bn,snk->sbk", times, columns, optimize=True)), constant))
    draws = {name: np.concatenate([draw[name] for draw in draws]) for name in best} if draws else {}
    rows = [{name: _row(best[name][k], draws[name][:, k] if draws else ()) for name in METRICS}
            for k in range(truth.shape[1])]
    varying = ~constant
    if not varying.any():
        return rows, _row(np.nan, ())
    return rows, _row(best["r2"][varying].mean(),
                      draws["r2"][:, varying].mean(axis=1) if draws else ())


def constant_targets(truth):
    """Return which targets have one and the same true value, or none, (K,) bool."""
    truth = np.asarray(truth, float)
    known = np.isfinite(truth)
    highest = np.max(np.where(known, truth, -np.inf), axis=0, initial=-np.inf)
    lowest = np.min(np.where(known, truth, np.inf), axis=0, initial=np.inf)
    size = np.maximum(np.abs(highest), np.abs(lowest))
    return ~(highest - lowest > CONSTANT * np.where(np.isfinite(size), size, 0))


def mean_r2(values, truth):
    """Return the uniform mean R2 over the targets whose truth varies; NaN where none does."""
    return float(_nan(value_metrics(values, truth, resamples=0)[1]["value"]))


def gaussian_surprise(errors, widths, slopes):
    """Return the negative log likelihood of each value by its own normal distribution, (N, K) [nat].

    Parameters
    ----------
    errors : (N, K) ndarray
        Standardised: (encoded truth - encoded value) / width.
    widths : (N, K) ndarray
        Standard deviations, encoded.
    slopes : (N, K) ndarray
        d encoded / d value at the truth, so that the density is one of the natural unit.
    """
    with np.errstate(divide="ignore"):
        return 0.5 * errors**2 + np.log(widths) + 0.5 * np.log(2 * np.pi) - np.log(slopes)


def joint_surprise(errors, widths, slopes, correlations):
    """Return the negative log likelihood of all K values together, (N,) [nat].

    Parameters
    ----------
    errors, widths, slopes : (N, K) ndarray
        As for `gaussian_surprise`.
    correlations : (N, K, K) ndarray
        Of the encoded errors.
    """
    _, volume = np.linalg.slogdet(correlations)
    distance = np.einsum("nk,nk->n", errors, np.linalg.solve(correlations, errors[..., None])[..., 0])
    single = np.log(widths) + 0.5 * np.log(2 * np.pi) - np.log(slopes)
    return 0.5 * (distance + volume) + single.sum(axis=1)


def _columns(values, truth):
    """Return what is summed, (7, N, K); 0 where a pair is not known."""
    known = np.isfinite(values) & np.isfinite(truth)
    # Sums of squares around the mean lose no digits to a large mean.
    middle = np.where(known, truth, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    error, truth = np.where(known, values - truth, 0), np.where(known, truth, 0)
    around = np.where(known, truth - middle, 0)
    return np.stack([known.astype(float), error, np.abs(error), error**2, around, around**2,
                     np.abs(truth)])


def _times(rng, draws, count):
    """Return how often each example is drawn, (draws, count)."""
    return np.stack([np.bincount(rng.integers(count, size=count), minlength=count)
                     for _ in range(draws)]).astype(float)


def _metrics(sums, constant):
    """Return the metrics of sums of any leading shape, by name."""
    with np.errstate(divide="ignore", invalid="ignore"):
        count = np.where(sums.count > 0, sums.count, np.nan)
        spread = sums.truth_square - sums.truth**2 / count
        return {"r2": np.where(constant | ~(spread > 0), np.nan, 1 - sums.square / spread),
                "mae": sums.absolute / count, "rmse": np.sqrt(sums.square / count),
                "bias": sums.error / count,
                "relative_mae": np.where(sums.size > 0, sums.absolute / sums.size, np.nan)}


def _row(value, draws):
    """Return a value and the central 95 % of its draws as plain types; None where not defined."""
    if not np.isfinite(value):
        return {"value": None, "low": None, "high": None}
    draws = np.asarray(draws, float)
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        return {"value": float(value), "low": None, "high": None}
    low, high = np.quantile(draws, [0.025, 0.975])
    # Draws of few examples may all lie on one side of the value.
    return {"value": float(value), "low": float(min(low, value)), "high": float(max(high, value))}


def _nan(value):
    return np.nan if value is None else value
