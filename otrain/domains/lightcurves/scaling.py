"""Flux in units of its own noise, piece by piece, and what is left of it beside slow changes."""

import numpy as np

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["noise_of", "relative_flux", "running_median"]

_ROUNDING = 1e-12  # relative; smaller differences are those of rounding
_MAD = 1.482602218505602  # standard deviation of a Gaussian in units of its median absolute deviation


def relative_flux(flux, piece, known=None):
    """Return flux / median - 1 in each piece, and the median of each slot's piece.

    Parameters
    ----------
    flux : (L,) float64 ndarray
        NaN where there is none.
    piece : (L,) int ndarray
        Not falling.
    known : (L,) bool ndarray, optional
        Slots in known events: they have no part in the level of a piece of which more than half is outside.

    Raises
    ------
    InputRejected
        ``bad-unit`` if a median is not positive: such flux has no relative depth.
    """
    level = np.full(len(flux), np.nan)
    for part in _parts(piece):
        values = flux[part][np.isfinite(flux[part])]
        if not len(values):
            continue
        outside = flux[part][np.isfinite(flux[part]) & ~known[part]] if known is not None else values
        level[part] = middle = np.median(outside if 2 * len(outside) > len(values) else values)
        if not middle > 0:
            raise InputRejected("bad-unit", f"the median flux is {middle:.6g}, so a depth relative to it has "
                                "no meaning. If the flux is a deviation, say so by its unit (`flux [ppm]` or "
                                "`flux [relative deviation]`); else choose another column with --flux.")
    return flux / level - 1, level


def _parts(piece):
    """Yield the slice of each piece."""
    edges = np.flatnonzero(np.diff(piece)) + 1
    for start, stop in zip([0, *edges], [*edges, len(piece)], strict=True):
        yield slice(int(start), int(stop))


def noise_of(relative, piece, *, reach=1):
    """Return the standard deviation of the noise from the differences of neighbouring values.

    Trends and transits change few differences, so they do not inflate it.

    Parameters
    ----------
    relative : (L,) float64 ndarray
        NaN where there is none.
    piece : (L,) int ndarray
        Values of different pieces are no neighbours.
    reach : int
        Slots between neighbours, at most; above 1 for data coarser than the grid.

    Raises
    ------
    InputRejected
        ``no-variation`` if the flux does not vary: there is no scale then.
    """
    known = np.flatnonzero(np.isfinite(relative))
    steps = np.diff(relative[known])
    near = (np.diff(known) <= reach) & (np.diff(piece[known]) == 0)
    steps = steps[near] if near.any() else steps
    if len(steps):
        sigma = _MAD * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2)
        if not sigma > _ROUNDING:  # rounded flux: most differences are equal
            sigma = float(np.std(steps)) / np.sqrt(2)
        if sigma > _ROUNDING:
            return float(sigma)
    raise InputRejected("no-variation", f"the flux does not vary ({np.count_nonzero(np.isfinite(relative))} "
                                        "slots), so it has no scale.")


def running_median(values, piece, width, known=None):
    """Return the running median of each piece.

    Parameters
    ----------
    values : (L,) float64 ndarray
        NaN where there is none: those slots get a median, but do not count in it beyond a straight line
        between their neighbours.
    piece : (L,) int ndarray
        Medians never reach over the end of a piece.
    width : int
        Slots of the window. Near an end of a piece the window stays inside it, and keeps its width,
        so that an event at the edge does not become its own level.
    known : (L,) bool ndarray, optional
        Slots in known events that would become their own level: a straight line takes their place.

    Returns
    -------
    (L,) ndarray
        NaN in pieces without a value.
    """
    out = np.full(len(values), np.nan)
    for part in _parts(piece):
        filled = np.flatnonzero(np.isfinite(values[part]))
        if not len(filled):
            continue
        first, last = filled[0], filled[-1] + 1
        if known is not None and not known[part][filled].all():
            filled = filled[~known[part][filled]]
        run = np.interp(np.arange(first, last), filled, values[part][filled])
        out[part.start + first:part.start + last] = _median(run, width)
    return out


def _median(run, width):
    """Return the running median of values without a hole."""
    half = width // 2
    if len(run) <= 2 * half + 1:
        return np.full(len(run), np.median(run))
    from scipy.ndimage import median_filter  # half a second that listing files need not wait for

    smooth = median_filter(run, size=2 * half + 1, mode="nearest")
    smooth[:half], smooth[len(run) - half:] = smooth[half], smooth[len(run) - half - 1]
    return smooth
