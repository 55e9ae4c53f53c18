"""What a search for events finds and what it invents: recall, false alarms, errors of measured events.

A false alarm is a found event that matches nothing. It is counted in two ways that must not
be confused: per quarter of stars without any event (a property of the search), and as the
share of false events among all found ones, the false discovery rate FP / (TP + FP) (which
depends on how many stars have planets). Every rate is ``{"value", "low", "high"}`` with a
95 % interval: Wilson's for shares, Garwood's for counts per quarter. An event is found if its
score reaches the threshold.
"""

import numpy as np

from otrain.evaluation.intervals import garwood_interval, wilson_interval

__all__ = [
    "choose_statistic", "event_errors", "false_alarms_per_quarter",
    "false_discovery_rate", "recall", "recall_at_false_alarms", "recall_at_fdr", "recall_in_bins",
    "recovery_curve", "threshold_for_fdr", "threshold_for_rate",
]

NOTHING = {"value": None, "low": None, "high": None}
TAILS = (16, 50, 84)  # percentiles


def recall(found_score, threshold=-np.inf):
    """Return the share of true events that are found at a threshold, with their number.

    Parameters
    ----------
    found_score : (T,) ndarray
        As `match_events` gives it; NaN for events that no threshold finds.
    threshold : float or None
        None: no threshold could be chosen, so there is no rate.
    """
    found_score = np.asarray(found_score, float)
    if threshold is None:
        return NOTHING | {"events": len(found_score)}
    return _share(int(np.sum(found_score >= threshold)), len(found_score)) | {"events": len(found_score)}


def recall_in_bins(values, found_score, edges, threshold=-np.inf):
    """Return the recall in bins of a property of the true events.

    Parameters
    ----------
    values : (T,) ndarray
        SNR, depth, duration, period, magnitude or whatever; NaN is in no bin.
    found_score : (T,) ndarray
    edges : (B + 1,) sequence of float
        Rising. A bin holds its lower edge, the last also its upper one.
    threshold : float

    Returns
    -------
    list of dict
        ``low_edge high_edge value low high events``, one per bin; None in an empty one.

    Examples
    --------
    >>> rows = recall_in_bins([5, 8, 30], [np.nan, 0.9, 0.9], [0, 10, 100], 0.5)
    >>> [(row["value"], row["events"]) for row in rows]
    [(0.5, 2), (1.0, 1)]
    """
    values, edges = np.asarray(values, float), np.asarray(edges, float)
    place = np.searchsorted(edges, values, side="right") - 1
    place[values == edges[-1]] = len(edges) - 2
    place[~np.isfinite(values)] = -1
    found_score = np.asarray(found_score, float)
    return [{"low_edge": float(edges[index]), "high_edge": float(edges[index + 1])}
            | recall(found_score[place == index], threshold) for index in range(len(edges) - 1)]


def false_alarms_per_quarter(scores, quarters, threshold=-np.inf):
    """Return how many events are found per quarter without any, with their number.

    Parameters
    ----------
    scores : (E,) ndarray
        Of all events found in quarters of stars that have none.
    quarters : float
        Number of these quarters searched, those without a found event included.
    threshold : float or None
    """
    scores = np.asarray(scores, float)
    if threshold is None or not quarters:
        return NOTHING | {"false_alarms": None, "quarters": quarters}
    count = int(np.sum(scores >= threshold))
    low, high = garwood_interval(count)
    return {"value": count / quarters, "low": float(low) / quarters, "high": float(high) / quarters,
            "false_alarms": count, "quarters": quarters}


def false_discovery_rate(scores, true, threshold=-np.inf, *, ignored=None):
    """Return the share of false events among the found ones: FP / (TP + FP).

    Parameters
    ----------
    scores : (E,) ndarray
    true : (E,) bool ndarray
        Which found events match (``match_events(...)["match"] >= 0``).
    threshold : float or None
    ignored : (E,) bool ndarray, optional
        Found events that do not count.
    """
    scores, true = _counted(scores, true, ignored)
    if threshold is None:
        return NOTHING | {"detections": None}
    above = scores >= threshold
    return _share(int(np.sum(above & ~true)), int(np.sum(above))) | {"detections": int(np.sum(above))}


def threshold_for_rate(scores, quarters, limit):
    """Return the lowest threshold with at most `limit` false alarms per quarter.

    Parameters
    ----------
    scores : (E,) ndarray
        Of events found in the validation quarters that have none.
    quarters : float
        Their number.
    limit : float
        False alarms per quarter.

    Returns
    -------
    float or None
        -inf if all may stay. None if `quarters` are fewer than one over `limit`, where not even
        one false alarm is allowed.
    """
    if quarters * limit < 1 - 1e-9:
        return None
    ranked = np.sort(np.asarray(scores, float))[::-1]
    allowed = int(np.floor(limit * quarters + 1e-9))
    return float(np.nextafter(ranked[allowed], np.inf)) if allowed < len(ranked) else -np.inf


def threshold_for_fdr(scores, true, limit, *, ignored=None):
    """Return the lowest threshold whose false discovery rate is at most `limit`.

    Parameters
    ----------
    scores : (E,) ndarray
        Of all events found in the validation quarters.
    true : (E,) bool ndarray
    limit : float

    Returns
    -------
    float or None
        None if no threshold keeps the limit.
    """
    scores, true = _counted(scores, true, ignored)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # equal scores stand or fall together
    false = np.cumsum(~true[order])[ends]
    kept = np.flatnonzero(false <= limit * (ends + 1) + 1e-9)
    return float(scores[order][ends[kept[-1]]]) if len(kept) else None


def recall_at_fdr(validation, test, limit):
    """Return the recall at a false discovery rate that validation chose the threshold for.

    Parameters
    ----------
    validation, test : dict
        ``score`` (E,), ``true`` (E,), ``found_score`` (T,) and, if some do not count,
        ``ignored`` (E,).
    limit : float
        0.01 for 1 %.

    Returns
    -------
    dict
        ``limit``, ``threshold``, ``recall`` and ``fdr`` on test, and ``support``: empty, or a
        sentence that says why there is no rate or why it proves little.
    """
    scores, true = _counted(validation["score"], validation["true"], validation.get("ignored"))
    threshold, support = None, _support(limit, len(scores), "validation")
    if not support:
        threshold = threshold_for_fdr(scores, true, limit)
        if threshold is None:
            support = f"no threshold has a false discovery rate of {100 * limit:g} % in validation"
    fdr = false_discovery_rate(test["score"], test["true"], threshold, ignored=test.get("ignored"))
    if threshold is not None and not support:
        support = _support(limit, fdr["detections"], "test")
    return {"limit": limit, "threshold": threshold, "recall": recall(test["found_score"], threshold),
            "fdr": fdr, "support": support}


def _support(limit, detections, subset):
    """Return why so many detections say nothing about `limit`; empty if they do."""
    needed = int(np.ceil(3 / limit - 1e-9))  # three false ones expected: none of them seen is 5 % likely
    if detections >= needed:
        return ""
    return (f"a false discovery rate of {100 * limit:g} % needs at least {needed} detections in {subset} "
            f"(has {detections})")


def recall_at_false_alarms(validation, test, limit):
    """Return the recall at a number of false alarms per quarter that validation chose the threshold for.

    Parameters
    ----------
    validation, test : dict
        ``found_score`` (T,) of the true events, ``empty_score`` (E,) of the events found in
        quarters without any, and ``quarters``, the number of these.
    limit : float
        False alarms per quarter.

    Returns
    -------
    dict
        ``limit``, ``threshold``, ``recall`` and ``false_alarms`` (per quarter) on test,
        ``support``.
    """
    threshold = threshold_for_rate(validation["empty_score"], validation["quarters"], limit)
    support = "" if threshold is not None else (
        f"{limit:g} false alarms per quarter need at least {int(np.ceil(1 / limit - 1e-9))} quarters without "
        f"events in validation (has {validation['quarters']:g})")
    return {"limit": limit, "threshold": threshold, "recall": recall(test["found_score"], threshold),
            "false_alarms": false_alarms_per_quarter(test["empty_score"], test["quarters"], threshold),
            "support": support}


def recovery_curve(found_score, scores, true, empty_score, quarters, *, ignored=None, points=200):
    """Return recall against both kinds of false alarms as the threshold falls.

    Parameters
    ----------
    found_score : (T,) ndarray
    scores, true : (E,) ndarray
        Of all found events.
    empty_score : (F,) ndarray
        Of the events found in quarters without any.
    quarters : float
    points : int
        The curve is thinned to about so many steps of recall.

    Returns
    -------
    dict of str to list
        ``threshold`` (falling), ``recall``, ``false_alarms`` (per quarter), ``fdr``.
    """
    scores, true = _counted(scores, true, ignored)
    found = np.asarray(found_score, float)
    thresholds = np.unique(np.concatenate([found[np.isfinite(found)], np.asarray(empty_score, float)]))[::-1]
    if len(thresholds) > points:
        thresholds = thresholds[np.unique(np.linspace(0, len(thresholds) - 1, points).round().astype(int))]
    hits = _reaching(found[np.isfinite(found)], thresholds)
    wrong, right = _reaching(scores[~true], thresholds), _reaching(scores[true], thresholds)
    alarms = _reaching(np.asarray(empty_score, float), thresholds)
    return {"threshold": thresholds.tolist(), "recall": (hits / max(len(found), 1)).tolist(),
            "false_alarms": (alarms / quarters).tolist() if quarters else [None] * len(alarms),
            "fdr": (wrong / np.maximum(wrong + right, 1)).tolist()}


def choose_statistic(candidates, limit):
    """Return the name of the statistic of an event that finds most, on validation.

    Parameters
    ----------
    candidates : dict of str to dict
        By name ``found_score``, ``empty_score`` and ``quarters``.
    limit : float
        False alarms per quarter at which they are compared.

    Returns
    -------
    str
        The first of the best.
    """
    def found(name):
        row = candidates[name]
        threshold = threshold_for_rate(row["empty_score"], row["quarters"], limit)
        return -1 if threshold is None else np.sum(np.asarray(row["found_score"], float) >= threshold)

    return max(candidates, key=found)


def event_errors(found, true, match):
    """Return how well matched events were measured.

    Parameters
    ----------
    found, true : dict of str to ndarray
        ``t0`` [d], ``duration`` [h] and, if both have it, ``depth`` (relative).
    match : (E,) int ndarray
        Index of the true event of each found one, -1 without.

    Returns
    -------
    dict
        ``t0`` [h], ``t0_in_durations``, ``duration`` and ``depth`` (relative errors, found over
        true minus one): each ``{"median", "low", "high", "events"}`` with the 16th and 84th
        percentile; None without a matched event.
    """
    match = np.asarray(match, int)
    event = np.flatnonzero(match >= 0)
    truth = match[event]
    late = 24 * (np.asarray(found["t0"], float)[event] - np.asarray(true["t0"], float)[truth])
    errors = {"t0": late, "t0_in_durations": late / np.asarray(true["duration"], float)[truth]}
    for name in ("duration", "depth"):
        if name in found and name in true:
            errors[name] = np.asarray(found[name], float)[event] / np.asarray(true[name], float)[truth] - 1
    return {name: _spread(values) for name, values in errors.items()}


def _spread(values):
    values = values[np.isfinite(values)]
    low, median, high = np.percentile(values, TAILS).tolist() if len(values) else (None,) * 3
    return {"median": median, "low": low, "high": high, "events": len(values)}


def _counted(scores, true, ignored):
    scores, true = np.asarray(scores, float), np.asarray(true, bool)
    keep = slice(None) if ignored is None else ~np.asarray(ignored, bool)
    return scores[keep], true[keep]


def _reaching(scores, thresholds):
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")


def _share(count, n):
    if not n:
        return dict(NOTHING)
    low, high = wilson_interval(count, n)
    return {"value": count / n, "low": float(low), "high": float(high)}
