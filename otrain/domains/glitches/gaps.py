"""Gaps in series: filled so that filters can run over them, and remembered so that none of it is read."""

import numpy as np

__all__ = ["fill_gaps", "narrow_valid"]


def fill_gaps(strain):
    """Return series without NaN and infinities, and where they had values.

    Parameters
    ----------
    strain : (..., n) array_like

    Returns
    -------
    filled : (..., n) float64 ndarray
        A straight line across each gap, the nearest value at the ends, 0 for a series without any value.
    valid : (..., n) bool ndarray

    Examples
    --------
    >>> fill_gaps([np.nan, 1, np.nan, np.nan, 4])
    (array([1., 1., 2., 3., 4.]), array([False,  True, False, False,  True]))
    """
    filled = np.array(strain, float)
    valid = np.isfinite(filled)
    index = np.arange(filled.shape[-1])
    series, known = filled.reshape(-1, len(index)), valid.reshape(-1, len(index))
    for row in np.flatnonzero(~known.all(axis=-1)):
        values = series[row, known[row]]
        series[row] = np.interp(index, index[known[row]], values) if len(values) else 0.0
    return filled, valid


def narrow_valid(valid, reach):
    """Return where everything within a reach is valid: what a filter of that half length can be believed.

    Parameters
    ----------
    valid : (..., n) bool ndarray
    reach : int
        Samples to either side. What lies beyond the ends does not count.

    Returns
    -------
    (..., n) bool ndarray

    Examples
    --------
    >>> narrow_valid(np.array([True, True, True, False, True, True, True]), 1).astype(int)
    array([1, 1, 0, 0, 0, 1, 1])
    """
    valid = np.asarray(valid, bool)
    if valid.all():
        return valid.copy()
    count = valid.shape[-1]
    bad = np.concatenate([np.zeros((*valid.shape[:-1], 1), int), np.cumsum(~valid, axis=-1)], axis=-1)
    index = np.arange(count)
    first, last = np.maximum(index - reach, 0), np.minimum(index + reach + 1, count)
    return bad[..., last] == bad[..., first]
