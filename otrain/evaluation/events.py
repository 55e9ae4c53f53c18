"""Events of a map: where a network's probabilities per point say that something happened.

Points are judged in their order in time and only where they are valid; a point
without a value neither counts nor parts an event, unless it belongs to a long gap.
"""

import numpy as np

from otrain.errors import DataError

__all__ = ["COLUMNS", "STATISTICS", "class_log_odds", "find_events", "likeliest"]

STATISTICS = ("peak_log_odds", "mean_log_odds", "sum_log_odds")
COLUMNS = ("row", "start", "stop", "t0", "duration", "peak", *STATISTICS, "points", "near_gap",
           "near_segment", "near_edge")
HOURS = 24.0  # per day
ROWS_AT_ONCE = 256  # bounds the memory: about 100 MB of work arrays for 4320 points per row
_WHOLE = {"row": int, "start": int, "stop": int, "points": int, "near_gap": bool, "near_segment": bool,
          "near_edge": bool}


def class_log_odds(logits, index):
    """Return the log odds of one class against all others.

    Parameters
    ----------
    logits : (..., K) ndarray
        Before softmax, K > 1.
    index : int
        The class.

    Returns
    -------
    (...) float64 ndarray
        ``logits[index] - log(sum(exp(others)))``; its logistic function is the softmax.

    Examples
    --------
    >>> class_log_odds(np.zeros((1, 3)), 1).round(4)
    array([-0.6931])
    """
    logits = np.asarray(logits, float)
    others = np.delete(logits, index, axis=-1)
    top = others.max(axis=-1, keepdims=True)
    return logits[..., index] - top[..., 0] - np.log(np.exp(others - top).sum(axis=-1))


def find_events(probability, time, valid=None, *, log_odds=None, segment=None, floor=0.02, join=1.0,
                bridge=6.0, gap=3.0, near=3.0):
    """Return the events of one or many maps.

    A run is a longest stretch of neighbouring valid points that reach half of its highest
    probability, if no point of it is higher still: of a weak bump on the shoulder of a strong
    one nothing is left, of two bumps with a valley below half of the lower both are runs.
    A run whose peak is below `floor` is none. Of two runs with at most `join` hours of valid
    points between them, one below half of the other's peak is dropped; otherwise they are one
    event.

    Parameters
    ----------
    probability : (L,) or (N, L) ndarray
        Of the class per point, 0 to 1. Not finite: not valid.
    time : (L,) or (N, L) ndarray
        Rising within a row [d]; NaN where not valid.
    valid : bool ndarray, optional
        As `probability`; without it, wherever probability and time are finite.
    log_odds : ndarray, optional
        As `probability`, for the statistics: a probability in float32 is exactly 1 beyond
        log odds of 17. Taken from `probability` if absent.
    segment : ndarray, optional
        As `time`: number of the piece between mask updates, for the flag `near_segment`.
    floor : float
        Lowest peak.
    join : float
        Runs not further apart are one event [h].
    bridge : float
        Points further apart in time are no neighbours [h].
    gap, near : float
        An event is flagged if it is nearer than `near` to a gap longer than `gap` [h].

    Returns
    -------
    dict of str to (E,) ndarray
        In the order of row and time. ``row``; ``start``, ``stop`` (indices, the second behind the
        last point); ``t0`` [d], the middle; ``duration`` [h]; ``peak`` (probability);
        ``peak_log_odds``, ``mean_log_odds``, ``sum_log_odds`` over its valid points; ``points``
        (their number); ``near_gap``, ``near_segment``, ``near_edge`` (bool). An event begins and
        ends where the map, taken as straight between neighbours, crosses half the peak, beside a
        missing neighbour half a cadence outside.

    Raises
    ------
    DataError
        If shapes differ or time does not rise.

    Examples
    --------
    >>> p = np.array([0, 0, 1, 1, 1, 1, 0, 0.0])
    >>> events = find_events(p, np.arange(8) / 24)
    >>> (24 * events["t0"]).round(6), events["duration"].round(6), events["start"], events["stop"]
    (array([3.5]), array([4.]), array([2]), array([6]))
    """
    probability, time, valid, log_odds, segment = _checked(probability, time, valid, log_odds, segment)
    tables = []
    for first in range(0, len(probability), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        points = _Points(probability[rows], time[rows], valid[rows], bridge)
        runs = _join(points, _runs(points, floor), join / HOURS, bridge / HOURS)
        if len(runs["first"]):
            odds = None if log_odds is None else log_odds[rows][valid[rows]]
            parts = None if segment is None else segment[rows][valid[rows]]
            tables.append(_table(points, runs, odds, parts, gap / HOURS, near / HOURS, first))
    if not tables:
        return {name: np.empty(0, _WHOLE.get(name, float)) for name in COLUMNS}
    return {name: np.concatenate([table[name] for table in tables]) for name in COLUMNS}


def likeliest(tables, score="peak_log_odds"):
    """Tell which events no likelier event of another table overlaps: one stretch is of one kind.

    Parameters
    ----------
    tables : list of dict of str to (E,) ndarray
        The events of each kind: ``row start stop`` and `score`.
    score : str

    Returns
    -------
    list of (E,) bool ndarray

    Examples
    --------
    >>> one = {"row": np.array([0, 0]), "start": np.array([0, 9]), "stop": np.array([4, 12]),
    ...        "peak_log_odds": np.array([1.0, 1.0])}
    >>> other = {"row": np.array([0]), "start": np.array([3]), "stop": np.array([6]),
    ...          "peak_log_odds": np.array([2.0])}
    >>> likeliest([one, other])
    [array([False,  True]), array([ True])]
    """
    keep = [np.ones(len(table["row"]), bool) for table in tables]
    kind = np.repeat(np.arange(len(tables)), [len(table["row"]) for table in tables])
    place = np.concatenate([np.arange(len(table["row"])) for table in tables])
    row, start, stop, odds = (np.concatenate([table[name] for table in tables])
                              for name in ("row", "start", "stop", score))
    taken, current = [], None
    for at in np.lexsort((-odds, row)).tolist():
        if row[at] != current:
            taken, current = [], row[at]
        if any(start[at] < end and begin < stop[at] and other != kind[at] for begin, end, other in taken):
            keep[kind[at]][place[at]] = False
        else:
            taken.append((start[at], stop[at], kind[at]))
    return keep


def _checked(probability, time, valid, log_odds, segment):
    """Return all arrays in two dimensions, and which points count."""
    probability = np.atleast_2d(np.asarray(probability))
    time = np.atleast_2d(np.asarray(time, float))
    others = {"time": time, "valid": valid, "log_odds": log_odds, "segment": segment}
    for name, values in others.items():
        if values is None:
            continue
        values = np.atleast_2d(np.asarray(values))
        if values.shape not in (probability.shape, (1, probability.shape[1])):
            raise DataError(f"`{name}` must have one value per point. "
                            f"Received: {values.shape} for {probability.shape} probabilities.")
        others[name] = np.broadcast_to(values, probability.shape)
    known = np.isfinite(probability) & np.isfinite(others["time"])
    if others["valid"] is not None:
        known &= others["valid"].astype(bool)
    return probability, others["time"], known, others["log_odds"], others["segment"]


class _Points:
    """The valid points of some rows behind one another, and which of them are neighbours."""

    def __init__(self, probability, time, valid, bridge):
        self.row, self.column = np.nonzero(valid)
        self.p, self.time = probability[valid].astype(float), time[valid]
        same = self.row[1:] == self.row[:-1]
        step = np.diff(self.time)
        if np.any(step[same] <= 0):
            raise DataError(f"`time` must rise. Received: it falls or repeats in row "
                            f"{self.row[1:][same & (step <= 0)][0]}. Sort the points first.")
        self.step = np.where(same, step, np.inf)  # to the next valid point of the row
        self.linked = self.step <= bridge / HOURS
        self.cadence = _cadence(time)


def _cadence(time):
    """Return the usual step of each row [d]; 0 for a row with a single point."""
    steps = np.diff(time, axis=1)
    ordered = np.sort(steps, axis=1)  # NaN last
    known = np.isfinite(steps).sum(axis=1)
    middle = ordered[np.arange(len(ordered)), np.maximum(known - 1, 0) // 2] if steps.shape[1] else known
    return np.where(known > 0, middle, 0.0)


def _runs(points, floor):
    """Return first and last point and peak of every run, in order."""
    from scipy.signal import find_peaks, peak_prominences

    active = np.flatnonzero(points.p >= floor / 2)  # below, no level of any peak is reached
    if not len(active):
        return {"first": active, "last": active, "peak": np.empty(0)}
    fresh = np.diff(active, prepend=active[0] - 2) > 1
    fresh[1:] |= ~points.linked[active[1:] - 1]
    # Between stretches: a wall that ends the search for a higher peak, in a ditch below every level.
    place = np.arange(len(active)) + 3 * np.cumsum(fresh)
    heights = np.full(place[-1] + 4, -1e9)
    heights[np.concatenate([[1], place[fresh][1:] - 2, [len(heights) - 2]])] = 1e9
    with np.errstate(divide="ignore"):
        heights[place] = np.maximum(np.log(points.p[active]), -1e8)
    peaks = find_peaks(heights)[0]
    peaks = peaks[(heights[peaks] < 1e8) & (heights[peaks] >= np.log(max(floor, 1e-300)) - 1e-12)]
    peaks = peaks[peak_prominences(heights, peaks)[0] > np.log(2) + 1e-9]
    point_at = np.full(len(heights), -1)
    point_at[place] = active
    return _extent(points, point_at[peaks])


def _extent(points, peaks):
    """Walk from each peak to both sides as long as neighbours reach half of it."""
    linked = np.concatenate([[False], points.linked, [False]])  # linked[i]: point i - 1 and point i
    p = np.append(points.p, 0.0)
    half, first, last = points.p[peaks] / 2, peaks.copy(), peaks.copy()
    going = np.arange(len(peaks))
    while len(going):
        going = going[linked[first[going]] & (p[first[going] - 1] >= half[going])]
        first[going] -= 1
    going = np.arange(len(peaks))
    while len(going):
        going = going[linked[last[going] + 1] & (p[last[going] + 1] >= half[going])]
        last[going] += 1
    _, once = np.unique(first, return_index=True)  # equal peaks of one run
    return {"first": first[once], "last": last[once], "peak": 2 * half[once]}


def _join(points, runs, join, bridge):
    """Drop runs beside one of more than twice their height, then unite neighbours."""
    def beside(first, last):
        if not len(first):
            return np.empty(0, bool)
        between = (first[1:] - last[:-1] - 1) * points.cadence[points.row[first[1:]]]
        same = points.row[first[1:]] == points.row[last[:-1]]
        away = points.time[first[1:]] - points.time[last[:-1]]
        return same & (between <= join * (1 + 1e-9)) & (away <= bridge + join)

    first, last, peak = runs["first"], runs["last"], runs["peak"]
    close = beside(first, last)
    weak = np.zeros(len(first), bool)
    weak[:-1] |= close & (peak[:-1] < peak[1:] / 2)
    weak[1:] |= close & (peak[1:] < peak[:-1] / 2)
    first, last, peak = first[~weak], last[~weak], peak[~weak]
    begins = np.flatnonzero(np.append(True, ~beside(first, last))) if len(first) else np.empty(0, int)
    ends = np.append(begins[1:], len(first)) - 1 if len(begins) else begins
    return {"first": first[begins], "last": last[ends],
            "peak": np.maximum.reduceat(peak, begins) if len(begins) else peak,
            "first_peak": peak[begins], "last_peak": peak[ends]}


def _table(points, runs, odds, parts, gap, near, first_row):
    first, last = runs["first"], runs["last"]
    begin = _crossing(points, first, runs["first_peak"] / 2, -1)
    end = _crossing(points, last, runs["last_peak"] / 2, 1)
    if odds is None:
        p = np.clip(points.p, 1e-300, 1 - np.finfo(float).epsneg)
        odds = np.log(p) - np.log1p(-p)
    odds = np.append(np.asarray(odds, float), 0.0)
    pairs = np.column_stack([first, last + 1]).ravel()
    count = last - first + 1
    total = np.add.reduceat(odds, pairs)[::2]
    flags = _flags(points, begin, end, first, parts, gap, near)
    return {"row": points.row[first] + first_row, "start": points.column[first],
            "stop": points.column[last] + 1, "t0": (begin + end) / 2, "duration": (end - begin) * HOURS,
            "peak": runs["peak"], "peak_log_odds": np.maximum.reduceat(odds, pairs)[::2],
            "mean_log_odds": total / count, "sum_log_odds": total, "points": count, **flags}


def _crossing(points, at, level, side):
    """Return when the map crosses `level` beside the outermost points `at` of the runs [d]."""
    cadence = points.cadence[points.row[at]]
    steps = np.append(points.step, np.inf)  # the last one serves both ends: its index is -1 as well
    step = steps[at] if side > 0 else steps[at - 1]
    inside = points.p[at]
    outside = np.where(np.isfinite(step), points.p[np.clip(at + side, 0, len(points.p) - 1)], 0.0)
    near = step <= 1.5 * cadence
    crosses = near & (outside < level)
    share = np.where(crosses, (inside - level) / np.where(crosses, inside - outside, 1), 0.5)
    return points.time[at] + side * share * np.where(near, step, cadence)


def _flags(points, begin, end, first, parts, gap, near):
    """Return which events lie near a gap, a change of segment, or the first or last point."""
    same = np.isfinite(points.step)
    broken = np.flatnonzero(same & (points.step > gap))
    last_of_row = np.append(~same, True)
    last_of_row = np.flatnonzero(last_of_row)
    first_of_row = np.append(0, last_of_row[:-1] + 1)
    marks = {"near_gap": np.append(broken, broken + 1), "near_edge": np.append(first_of_row, last_of_row),
             "near_segment": np.empty(0, int)}
    if parts is not None:
        changed = np.flatnonzero(same & (parts[1:] != parts[:-1]))
        marks["near_segment"] = np.append(changed, changed + 1)
    origin = points.time.min()
    span = points.time.max() - origin + 4 * near + 1  # rows behind one another, out of reach
    def key(row, time):
        return row * span + (time - origin)

    row = points.row[first]
    flags = {}
    for name, at in marks.items():
        places = np.sort(key(points.row[at], points.time[at]))
        before = np.searchsorted(places, key(row, begin - near), "left")
        flags[name] = np.searchsorted(places, key(row, end + near), "right") > before
    return flags
