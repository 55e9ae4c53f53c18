"""Which threshold loses at most so many reals, or lets at most so many bogus through.

The threshold of a row is chosen on the validation subset and judged on the test
subset, which nothing has seen before; a row that a subset is too small for says how
many examples it needs.
"""

import math

import numpy as np

from otrain.evaluation.class_words import USUAL, many
from otrain.evaluation.intervals import Z_95, wilson_interval

__all__ = ["FALSE_ALARM_LIMITS", "LOSS_LIMITS", "judged_again", "rates", "threshold_for_false_alarms",
           "threshold_for_loss", "threshold_table"]

LOSS_LIMITS = (0.01, 0.02, 0.05, 0.10)  # share of reals lost
FALSE_ALARM_LIMITS = (0.001, 0.01, 0.05)  # false alarms per bogus


def threshold_for_loss(scores, limit):
    """Return the highest threshold that loses at most a share `limit` of real scores.

    Parameters
    ----------
    scores : (N,) ndarray
        Scores of reals, N > 0. A real is kept if its score reaches the threshold.
    limit : float
        Between 0 and 1.
    """
    ranked = np.sort(np.asarray(scores, float))
    return float(ranked[min(_allowed(limit, len(ranked)), len(ranked) - 1)])


def threshold_for_false_alarms(scores, limit):
    """Return the lowest threshold that at most a share `limit` of bogus scores reach.

    Parameters
    ----------
    scores : (N,) ndarray
        Scores of bogus, N > 0.
    limit : float
        Between 0 and 1.
    """
    ranked = np.sort(np.asarray(scores, float))[::-1]
    allowed = _allowed(limit, len(ranked))
    return 0.0 if allowed >= len(ranked) else float(np.nextafter(ranked[allowed], np.inf))


def _allowed(limit, n):
    return math.floor(limit * n + 1e-9)  # 0.1 * 30 must allow 3


def rates(labels, scores, threshold):
    """Return what a threshold does to a subset, each rate with its 95 % Wilson interval.

    Returns
    -------
    dict
        ``reals``, ``bogus``: numbers of examples; ``lost``: share of reals below the
        threshold; ``false_alarms``: share of bogus at or above it. Shares are
        ``{"value", "low", "high"}``, None where the class is absent.
    """
    labels, called = np.asarray(labels, int), np.asarray(scores, float) >= threshold
    reals, bogus = int(np.sum(labels == 1)), int(np.sum(labels == 0))
    return {"reals": reals, "bogus": bogus,
            "lost": _share(int(np.sum(~called & (labels == 1))), reals),
            "false_alarms": _share(int(np.sum(called & (labels == 0))), bogus)}


def _share(count, n):
    if not n:
        return {"value": None, "low": None, "high": None}
    low, high = wilson_interval(count, n)
    return {"value": count / n, "low": float(low), "high": float(high)}


def threshold_table(validation_scores, validation_labels, test_scores, test_labels, *, classes=USUAL):
    """Return one row per promise that an observer may want to keep.

    Parameters
    ----------
    validation_scores, test_scores : (N,), (M,) ndarray
        Calibrated scores of real.
    validation_labels, test_labels : (N,), (M,) int ndarray
    classes : (str, str)
        What labels 0 and 1 are called in `target` and `support`.

    Returns
    -------
    list of dict
        ``target`` (in words), ``kind`` (``lost`` or ``false_alarms``), ``limit``,
        ``threshold`` (None if validation cannot choose one), ``validation`` and ``test``
        (see `rates`; None without a threshold) and ``support``: empty, or
        ``"needs at least n reals in test (has m)"``, where the rates are no proof of the
        promise.
    """
    scores = {"validation": np.asarray(validation_scores, float), "test": np.asarray(test_scores, float)}
    labels = {"validation": np.asarray(validation_labels, int), "test": np.asarray(test_labels, int)}
    targets = [("lost", limit) for limit in LOSS_LIMITS]
    targets += [("false_alarms", limit) for limit in FALSE_ALARM_LIMITS]
    return [_row(kind, limit, scores, labels, classes) for kind, limit in targets]


def judged_again(rows, scores, labels, *, classes=USUAL):
    """Return the rows of a threshold table, judged on other examples.

    Parameters
    ----------
    rows : list of dict
        As `threshold_table` returns them; their thresholds stay.
    scores : (N,) ndarray
        Calibrated scores of real, of examples that had no part in the choice.
    labels : (N,) int ndarray
    classes : (str, str)

    Returns
    -------
    list of dict
    """
    labels = np.asarray(labels, int)
    again = []
    for row in rows:
        label = int(row["kind"] == "lost")
        name = many(classes[label])
        needed, found = _needed_for_proof(row["limit"]), int(np.sum(labels == label))
        short = f"needs at least {needed} {name} (has {found})" if found < needed else ""
        if row["threshold"] is None:
            again.append(row | {"test": None})
        else:
            again.append(row | {"test": rates(labels, scores, row["threshold"]), "support": short})
    return again


def _row(kind, limit, scores, labels, classes):
    label = int(kind == "lost")
    name = many(classes[label])
    chosen_on = scores["validation"][labels["validation"] == label]
    needed = {"validation": math.ceil(1 / limit - 1e-9), "test": _needed_for_proof(limit)}
    threshold = None
    if len(chosen_on) >= needed["validation"]:
        threshold = (threshold_for_loss if kind == "lost" else threshold_for_false_alarms)(chosen_on, limit)
    short = [f"needs at least {n} {name} in {subset} (has {np.sum(labels[subset] == label)})"
             for subset, n in needed.items() if np.sum(labels[subset] == label) < n]
    judged = {subset: None if threshold is None else rates(labels[subset], scores[subset], threshold)
              for subset in ("validation", "test")}
    return {"target": _words(kind, limit, name), "kind": kind, "limit": limit, "threshold": threshold,
            **judged, "support": "; ".join(short)}


def _needed_for_proof(limit):
    """Return how many examples without one failure put the Wilson interval below `limit`."""
    return math.ceil(Z_95**2 * (1 - limit) / limit)


def _words(kind, limit, name):
    if kind == "lost":
        return f"lose at most {100 * limit:g} % of {name}"
    return f"at most {1000 * limit:g} false alarms per 1000 {name}"
