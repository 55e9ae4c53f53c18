"""Bins of a column, such as the magnitude, and which of its values are no measurement."""

from dataclasses import dataclass

import numpy as np

__all__ = ["NOT_MEASURED", "ColumnBins", "column_bins"]

# Pipelines write these where they know no magnitude or no error of it.
NOT_MEASURED = (0.0, 99.0, -99.0, 99.99, 999.0, -999.0)


@dataclass(frozen=True)
class ColumnBins:
    """Which bin of a column every example lies in.

    Parameters
    ----------
    edges : (B + 1,) float ndarray
        Rising; the first bin also holds what is below its lower edge, the last what is
        above its upper edge. Empty without a measured value.
    place : (N,) int ndarray
        Bin of each example, -1 where its value is left out.
    left_out : dict of str to int
        Number of examples that are in no bin, by the reason.
    """

    edges: np.ndarray
    place: np.ndarray
    left_out: dict

    def __len__(self):
        return max(0, len(self.edges) - 1)


def column_bins(values, *, count=6, up_to=np.inf):
    """Return equally wide bins over the central 98 % of the measured values.

    Parameters
    ----------
    values : (N,) float ndarray
        `NOT_MEASURED` and non-finite values are left out, and counted.
    count : int
        Number of bins.
    up_to : float
        Larger values are left out too.

    Examples
    --------
    >>> bins = column_bins([16.0, 17.0, 18.0, 99.0, np.nan, 30.0], count=2, up_to=25)
    >>> bins.place.tolist(), bins.left_out
    ([0, 1, 1, -1, -1, -1], {'99': 1, 'above 25': 1, 'not finite': 1})
    """
    values = np.asarray(values, float)
    finite = np.isfinite(values)
    marks = {f"{mark:g}": finite & (values == mark) for mark in NOT_MEASURED}
    marks[f"above {up_to:g}"] = finite & (values > up_to) & ~np.isin(values, NOT_MEASURED)
    marks["not finite"] = ~finite
    left_out = {name: int(mask.sum()) for name, mask in marks.items() if mask.any()}
    used = ~np.any(list(marks.values()), axis=0)
    place = np.full(len(values), -1)
    if not used.any():
        return ColumnBins(np.empty(0), place, left_out)
    low, high = np.percentile(values[used], [1, 99])
    if not low < high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, count + 1)
    place[used] = np.clip(np.searchsorted(edges, values[used], side="right") - 1, 0, count - 1)
    return ColumnBins(edges, place, left_out)
