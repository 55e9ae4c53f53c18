"""Whether stated uncertainties are true: how often intervals hold the truth, and where in them it lies."""

import numpy as np

from otrain.evaluation.intervals import wilson_interval

__all__ = ["LEVELS", "PIT_BINS", "coverage", "coverage_cells", "expected_calibration_error", "pit_histogram",
           "probabilities_of"]

LEVELS = tuple(round(0.05 * step, 2) for step in range(1, 20))  # of central intervals: 5 % to 95 %
USUAL = (0.68, 0.95)
PIT_BINS = 20


def probabilities_of(normal_scores):
    """Return stated probabilities below the truth (probability integral transform) from normal quantiles."""
    from scipy.special import ndtr

    return ndtr(np.asarray(normal_scores, float))


def coverage(pit, levels=(*LEVELS, 0.68)):
    """Return how often central intervals hold the truth.

    Parameters
    ----------
    pit : (N,) array-like
        Stated probability of a value below the truth; NaN is left out.
    levels : sequence of float
        Nominal shares: the central interval of 0.68 reaches from the quantile 0.16 to 0.84.

    Returns
    -------
    list of dict
        ``level`` and ``value low high`` (95 %, Wilson) of each, in rising order; value None without examples.
    """
    pit = np.asarray(pit, float)
    distance = 2 * np.abs(pit[np.isfinite(pit)] - 0.5)
    rows = []
    for level in sorted(set(levels)):
        # A truth exactly at the end of its interval lies in it, whatever the last digit says.
        inside = int(np.sum(distance <= level + 1e-12))
        rows.append({"level": float(level), **_share(inside, len(distance))})
    return rows


def expected_calibration_error(rows):
    """Return the mean distance of coverage from its level over 5 to 95 %; None without examples.

    Parameters
    ----------
    rows : list of dict
        As `coverage` gives them.
    """
    distances = [abs(row["value"] - row["level"]) for row in rows
                 if row["value"] is not None and any(abs(row["level"] - level) < 1e-9 for level in LEVELS)]
    return float(np.mean(distances)) if distances else None


def pit_histogram(pit, *, bins=PIT_BINS, calibrated_on=None):
    """Return the histogram of the probability integral transform; flat where uncertainties are true.

    Parameters
    ----------
    pit : (N,) array-like
        NaN is left out.
    bins : int
    calibrated_on : int, optional
        Number of examples from which the quantiles were taken: a sample has its own unevenness, which
        adds ``n / calibrated_on`` of that of the n examples themselves.

    Returns
    -------
    dict
        ``counts`` (list of int) in equal bins from 0 to 1, and ``p_value``: how probable counts so uneven
        are where the uncertainties are true (chi-square); None for fewer than 5 examples a bin.
    """
    from scipy.stats import chi2

    pit = np.asarray(pit, float)
    pit = pit[np.isfinite(pit)]
    counts = np.histogram(pit, bins, range=(0, 1))[0]
    if len(pit) < 5 * bins:
        return {"counts": counts.tolist(), "p_value": None}
    usual = len(pit) / bins
    unevenness = np.sum((counts - usual) ** 2) / usual
    more = 1 + (len(pit) / calibrated_on if calibrated_on else 0)
    return {"counts": counts.tolist(), "p_value": float(chi2.sf(unevenness / more, bins - 1))}


def coverage_cells(pit, first, second, *, cells=4, levels=USUAL):
    """Return the coverage in cells of two columns, each cut into parts of equally many examples.

    Parameters
    ----------
    pit : (N,) or (N, K) array-like
        Of one target, or of several, which count together.
    first, second : (N,) array-like
        Columns; examples without a finite value in both are left out.
    cells : int
        Parts of each column.
    levels : sequence of float

    Returns
    -------
    dict
        ``first_edges second_edges`` (cells + 1 each, or fewer where values repeat), and ``cells``: rows
        of cells along `first`, each with ``examples`` and ``coverage`` as of `coverage`. The intervals
        count every target of an example as one trial; those of several targets are therefore too short.
    """
    pit = np.asarray(pit, float).reshape(len(first), -1)
    first, second = np.asarray(first, float), np.asarray(second, float)
    used = np.isfinite(first) & np.isfinite(second) & np.isfinite(pit).any(axis=1)
    if not used.any():
        return {"first_edges": [], "second_edges": [], "cells": []}
    edges, places = [], []
    for values in (first, second):
        cut = np.unique(np.quantile(values[used], np.linspace(0, 1, cells + 1)))
        edges.append(cut)
        places.append(np.clip(np.searchsorted(cut, values, side="right") - 1, 0, max(0, len(cut) - 2)))
    counts = [max(1, len(cut) - 1) for cut in edges]
    rows = []
    for i in range(counts[0]):
        mine = [used & (places[0] == i) & (places[1] == j) for j in range(counts[1])]
        rows.append([{"examples": int(some.sum()), "coverage": coverage(pit[some].ravel(), levels)}
                     for some in mine])
    return {"first_edges": edges[0].tolist(), "second_edges": edges[1].tolist(), "cells": rows}


def _share(inside, count):
    if not count:
        return {"value": None, "low": None, "high": None}
    low, high = wilson_interval(inside, count)
    return {"value": inside / count, "low": float(low), "high": float(high)}
