"""What a found event is like: time, duration, depth, noise, and what is near it.

A trapezoid on a straight baseline is fitted to the points around the event, on a grid of times
and durations with the linear parameters solved exactly. The error of the depth is that of the fit,
enlarged by how much the mean of so many hours varies elsewhere on the curve (red noise). The depth
is the mean one between the flanks: of a limb-darkened transit about 0.9 of the deepest point.
"""

import numpy as np

from otrain.domains.lightcurves.searches.detrend import pieces, running_biweight

__all__ = ["COLUMNS", "INGRESS", "measure_events", "snippets", "trapezoid"]

HOURS = 24.0  # per day
INGRESS = 0.15  # of the duration; a planet of a tenth of the star's radius on a central path
COLUMNS = ("t0", "duration", "depth", "depth_error", "snr", "points", "near_gap", "near_segment", "near_edge")
STRETCHES = np.array([0.5, 0.65, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.8, 2.2])
STEPS = 15  # times tried over one duration
FINER = 3  # rounds, each on a finer grid around the best


def trapezoid(time, t0, duration, *, ingress=INGRESS):
    """Return a transit of depth one: 1 inside, straight flanks, 0 outside.

    Parameters
    ----------
    time : ndarray
        [d]
    t0 : float or ndarray
        Its middle [d].
    duration : float or ndarray
        From first to last contact [h].
    ingress : float
        Length of each flank, as a share of the duration.
    """
    away = np.abs(np.asarray(time, float) - t0) * HOURS
    return np.clip((duration / 2 - away) / np.maximum(ingress * duration, 1e-9), 0, 1)


def measure_events(time, flux, t0, duration, *, segment=None, gap=0.1, around=1.5, near=3.0):
    """Return measured properties of events whose place is about known.

    Parameters
    ----------
    time, flux : (n,) ndarray
        Rising [d], in any unit; NaN where there is no value.
    t0 : (E,) ndarray
        Guesses [d].
    duration : (E,) ndarray
        Guesses [h].
    segment : (n,) ndarray, optional
        Number of the part between mask updates. No baseline reaches over their ends.
    gap : float
        Nor over a pause of so many days.
    around : float
        Of the baseline on each side, in durations, though at least 6 h.
    near : float
        An event is flagged if it is nearer than that to a gap, mask update or end [h].

    Returns
    -------
    dict of str to (E,) ndarray
        ``t0`` [d], ``duration`` (first to last contact) [h], ``depth`` and ``depth_error`` (unit of
        flux), ``snr`` (their ratio), ``points`` (in the event), ``near_gap``, ``near_segment``,
        ``near_edge``. NaN where fewer than two points lie in the event or four beside it.
    """
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    known = np.isfinite(time) & np.isfinite(flux)
    t, y = time[known], flux[known]
    parts = None if segment is None else np.asarray(segment)[known]
    t0, duration = np.atleast_1d(np.asarray(t0, float)), np.atleast_1d(np.asarray(duration, float))
    table = {name: np.full(len(t0), np.nan) for name in COLUMNS[:5]}
    table["points"] = np.zeros(len(t0), int)
    bounds = pieces(t, segment=parts, gap=gap)
    quiet = _quiet_residual(t, y, parts, gap, t0, duration) if len(t) and len(t0) else None
    for index in range(len(t0)):
        row = _measure(t, y, bounds, t0[index], duration[index], around, quiet)
        for name, value in row.items():
            table[name][index] = value
    return table | _flags(t, parts, table, t0, duration, near / HOURS)


def _measure(t, y, bounds, t0, duration, around, quiet):
    """Return the fitted row of one event; empty where it cannot be fitted."""
    if not len(t):
        return {}
    piece = np.clip(np.searchsorted(t[bounds[:-1]], t0, "right") - 1, 0, len(bounds) - 2)
    reach = (duration * (0.5 + around) + 0.5 * duration) / HOURS
    reach = max(reach, (duration / 2 + 6) / HOURS)
    local = slice(max(bounds[piece], np.searchsorted(t, t0 - reach)),
                  min(bounds[piece + 1], np.searchsorted(t, t0 + reach, "right")))
    x, values = t[local], y[local]
    best, span, stretches = (t0, duration), duration, STRETCHES
    for _ in range(FINER):
        centres = best[0] + np.linspace(-0.5, 0.5, STEPS) * span / HOURS
        tried = np.repeat(centres, len(stretches)), np.tile(best[1] * stretches, STEPS)
        fit = _best_fit(x, values, *tried)
        if fit is None:
            return {}
        place, depth, error, points = fit
        best = float(tried[0][place]), float(tried[1][place])
        span, stretches = span / 5, 1 + (stretches - 1) / 3
    error *= _red_factor(quiet, best[1])
    return {"t0": best[0], "duration": best[1], "depth": depth, "depth_error": error,
            "snr": depth / error if error > 0 else np.nan, "points": points}


def _best_fit(x, values, t0, duration):
    """Return place, depth, its error and points of the best trapezoid on a line; None if none fits."""
    shape = trapezoid(x, t0[:, None], duration[:, None])
    inside = np.count_nonzero(shape > 0.5, axis=1)
    usable = np.flatnonzero((inside >= 2) & (np.count_nonzero(shape == 0, axis=1) >= 4))
    if not len(usable):
        return None
    design = np.stack([np.ones((len(usable), len(x))), x - t0[usable, None], -shape[usable]], axis=-1)
    normal = np.swapaxes(design, 1, 2) @ design
    sound = np.linalg.cond(normal) <= 1e12
    if not sound.any():
        return None
    usable, design, inverse = usable[sound], design[sound], np.linalg.inv(normal[sound])
    solution = (inverse @ (np.swapaxes(design, 1, 2) @ values)[..., None])[..., 0]
    rest = ((values - (design @ solution[..., None])[..., 0]) ** 2).sum(axis=1)
    best = int(np.argmin(rest))
    error = np.sqrt(inverse[best, 2, 2] * rest[best] / max(1, len(x) - 5))
    return usable[best], float(solution[best, 2]), float(error), int(inside[usable[best]])


def _quiet_residual(t, y, parts, gap, t0, duration):
    """Return times and detrended flux outside all events."""
    longest = float(np.max(duration)) / HOURS
    residual = y - running_biweight(t, y, window=max(1.5, 3 * longest), segment=parts, gap=gap)
    away = np.abs(t[:, None] - t0) > 0.75 * duration / HOURS
    quiet = away.all(axis=1)
    return t[quiet], residual[quiet]


def _red_factor(quiet, duration):
    """Return how much more the mean over `duration` varies than white noise would have it, at least 1."""
    t, residual = quiet
    if len(t) < 20:
        return 1.0
    step = np.median(np.diff(t))
    box = np.floor((t - t[0]) / max(duration / HOURS, 2 * step)).astype(int)
    count = np.bincount(box)
    usable = count >= max(2, 0.5 * count.max())
    if usable.sum() < 8:
        return 1.0
    means = np.bincount(box, residual)[usable] / count[usable]
    white = 1.4826 * np.median(np.abs(residual - np.median(residual)))
    spread = 1.4826 * np.median(np.abs(means - np.median(means)) * np.sqrt(count[usable]))
    return max(1.0, float(spread / white)) if white > 0 else 1.0


def _flags(t, parts, table, t0, duration, near):
    middle = np.where(np.isfinite(table["t0"]), table["t0"], t0)
    half = np.where(np.isfinite(table["duration"]), table["duration"], duration) / (2 * HOURS) + near

    def touched(marks):
        marks = np.sort(marks)
        return np.searchsorted(marks, middle + half, "right") > np.searchsorted(marks, middle - half, "left")

    def sides(starts):
        return np.concatenate([t[starts - 1], t[starts]])

    if not len(t):
        return {name: np.ones(len(t0), bool) for name in ("near_gap", "near_segment", "near_edge")}
    changes = np.empty(0) if parts is None else sides(pieces(t, segment=parts, gap=np.inf)[1:-1])
    return {"near_gap": touched(sides(pieces(t, gap=near)[1:-1])), "near_segment": touched(changes),
            "near_edge": touched(t[[0, -1]])}


def snippets(time, flux, t0, *, half=1.5, points=96):
    """Return equally long pieces of a light curve around events, for a gallery.

    Parameters
    ----------
    time, flux : (n,) ndarray
    t0 : (E,) ndarray
        [d]
    half : float
        Reach to each side [d].
    points : int
        Slots of each piece.

    Returns
    -------
    offset : (points,) ndarray
        Middles of the slots, from t0 [h].
    values : (E, points) float32 ndarray
        Mean flux in the slots; NaN in empty ones.
    """
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    known = np.isfinite(time) & np.isfinite(flux)
    t, y = time[known], flux[known]
    edges = np.linspace(-half, half, points + 1)
    values = np.full((len(t0), points), np.nan, np.float32)
    total = np.concatenate([[0], np.cumsum(y)])
    for row, middle in enumerate(np.asarray(t0, float)):
        place = np.searchsorted(t, middle + edges)
        count = np.diff(place)
        np.divide(np.diff(total[place]), count, out=values[row], where=count > 0, casting="same_kind")
    return (edges[1:] + edges[:-1]) / 2 * HOURS, values
