"""Single transits by a matched filter: boxes of many widths on a detrended light curve.

The classical search that a network is compared with at equal false alarms. The noise of the mean
of a box is measured for every width on the curve itself, so noise that does not average out (red
noise) raises the bar where it matters; the statistic is then in standard deviations for every
width, gap and edge.
"""

import numpy as np

from otrain.domains.lightcurves.detrend import pieces, running_biweight

__all__ = ["COLUMNS", "WIDTHS", "matched_filter_events"]

HOURS = 24.0  # per day
WIDTHS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8.5, 10, 12, 14, 17, 20, 24)  # h
COLUMNS = ("t0", "duration", "depth", "depth_error", "snr", "statistic", "points", "near_gap", "near_segment",
           "near_edge")
ROBUST = 1.4826  # median absolute deviation to standard deviation of a normal distribution
MOST = 50  # events per curve, the strongest


def matched_filter_events(time, flux, *, cadence=None, segment=None, window=2.0, gap=0.5, widths=WIDTHS,
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
        Of the running biweight location that is taken off first [d].
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
    residual = flux[known] - running_biweight(t, flux[known], window=window, segment=parts, gap=gap)
    step = float(np.median(np.diff(t))) if cadence is None else cadence / (24 * 3600)
    sigma = _robust(residual)
    if not sigma > 0:
        return _empty()
    keep = _plausible(residual, t, step, clip * sigma)
    slots = _Slots(t[keep], residual[keep] / sigma, step)
    boxes = _best_boxes(slots, widths)
    chosen = _strongest(slots, *boxes, floor)
    table = _table(slots, chosen, *boxes, sigma)
    return table | _flags(t, parts, table, near / HOURS)


def _robust(values):
    return ROBUST * float(np.median(np.abs(values - np.median(values))))


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

    def __init__(self, time, value, step):
        self.step, self.origin = step, time[0]
        place = np.rint((time - time[0]) / step).astype(int)
        self.length = int(place[-1]) + 1
        count = np.bincount(place, minlength=self.length)
        self.sum = np.concatenate([[0], np.cumsum(np.bincount(place, value, minlength=self.length))])
        self.count = np.concatenate([[0], np.cumsum(count)])
        moment = np.bincount(place, time - time[0], minlength=self.length)
        self.moment = np.concatenate([[0], np.cumsum(moment)])


def _best_boxes(slots, widths):
    """Return statistic, width and noise of the most significant box around every slot.

    A box counts if at least half of its slots have a value, and never less than its shortest
    side of two.
    """
    best = np.full(slots.length, -np.inf)
    width_of, noise_of = np.zeros(slots.length, int), np.ones(slots.length)
    usual = max(1, round(slots.count[-1] / max(1, np.count_nonzero(np.diff(slots.count)))))
    for width in sorted({max(1, round(hours / HOURS / slots.step)) for hours in widths}):
        if width > slots.length:
            break
        count = slots.count[width:] - slots.count[:-width]
        total = slots.sum[width:] - slots.sum[:-width]
        enough = count >= max(1, usual * width / 2)
        if not enough.any():
            continue
        score = np.where(enough, -total / np.sqrt(np.maximum(count, 1)), -np.inf)
        noise = max(_robust(score[enough]), 0.5)
        score = (score - np.median(score[enough])) / noise
        centre = np.arange(len(score)) + width // 2
        better = score > best[centre]
        best[centre[better]] = score[better]
        width_of[centre[better]], noise_of[centre[better]] = width, noise
    return best, width_of, noise_of


def _strongest(slots, best, width_of, noise_of, floor):
    """Return the slots of the best boxes, each better than all that overlap with it."""
    candidates = np.flatnonzero(best >= floor)
    candidates = candidates[np.argsort(-best[candidates], kind="stable")]
    free = np.ones(slots.length, bool)
    chosen = []
    for centre in candidates:
        width = width_of[centre]
        first = centre - width // 2
        if len(chosen) < MOST and free[first:first + width].all():
            free[first:first + width] = False
            chosen.append(centre)
    return np.array(chosen, int)


def _table(slots, chosen, best, width_of, noise_of, sigma):
    width, noise = width_of[chosen], noise_of[chosen]
    first = chosen - width // 2
    count = slots.count[first + width] - slots.count[first]
    depth = -(slots.sum[first + width] - slots.sum[first]) / np.maximum(count, 1)
    error = noise / np.sqrt(np.maximum(count, 1))
    return {"t0": slots.origin + (first + (width - 1) / 2) * slots.step,
            "duration": width * slots.step * HOURS, "depth": depth * sigma,
            "depth_error": error * sigma, "snr": depth * np.sqrt(count), "statistic": best[chosen],
            "points": count}


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
