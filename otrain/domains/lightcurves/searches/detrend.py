"""Slow changes of a light curve: a running biweight location that short transits hardly move.

Every window ends at gaps and mask updates, where the level may jump. Points without a value are
left out, never filled.
"""

from itertools import pairwise

import numpy as np

from otrain.errors import DataError

__all__ = ["detrend", "pieces", "running_biweight"]

TUNING = 5.0  # median absolute deviations beyond which a point has no weight
ITERATIONS = 12
LINE_ITERATIONS = 5
LOPSIDED = 0.02  # of the window: mean distance of its points from the centre
TOLERANCE = 5e-3  # of the median absolute deviation
CENTRES_PER_WINDOW = 16  # the location is computed there and taken as straight between


def pieces(time, *, segment=None, gap=0.5):
    """Return the parts of a light curve between gaps and mask updates.

    Parameters
    ----------
    time : (n,) ndarray
        Rising [d], finite.
    segment : (n,) ndarray, optional
        Number of the part between mask updates.
    gap : float
        A longer pause parts the curve [d].

    Returns
    -------
    (p + 1,) int ndarray
        Indices where parts begin, and n at the end.
    """
    new = np.diff(time) > gap
    if segment is not None:
        new |= np.diff(segment) != 0
    return np.concatenate([[0], np.flatnonzero(new) + 1, [len(time)]]) if len(time) else np.zeros(1, int)


def running_biweight(time, flux, *, window=2.0, segment=None, gap=0.5, slopes=True,
                     centres=CENTRES_PER_WINDOW):
    """Return Tukey's biweight location of the flux in a window around every point.

    Parameters
    ----------
    time : (n,) ndarray
        Rising [d]; need not be evenly spaced. NaN where there is no value.
    flux : (n,) ndarray
        In any unit; NaN where there is no value.
    window : float
        Width [d]. At least three times the longest transit that must stay: of a box half as long
        as the window the location takes away a good part.
    segment, gap
        As for `pieces`. No window reaches over the end of a piece; it is cut there, not moved.
    slopes : bool
        Where a window is cut, fit a line with biweight weights instead of a constant: the constant
        is off at the end of a piece whenever the flux has a slope, and looks like a transit.
    centres : int
        Locations computed per window; between them the trend is straight. At most one per point.

    Returns
    -------
    (n,) float64 ndarray
        NaN where time or flux is NaN.

    Raises
    ------
    DataError
        If the shapes differ or time does not rise.

    References
    ----------
    Mosteller & Tukey 1977, Data Analysis and Regression; Hippke et al. 2019, AJ 158, 143, who
    find it the best of many ways to detrend for transits.

    Examples
    --------
    >>> time = np.arange(0, 10, 0.02)
    >>> flux = 1 + 0.01 * time
    >>> flux[250:256] -= 0.5
    >>> float(np.abs(running_biweight(time, flux) - 1 - 0.01 * time)[100:400].max().round(2))
    0.0
    """
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    if time.shape != flux.shape or time.ndim != 1:
        raise DataError(f"`time` and `flux` must have one value per point. "
                        f"Received: {time.shape} and {flux.shape}.")
    known = np.isfinite(time) & np.isfinite(flux)
    t, y = time[known], flux[known]
    if np.any(np.diff(t) <= 0):
        raise DataError("`time` must rise, but falls or repeats. "
                        "Sort the points and leave repeated ones out.")
    trend = np.full(len(time), np.nan)
    if not len(t):
        return trend
    bounds = pieces(t, segment=None if segment is None else np.asarray(segment)[known], gap=gap)
    grids = [_centres(t[first:stop], window / centres) for first, stop in pairwise(bounds)]
    centre = np.concatenate(grids)
    piece = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    first = np.maximum(np.searchsorted(t, centre - window / 2, "left"), bounds[piece])
    stop = np.minimum(np.searchsorted(t, centre + window / 2, "right"), bounds[piece + 1])
    # Single precision is of the flux about its median, so a large mean flux costs no digits.
    middle = np.median(y)
    y = (y - middle).astype(np.float32)
    location = middle + _in_batches(_locations, y, first, stop)
    moment = np.concatenate([[0], np.cumsum(t - t[0])])
    middles = t[0] + (moment[stop] - moment[first]) / (stop - first)
    cut = np.abs(middles - centre) > LOPSIDED * window
    if slopes and cut.any():
        location[cut] = middle + _in_batches(_lines, y, first[cut], stop[cut], t, centre[cut])
    trend[known] = np.concatenate([
        np.interp(t[begin:end], centre[piece == index], location[piece == index])
        for index, (begin, end) in enumerate(pairwise(bounds))])
    return trend


def detrend(time, flux, *, window=2.0, segment=None, gap=0.5):
    """Return flux minus its running biweight location; parameters as for `running_biweight`."""
    return np.asarray(flux, float) - running_biweight(time, flux, window=window, segment=segment, gap=gap)


def _centres(time, step):
    """Return evenly spaced times over one piece, or its points where these are fewer."""
    count = int(np.ceil((time[-1] - time[0]) / step)) + 1
    return time if count >= len(time) else np.linspace(time[0], time[-1], count)


def _in_batches(function, values, first, stop, time=None, centre=None):
    """Return ``function`` of ``values[first:stop]`` for every pair, of a million points at once."""
    at_once = max(1, 2**20 // int((stop - first).max()))
    parts = []
    for begin in range(0, len(first), at_once):
        rows = slice(begin, begin + at_once)
        more = () if time is None else (time, centre[rows])
        parts.append(function(values, first[rows], stop[rows], *more))
    return np.concatenate(parts)


def _locations(values, first, stop):
    count = stop - first
    column = np.arange(int(count.max()))
    inside = column < count[:, None]
    windows = values[np.minimum(first[:, None] + column, len(values) - 1)]
    location = _median(windows, inside, count)
    deviation = _median(np.abs(windows - location[:, None]), inside, count)
    scale = np.where(deviation > 0, TUNING * deviation, 1)
    windows -= location[:, None]
    windows /= scale[:, None]  # from here on in units of `scale`, about the median
    shift, active = np.zeros_like(location), np.flatnonzero(deviation > 0)
    for _ in range(ITERATIONS):
        u = windows[active] - shift[active, None]
        weight = np.square(u)
        np.subtract(1, weight, out=weight)
        np.maximum(weight, 0, out=weight)
        np.square(weight, out=weight)
        weight *= inside[active]
        step = np.einsum("ij,ij->i", weight, u) / weight.sum(axis=1)
        shift[active] += step
        active = active[np.abs(step) > TOLERANCE / TUNING]
    return location + shift * scale


def _lines(values, first, stop, time, centre):
    """Return the value at `centre` of the line through each window with biweight weights."""
    count = stop - first
    column = np.arange(int(count.max()))
    inside = column < count[:, None]
    at = np.minimum(first[:, None] + column, len(values) - 1)
    windows, x = values[at].astype(float), time[at] - centre[:, None]
    level, slope = _median(windows, inside, count), np.zeros(len(count))
    for _ in range(LINE_ITERATIONS):
        rest = windows - level[:, None] - slope[:, None] * x
        scale = TUNING * _median(np.abs(rest), inside, count)[:, None]
        weight = np.where(inside, np.maximum(1 - (rest / np.where(scale > 0, scale, 1)) ** 2, 0) ** 2, 0)
        total, first_moment, second = weight.sum(1), (weight * x).sum(1), (weight * x * x).sum(1)
        value, product = (weight * windows).sum(1), (weight * x * windows).sum(1)
        spread = total * second - first_moment**2
        usable = (scale[:, 0] > 0) & (spread > 1e-9 * total**2) & (count > 3)
        safe = np.where(usable, spread, 1)
        level = np.where(usable, (second * value - first_moment * product) / safe, level)
        slope = np.where(usable, (total * product - first_moment * value) / safe, slope)
    return level


def _median(windows, inside, count):
    ordered = np.sort(np.where(inside, windows, np.inf), axis=1)
    rows = np.arange(len(ordered))
    return (ordered[rows, (count - 1) // 2] + ordered[rows, count // 2]) / 2
