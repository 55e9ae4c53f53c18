"""Events and classes of one window: what the truth says about it."""

import itertools
import math

import numpy as np

from otrain.domains.lightcurves.columns import CLASSES
from otrain.domains.lightcurves.truth.ephemerides import Event

__all__ = ["class_of", "event_rows", "runs_as_events"]


def runs_as_events(label, start, step):
    """Return the runs of equal labels as events; what a file's labels tell when there is no ephemeris.

    Parameters
    ----------
    label : (L,) ndarray
        Class of each slot, NaN where not known.
    start, step : float
        Left edge of slot 0 and length of a slot [d].

    Returns
    -------
    list of Event
        Without depth and period, which labels do not tell.
    """
    whole = np.where(np.isfinite(label), label, 0).astype(np.int64)
    edges = np.flatnonzero(np.diff(whole, prepend=0, append=0))
    events = []
    for first, last in itertools.pairwise(edges.tolist()):
        if whole[first]:
            events.append(Event(CLASSES[whole[first]], start + step * (first + last) / 2,
                                step * (last - first) * 24, math.nan, math.nan, math.nan, -1, True))
    return events


def event_rows(events, columns, valid, start, step, sigma):
    """Return the rows of the table of events for one window, those with at least one point in it.

    Parameters
    ----------
    events : list of Event
    columns : dict
        Of the window: ``object_id``, ``candid``.
    valid : (L,) bool ndarray
        Slots with a flux.
    start, step : float
        Left edge of the window and length of a slot [d].
    sigma : float
        Noise of a slot, relative.
    """
    rows = []
    for event in events:
        half = event.duration / 48
        first = max(0, math.ceil((event.t0 - half - start) / step - 0.5))
        last = min(len(valid), math.floor((event.t0 + half - start) / step - 0.5) + 1)
        if last <= first:  # shorter than a slot: the one in which it lies
            first = math.floor((event.t0 - start) / step)
            last = first + 1
        if first < 0 or first >= len(valid):
            continue
        points = int(np.count_nonzero(valid[first:last]))
        if points:
            snr = event.snr if math.isfinite(event.snr) else event.depth / sigma * math.sqrt(points)
            rows.append({"object_id": columns.get("object_id", ""), "candid": columns["candid"],
                         "kind": event.kind, "t0": event.t0, "duration": event.duration,
                         "depth": event.depth, "period": event.period, "snr": snr, "body": event.body,
                         "primary": event.primary, "points": points})
    return rows


def class_of(rows, label):
    """Return the class of a window: 1 with a planet's event, 2 with a binary's, 0 with none, -1 unknown."""
    kinds = {row["kind"] for row in rows}
    for index, name in enumerate(CLASSES):
        if name in kinds:
            return index
    return 0 if np.isfinite(label).any() else -1
