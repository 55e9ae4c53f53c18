"""The events in the maps of a network, and in the same light curves by classical searches, judged alike."""

from dataclasses import dataclass

import numpy as np

from otrain.answers.answer import silent
from otrain.answers.events.judgement import FALSE_ALARMS, Judged, announcing_threshold, judge_search
from otrain.answers.events.maps import class_maps, find_in_maps
from otrain.data.cubes.side_table import read_side_table
from otrain.data.results.event_search import STATISTICS, EventSearch, KindOfEvent
from otrain.errors import UsageError
from otrain.evaluation.calibration import fit_calibration
from otrain.evaluation.event_rates import choose_statistic
from otrain.evaluation.events import likeliest
from otrain.evaluation.points import PointCounts
from otrain.evaluation.true_events import observed_events, runs_of_class
from otrain.registry import nearest

__all__ = ["NETWORK", "Findings", "chosen_baselines", "fit_search", "judge_maps", "look_for_events"]

NETWORK = "network"
AT_ONCE = 64 << 20  # bytes of examples


@dataclass
class Findings:
    """What was found in some rows of a cube, and what is there.

    Parameters
    ----------
    events : dict of (str, str) to dict
        By the name of the search and the class: columns of events, ``row`` into the rows.
    truth : dict of str to ndarray
        ``row t0 duration observed kind`` (index of the class) and what the table of events says.
    points : dict of str to dict of str to PointCounts
        By subset and class.
    """

    events: dict
    truth: dict
    points: dict


def look_for_events(cube, rows, subset, logits, task, domain, *, search=None, baselines=None,
                    on_progress=silent):
    """Find the events of every class in maps, and run the classical searches of the domain beside it.

    Parameters
    ----------
    cube : DataCube
    rows : (n,) int ndarray
        Of the cube.
    subset : (n,) str ndarray
    logits : (n, L, units) ndarray
    task : SegmentationTask
    domain : Domain
    search : EventSearch, optional
        How; by default as nothing is known yet.
    baselines : sequence of str, optional
        Classical searches of the domain, by name; by default its first.
    on_progress : callable
        ``on_progress(done, total)`` after some rows.

    Returns
    -------
    Findings
    """
    search = search or EventSearch()
    chosen = chosen_baselines(domain, baselines)
    table = read_side_table(cube.path, "events", cube.meta) if cube.path is not None else None
    answer, kinds = task.answer_channel(cube), cube.classes[1:]
    parts, truths = {}, []
    points = {name: {kind: PointCounts() for kind in kinds} for name in np.unique(subset).tolist()}
    size = max(1, AT_ONCE // (4 * int(np.prod(cube.shape))))
    for start in range(0, len(rows), size):
        some = slice(start, min(start + size, len(rows)))
        examples = cube.read(rows[some])
        columns = {name: values[rows[some]] for name, values in cube.columns.items()}
        window = _Window(examples, cube.channels, columns, logits[some])
        truths.append(_shifted(_truth(window, table, examples[..., answer], kinds), start))
        for (name, kind), events in _found(window, domain, chosen, kinds, search).items():
            parts.setdefault((name, kind), []).append(_shifted(events, start))
        _count_points(points, window, examples[..., answer], kinds, subset[some])
        on_progress(some.stop, len(rows))
    return Findings({key: _joined(tables) for key, tables in parts.items()}, _joined(truths), points)


class _Window:
    """Some examples, their times and maps."""

    def __init__(self, examples, channels, columns, logits):
        self.examples, self.channels, self.columns, self.logits = examples, channels, columns, logits
        start = np.asarray(columns.get("time_start", np.zeros(len(examples))), float)
        self.time = examples[..., channels.index("time")].astype(float) + start[:, None]
        self.valid = np.isfinite(examples[..., 0]) & np.isfinite(self.time)
        self.segment = examples[..., channels.index("segment")] if "segment" in channels else None


def _truth(window, table, classes, kinds):
    """Return the true events of a window, of the table where there is one, else of the classes of points."""
    if table is not None:
        # A table that names windows lists an event once for each; else stars tell.
        key = "candid" if "candid" in table else "object_id"
        seen = observed_events(table | {"object_id": table[key]}, np.asarray(window.columns[key], str),
                               window.time, window.valid)
        seen["kind"] = np.array([1 + list(kinds).index(kind) if kind in kinds else 0
                                 for kind in seen["kind"].tolist()], int)
        return seen
    tables = [runs_of_class(classes, index, window.time, window.valid)
              for index in range(1, len(kinds) + 1)]
    kind = np.repeat(np.arange(1, len(kinds) + 1), [len(found["row"]) for found in tables])
    return _joined(tables) | {"kind": kind}


def chosen_baselines(domain, names=None):
    """Return the classical searches of some names.

    Raises
    ------
    UsageError
        If the domain has none of such a name.
    """
    names = list(domain.series.searches)[:1] if names is None else names
    for name in names:
        if name not in domain.series.searches:
            raise UsageError(f"unknown baseline {name!r}.{nearest(name, domain.series.searches)} "
                             f"Known: {', '.join(domain.series.searches)}.")
    return {name: domain.series.searches[name] for name in names}


def _found(window, domain, baselines, kinds, search):
    """Return the events of the network by class, and those of each classical search."""
    found = {}
    tables = [find_in_maps(window.logits, index, window.time, window.valid, segment=window.segment,
                        floor=search.floor, join=search.join) for index in range(1, len(kinds) + 1)]
    for kind, events, mine in zip(kinds, tables, likeliest(tables), strict=True):
        events = {name: values[mine] for name, values in events.items()}
        if domain.series.measure is not None:
            events |= domain.series.measure(window.examples, window.channels, window.columns, events)
        found[NETWORK, kind] = events
    for name, baseline in baselines.items():
        found[name, kinds[0]] = baseline(window.examples, window.channels, window.columns)
    return found


def _count_points(points, window, classes, kinds, subset):
    stars = np.asarray(window.columns.get("object_id", np.arange(len(subset))), str)
    for index, kind in enumerate(kinds, 1):
        odds = class_maps(window.logits, index)[1]
        target = np.where(np.isfinite(classes), classes == index, np.nan)
        for name in np.unique(subset).tolist():
            mine = subset == name
            points[name][kind].add(stars[mine], target[mine], log_odds=odds[mine], valid=window.valid[mine])


def _shifted(table, start):
    return table | {"row": table["row"] + start}


def _joined(tables):
    if not tables:
        return {}
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def fit_search(findings, subset, empty, kinds, method):
    """Choose on validation how the network's events are scored, announced and calibrated.

    Parameters
    ----------
    findings : Findings
    subset : (n,) str ndarray
    empty : (n,) bool ndarray
        Rows without any event.
    kinds : sequence of str
    method : str
        Of calibration.

    Returns
    -------
    EventSearch
    """
    truth, first = findings.truth, findings.events[NETWORK, kinds[0]]
    candidates = {}
    for statistic in STATISTICS:
        part = Judged(first, truth, truth["kind"] == 1, subset, empty, score=statistic).of("validation")
        candidates[statistic] = part
    statistic = choose_statistic(candidates, FALSE_ALARMS[1])
    chosen = {}
    for index, kind in enumerate(kinds, 1):
        judged = Judged(findings.events[NETWORK, kind], truth, truth["kind"] == index, subset, empty,
                        score=statistic)
        part = judged.of("validation")
        counts = ~part["ignored"]
        calibration = fit_calibration(part["score"][counts], part["true"][counts].astype(int), method)
        threshold = announcing_threshold(_forgiving(judged, findings, index, subset, empty, statistic))[0]
        chosen[kind] = KindOfEvent(None if threshold is None or not np.isfinite(threshold) else threshold,
                                   calibration)
    return EventSearch(statistic, kinds=chosen)


def _forgiving(judged, findings, index, subset, empty, score):
    """Return the same search with events of other kinds neither right nor wrong.

    How many of the announced are nothing at all is what a threshold can choose; which kind an event is
    is another question, that deeper events do not answer better.
    """
    truth = findings.truth
    return Judged(judged.events, truth, truth["kind"] == index, subset, empty, score=score, forgiven=True)


def judge_maps(findings, subset, empty, kinds, columns, search, *, seed=0):
    """Return the judgement of the network and of every classical search, by class, as plain types.

    A search is judged twice: with the events of other classes among its false alarms, and with
    them forgiven (``<name>, other kinds forgiven``). Both announce from one threshold, which validation
    chose with them forgiven; that of the network is the one of `search`.

    Parameters
    ----------
    findings : Findings
    subset, empty, kinds
        As for `fit_search`.
    columns : dict of (n,) ndarray
        Of the examples: what recall is told against, besides the properties of the events.
    search : EventSearch
    seed : int
        Of the intervals of points.

    Returns
    -------
    dict
        ``{"events": {kind: {search: judgement}}, "points": {subset: {kind: metrics}}}``
    """
    truth, events = findings.truth, {}
    properties = _properties(truth, columns)
    single = _single(truth)
    for (name, kind), found in findings.events.items():
        index = 1 + list(kinds).index(kind)
        score = search.statistic if name == NETWORK else "log_odds"
        strict = Judged(found, truth, truth["kind"] == index, subset, empty, score=score)
        mild = _forgiving(strict, findings, index, subset, empty, score)
        threshold, chosen_by = announcing_threshold(mild)
        if name == NETWORK and search.kinds[kind].threshold is not None:
            threshold = search.kinds[kind].threshold
            chosen_by = "chosen in training, on its validation subset"
        for title, judged in ((name, strict), (f"{name}, other kinds forgiven", mild)):
            events.setdefault(kind, {})[title] = judge_search(
                judged, properties=properties, single=single, threshold=threshold, chosen_by=chosen_by)
    points = {name: {kind: counts.metrics(seed=seed) for kind, counts in by_kind.items()}
              for name, by_kind in findings.points.items()}
    return {"events": events, "points": points, "statistic": search.statistic}


def _properties(truth, columns):
    """Return what recall is told against: of the events, and of their stars."""
    own = {name: truth[name] for name in ("depth", "snr", "duration", "period") if name in truth}
    stars = {name: np.asarray(columns[name], float)[truth["row"]]
             for name in ("mag", "teff", "radius") if name in columns}
    own.setdefault("depth", np.full(len(truth["row"]), np.nan))
    return own | stars


def _single(truth):
    """Return which events are the only ones of their body in their example."""
    if "body" not in truth:
        return None
    key = np.stack([truth["row"], truth["kind"], truth["body"]])
    _, which, count = np.unique(key, axis=1, return_inverse=True, return_counts=True)
    return count[which.reshape(-1)] == 1
