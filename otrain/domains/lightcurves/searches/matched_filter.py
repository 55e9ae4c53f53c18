"""Single transits by a matched filter: boxes of many widths on a detrended light curve.

The classical search that a network is compared with at equal false alarms. The noise of the mean
of a box is measured for every width on the curve itself, so noise that does not average out (red
noise) raises the bar where it matters; the statistic is in standard deviations of that noise.
"""

import numpy as np

from otrain.domains.lightcurves.searches.detrend import pieces, running_biweight

__all__ = ["COLUMNS", "WIDTHS", "matched_filter_events"]

HOURS = 24.0  # per day
WIDTHS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8.5, 10, 12, 14, 17, 20, 24)  # h
COLUMNS = ("t0", "duration", "depth", "depth_error", "snr", "statistic", "points", "near_gap", "near_segment",
           "near_edge")
ROBUST = 1.4826  # median absolute deviation to standard deviation of a normal distribution
BRIGHT_SIDE, BRIGHT_SIDE_SIGMA = 0.98, 2.0537  # quantile, and where a normal distribution has it
MOST = 50  # events per curve, the strongest


def matched_filter_events(time, flux, *, cadence=None, segment=None, window=1.5, gap=0.1, widths=WIDTHS,
                          floor=4.0, clip=4.0, near=3.0):
    """Return the dips of one light curve, the most significant of each place.

    Parameters
    ----------
    time : (n,) ndarray
        Rising [d]; NaN where there is no value. Best about evenly spaced, with any gaps.
    flux : (n,) ndarray
        In any unit, of any level, trend and scale; NaN where there is no value. It may be a
        channel of a prepared data cube.
    cadence : float, optional
        Spacing [s]; the median one by default.
    segment : (n,) ndarray, optional
        Number of the part between mask updates, each with a level of its own.
    window : float
        Of the running biweight location that is taken off first [d]. One and a half days find more
        than two or three at equal false alarms, for every depth and duration (see
        docs/reference/events.md), but take more off a long transit: `measure_event` measures
        the depth on the curve itself.
    gap : float
        A longer pause parts the curve for the detrending [d].
    widths : sequence of float
        Of the boxes [h].
    floor : float
        Lowest statistic of an event.
    clip : float
        Points so many robust standard deviations above the trend are left out (flares, cosmic
        hits), and single points as far below both neighbours.
    near : float
        An event is flagged if it is nearer than that to a gap or end [h].

    Returns
    -------
    dict of str to (E,) ndarray
        At most 50 events by falling statistic. ``t0`` [d], ``duration`` (of the box) [h],
        ``depth`` and its ``depth_error`` (unit of flux), ``snr`` (against white noise),
        ``statistic`` (against the noise measured for the width), ``points`` in the box,
        ``near_gap``, ``near_segment``, ``near_edge`` (bool). No two boxes overlap.

    Examples
    --------
    >>> time = np.arange(0, 60, 1 / 48)
    >>> flux = np.random.default_rng(0).normal(1, 1e-4, len(time))
    >>> flux[np.abs(time - 20) < 0.25] -= 2e-4
    >>> events = matched_filter_events(time, flux)
    >>> float(events["t0"][0].round(1)), float(events["duration"][0].round(1))
    (20.0, 12.0)
    """
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    known = np.isfinite(time) & np.isfinite(flux)
    t = time[known]
    parts = None if segment is None else np.asarray(segment)[known]
    if len(t) < 3:
        return _empty()
    step = float(np.median(np.diff(t))) if cadence is None else cadence / (24 * 3600)
    residual = flux[known] - running_biweight(t, flux[known], window=window, segment=parts, gap=gap)
    sigma = _robust(residual)
    if not sigma > 0:
        return _empty()
    keep = _plausible(residual, t, step, clip * sigma)
    boxes = _best_boxes(_Slots(t, np.where(keep, residual, 0.0), keep, step, sigma), widths)
    table = _table(t[0], step, _strongest(boxes, floor), boxes)
    return table | _flags(t, parts, table, near / HOURS)


def _robust(values):
    return ROBUST * float(np.median(np.abs(values - np.median(values))))


def _noise(score):
    """Return the standard deviation of all scores, or that of the bright side if it has longer wings.

    Transits only dim. Where waves of an active star are left they brighten as often, so the bright
    side tells how far such a star goes without any transit in it.
    """
    bright = np.quantile(-(score - np.median(score)), BRIGHT_SIDE)
    return max(_robust(score), float(bright) / BRIGHT_SIDE_SIGMA)


def _plausible(residual, time, step, limit):
    """Return which points are neither far above the trend nor alone far below both neighbours."""
    keep = residual < limit
    close = np.diff(time) < 1.5 * step
    lower = np.minimum(residual[:-2], residual[2:])  # of the two neighbours
    alone = close[:-1] & close[1:] & (residual[1:-1] < -limit) & (lower - residual[1:-1] > limit)
    keep[1:-1] &= ~alone
    return keep


class _Slots:
    """A curve on evenly spaced slots, as running sums of its values and of their number."""

    def __init__(self, time, value, keep, step, sigma):
        self.step, self.sigma = step, sigma
        place = np.rint((time - time[0]) / step).astype(int)
        self.length = int(place[-1]) + 1
        count = np.bincount(place, keep, minlength=self.length)
        self.usual = np.median(count[count > 0]) if count.any() else 1.0  # values per slot
        self.sum = np.concatenate([[0], np.cumsum(np.bincount(place, value, minlength=self.length))])
        self.count = np.concatenate([[0], np.cumsum(count)])


def _best_boxes(slots, widths):
    """Return the most significant box around every slot: statistic, width, depth, error and points.

    A box counts if at least half of its slots have a value.
    """
    best = {name: np.full(slots.length, fill) for name, fill in
            (("statistic", -np.inf), ("width", 0), ("depth", 0.0), ("error", 1.0), ("white", 1.0),
             ("points", 0.0))}
    for width in sorted({max(1, round(hours / HOURS / slots.step)) for hours in widths}):
        if width > slots.length:
            break
        count = slots.count[width:] - slots.count[:-width]
        enough = np.flatnonzero(count >= max(1, slots.usual * width / 2))
        if not len(enough):
            continue
        root = np.sqrt(count[enough])
        score = (slots.sum[enough] - slots.sum[enough + width]) / root
        noise = max(_noise(score), 0.5 * slots.sigma)
        statistic = (score - np.median(score)) / noise
        centre = enough + width // 2
        better = statistic > best["statistic"][centre]
        at = centre[better]
        for name, values in (("statistic", statistic), ("depth", score / root), ("error", noise / root),
                             ("white", slots.sigma / root), ("points", count[enough])):
            best[name][at] = values[better]
        best["width"][at] = width
    return best


def _strongest(boxes, floor):
    """Return the slots of the best boxes, each better than all that overlap with it."""
    statistic = boxes["statistic"]
    candidates = np.flatnonzero(statistic >= floor)
    candidates = candidates[np.argsort(-statistic[candidates], kind="stable")]
    free = np.ones(len(statistic), bool)
    chosen = []
    for centre in candidates:
        width = boxes["width"][centre]
        first = centre - width // 2
        if len(chosen) < MOST and free[first:first + width].all():
            free[first:first + width] = False
            chosen.append(centre)
    return np.array(chosen, int)


def _table(origin, step, chosen, boxes):
    one = {name: values[chosen] for name, values in boxes.items()}
    middle = chosen - one["width"] // 2 + (one["width"] - 1) / 2
    return {"t0": origin + middle * step, "duration": one["width"] * step * HOURS, "depth": one["depth"],
            "depth_error": one["error"], "snr": one["depth"] / one["white"], "statistic": one["statistic"],
            "points": one["points"].astype(int)}


def _flags(time, parts, table, near):
    """Return which events lie near a pause, a mask update or an end of the curve."""
    half = table["duration"] / (2 * HOURS) + near
    begin, end = table["t0"] - half, table["t0"] + half

    def touched(marks):
        marks = np.sort(marks)
        return np.searchsorted(marks, end, "right") > np.searchsorted(marks, begin, "left")

    def both_sides(starts):
        return np.concatenate([time[starts - 1], time[starts]])

    flags = {"near_gap": touched(both_sides(pieces(time, gap=near)[1:-1])),
             "near_segment": np.zeros(len(begin), bool), "near_edge": touched(time[[0, -1]])}
    if parts is not None:
        flags["near_segment"] = touched(both_sides(pieces(time, segment=parts, gap=np.inf)[1:-1]))
    return flags


def _empty():
    whole = {"points": int, "near_gap": bool, "near_segment": bool, "near_edge": bool}
    return {name: np.empty(0, whole.get(name, float)) for name in COLUMNS}
