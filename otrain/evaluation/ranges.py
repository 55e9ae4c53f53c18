"""Ranges between limits that a person gives, and which share of each range is kept."""

from itertools import pairwise

import numpy as np

from otrain.evaluation.intervals import wilson_interval

__all__ = ["kept_by_range", "ranges_between"]


def ranges_between(limits):
    """Return ``(low, high)`` of each range: below the first limit, between two, from the last on.

    A value is in a range if ``low <= value < high``; NaN is in none.

    Examples
    --------
    >>> ranges_between([18, 21])
    [(-inf, 18.0), (18.0, 21.0), (21.0, inf)]
    """
    return list(pairwise([-np.inf, *map(float, limits), np.inf]))


def kept_by_range(values, scores, limits, thresholds):
    """Return which share of the examples in each range has a score of at least a threshold.

    Parameters
    ----------
    values, scores : (N,) float ndarray
        Examples without a finite value or score are left out.
    limits : sequence of float
        Rising limits of `values`.
    thresholds : sequence of float

    Returns
    -------
    list of dict
        For each range that holds an example: ``from`` and ``to`` (None where it is open),
        ``count`` and ``kept``, a list of ``{"threshold", "value", "low", "high"}`` with the
        95 % Wilson interval.
    """
    values, scores = np.asarray(values, float), np.asarray(scores, float)
    rows = []
    for low, high in ranges_between(limits):
        inside = scores[(values >= low) & (values < high) & np.isfinite(values) & np.isfinite(scores)]
        if len(inside):
            ends = [end if np.isfinite(end) else None for end in (low, high)]
            rows.append({"from": ends[0], "to": ends[1], "count": len(inside),
                         "kept": [_share(inside, threshold) for threshold in thresholds]})
    return rows


def _share(scores, threshold):
    kept = int(np.sum(scores >= threshold))
    low, high = wilson_interval(kept, len(scores))
    return {"threshold": threshold, "value": kept / len(scores), "low": float(low), "high": float(high)}
