"""Peaks of maps of energy: where a map stands above a threshold and above its surroundings."""

import numpy as np

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["DEFINITIONS", "find_peaks", "widen"]

DEFINITIONS = ("map", "published")


def find_peaks(energies, threshold, *, valid=None, definition="map"):
    """Return where maps have peaks above a threshold.

    Parameters
    ----------
    energies : (..., T, F) ndarray
    threshold : float
        A peak lies above it (SNR2 where rows are divided by their medians).
    valid : (..., T) bool ndarray, optional
        Elsewhere there are no peaks.
    definition : {"map", "published"}
        ``map``: no neighbour of the eight in time and frequency is higher, and none of those before it is
        as high, so that a plateau is one peak. ``published``: as Annalisa, higher than the values before
        and after in the one row that all maps make, frequency by frequency, map after map. It sees peaks
        across the borders of frequencies and maps, and where a ridge crosses a frequency.

    Returns
    -------
    (..., T, F) bool ndarray

    Raises
    ------
    UsageError
        If there is no such definition.
    """
    if definition not in DEFINITIONS:
        raise UsageError(f"unknown definition {definition!r} of peaks.{nearest(definition, DEFINITIONS)} "
                         f"Known: {', '.join(DEFINITIONS)}.")
    energies = np.asarray(energies)
    with np.errstate(invalid="ignore"):
        peaks = energies > threshold
    if definition == "published":
        peaks &= _peaks_in_one_row(energies)
    elif peaks.any():
        peaks &= _peaks_in_maps(energies)
    return peaks if valid is None else peaks & np.asarray(valid, bool)[..., None]


def _peaks_in_maps(energies):
    padding = [(0, 0)] * (energies.ndim - 2) + [(1, 1), (1, 1)]
    around = np.pad(energies, padding, constant_values=-np.inf)
    times, frequencies = energies.shape[-2:]
    peaks = np.ones(energies.shape, bool)
    for step in np.ndindex(3, 3):
        if step == (1, 1):
            continue
        neighbour = around[..., step[0]:step[0] + times, step[1]:step[1] + frequencies]
        peaks &= energies > neighbour if step < (1, 1) else energies >= neighbour
    return peaks


def _peaks_in_one_row(energies):
    by_frequency = np.swapaxes(energies, -1, -2)
    row = np.clip(by_frequency, 0, None).ravel()
    peaks = np.zeros(row.shape, bool)
    peaks[1:-1] = (row[1:-1] > row[:-2]) & (row[1:-1] > row[2:])
    return np.swapaxes(peaks.reshape(by_frequency.shape), -1, -2)


def widen(mask, reach, *, axis=-2):
    """Return a mask that is set wherever it was within some bins along an axis.

    Parameters
    ----------
    mask : bool ndarray
    reach : int
        Bins to either side; it ends at the borders.
    axis : int
        The time of maps by default.

    Returns
    -------
    bool ndarray

    Examples
    --------
    >>> widen(np.array([0, 0, 1, 0, 0, 0], bool), 1, axis=0).astype(int)
    array([0, 1, 1, 1, 0, 0])
    """
    mask = np.moveaxis(np.asarray(mask, bool), axis, -1)
    wide = mask.copy()
    for step in range(1, min(reach, mask.shape[-1] - 1) + 1):
        wide[..., step:] |= mask[..., :-step]
        wide[..., :-step] |= mask[..., step:]
    return np.moveaxis(wide, -1, axis)
