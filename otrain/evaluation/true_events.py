"""The true events of the examples of a cube: those that can be seen in each of them."""

import numpy as np

from otrain.evaluation.events import find_events

__all__ = ["observed_events", "runs_of_class"]

HOURS = 24.0  # per day


def observed_events(table, objects, time, valid):
    """Return which events of a table fall into which example, and how much of each was observed.

    Parameters
    ----------
    table : dict of str to (M,) ndarray
        ``object_id t0 [d] duration [h]`` and any further columns.
    objects : (N,) str ndarray
        Whose example it is.
    time : (N, L) ndarray
        [d], NaN where there is no point.
    valid : (N, L) bool ndarray

    Returns
    -------
    dict of str to (E,) ndarray
        The columns of the table, ``row`` (of the example) and ``observed``: the share of its
        duration that valid points cover, between 0 and 1. Only events with at least one valid point.

    Examples
    --------
    >>> table = {"object_id": np.array(["a"]), "t0": np.array([1.0]), "duration": np.array([12.0])}
    >>> time = np.arange(0, 2, 0.25)[None]
    >>> found = observed_events(table, np.array(["a"]), time, np.isfinite(time))
    >>> found["row"].tolist(), found["observed"].tolist()
    ([0], [1.0])
    """
    names, of_object = np.unique(np.asarray(table["object_id"], str), return_inverse=True)
    order = np.argsort(of_object, kind="stable")
    starts = np.searchsorted(of_object[order], np.arange(len(names) + 1))
    place = np.searchsorted(names, np.asarray(objects, str))
    rows, events, shares = [], [], []
    half = np.asarray(table["duration"], float) / (2 * HOURS)
    t0 = np.asarray(table["t0"], float)
    for row, at in enumerate(place):
        if at == len(names) or names[at] != objects[row]:
            continue
        mine = order[starts[at]:starts[at + 1]]
        moments = time[row][valid[row] & np.isfinite(time[row])]
        if not len(moments):
            continue
        first = np.searchsorted(moments, t0[mine] - half[mine], "left")
        last = np.searchsorted(moments, t0[mine] + half[mine], "right")
        seen = last > first
        cadence = np.median(np.diff(moments)) if len(moments) > 1 else 0.0
        share = np.minimum(1.0, (last - first) * cadence / np.maximum(2 * half[mine], 1e-12))
        rows.append(np.full(int(seen.sum()), row))
        events.append(mine[seen])
        shares.append(share[seen])
    chosen = np.concatenate([np.empty(0, int), *events])
    result = {name: np.asarray(values)[chosen] for name, values in table.items()}
    return result | {"row": np.concatenate([np.empty(0, int), *rows]),
                     "observed": np.concatenate([np.empty(0), *shares])}


def runs_of_class(classes, index, time, valid=None):
    """Return the events that the class of each point shows, where there is no table of them.

    Parameters
    ----------
    classes : (N, L) ndarray
        Class of each point; NaN where it is not known.
    index : int
        The class of the events.
    time : (N, L) ndarray
        [d]
    valid : (N, L) bool ndarray, optional
        Which points have a value; by default those of a known class.

    Returns
    -------
    dict of str to (E,) ndarray
        ``row t0 [d] duration [h] observed``.
    """
    known = np.isfinite(classes)
    found = find_events((classes == index).astype(float), time, known, floor=0.5)
    runs = {name: found[name] for name in ("row", "t0", "duration")}
    seen = np.cumsum(np.pad(known if valid is None else valid & known, ((0, 0), (1, 0))), axis=1)
    row, start, stop = (found[name] for name in ("row", "start", "stop"))
    return runs | {"observed": (seen[row, stop] - seen[row, start]) / np.maximum(1, stop - start)}
