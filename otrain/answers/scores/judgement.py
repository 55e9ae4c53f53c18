"""The judgement of scores in numbers: metrics with intervals, thresholds, reliability, what to mind."""

import numpy as np

from otrain.answers.answer import report_facts
from otrain.answers.scores.focus import against_rest
from otrain.data.results.calibration import Calibration
from otrain.errors import DataError
from otrain.evaluation.column_ranges import outside_ranges
from otrain.evaluation.intervals import bootstrap, wilson_interval
from otrain.evaluation.metrics import (
    accuracy,
    binary_metrics_with_intervals,
    calibration_error,
    confusion,
    log_loss,
    reliability_bins,
)
from otrain.evaluation.thresholds import judged_again, threshold_table

__all__ = ["NIGHT", "judge_scores", "labelled", "training_prior"]

SCHEMA_VERSION = 1
NIGHT = 10_000  # candidates, for which false alarms are stated
FEWEST_PER_CLASS = 30  # in the test subset; below, an interval says little


def training_prior(labels, class_weight, classes, calibration):
    """Return the share of class 1 that the scores presuppose; None for more than two classes.

    Parameters
    ----------
    labels : (n,) int ndarray
        Of validation.
    class_weight : {"none", "balanced"}
    classes : sequence of str
    calibration : Calibration
    """
    if len(classes) != 2:
        return None
    # Weighted classes teach the network that both are equally common, and a temperature
    # keeps that; isotonic calibration learns the share of validation whatever the weights were.
    weighted = class_weight == "balanced" and calibration.method != "isotonic"
    return 0.5 if weighted else float(np.mean(labels == 1))


def labelled(replies, notes):
    """Return the replies about examples with a known class; the others are counted in `notes`.

    Raises
    ------
    DataError
        If there is none.
    """
    labels = replies.labels
    known = (labels >= 0) & (labels < len(replies.cube.classes))
    if known.all():
        return replies
    if not known.any():
        raise DataError(f"{replies.cube.path}: none of its {len(known)} examples has a known class, so "
                        "nothing can be judged. Make the cube from folders that are named like the classes, "
                        "or with --labels.")
    notes.append(f"{int(np.sum(~known))} of {len(known)} examples have no known class and are left out.")
    return replies.take(np.flatnonzero(known))


def judge_scores(replies, settings, facts, *, task="classification", seed=0, night=NIGHT, thresholds=None):
    """Return the judgement of scores, as plain types.

    Parameters
    ----------
    replies : Replies
        Of examples with a known class.
    settings : ScoreSettings
    facts : dict
        What the report says besides; ``judged``, if it is there, names the only subset that a cube
        stands for, and ``threshold_rows`` are those of the network.
    task : str
    seed : int
        Of the intervals.
    night : int
        Examples of one night, for which false alarms are stated.
    thresholds : list of dict, optional
        The table of thresholds, if it is known already.

    Returns
    -------
    dict
        As ``report.json``.
    """
    predictions, classes = replies.predictions, list(replies.cube.classes)
    labels, scores = predictions.labels, predictions.scores
    before = Calibration().apply(predictions.logits)
    rows = {name: np.flatnonzero(predictions.subset == name) for name in ("validation", "test")}
    judged = {name: (labels[some], scores[some]) for name, some in rows.items() if len(some)}
    judge = _judge_two if scores.ndim == 1 else _judge_many
    report = {
        "schema_version": SCHEMA_VERSION, "task": task, "classes": classes,
        # Nearly all candidates of a night are of class 0; taken as all, the number is an upper limit.
        "threshold": settings.threshold, "night": {"candidates": night, "real_fraction": 0.0},
        "counts": {name: _counts(y, classes) for name, (y, _) in judged.items()},
        "metrics": {name: judge(y, p, settings.threshold, seed) for name, (y, p) in judged.items()},
        "confusion": {name: confusion(y, p, threshold=settings.threshold).tolist()
                      for name, (y, p) in judged.items()},
        "threshold_table": [], "reliability": {},
    }
    report |= report_facts(facts)
    if "trained_on" in facts:
        report["counts"] = {"training": facts["trained_on"], **report["counts"]}
    report["calibration"] = settings.calibration.to_dict()
    notes = list(facts.get("notes", ()))
    if scores.ndim == 1:
        report["threshold_table"] = (_threshold_rows(report, predictions, facts, seed, notes)
                                     if thresholds is None else thresholds)
        report["reliability"] = {name: {"before": reliability_bins(y, before[rows[name]]),
                                        "after": reliability_bins(y, p)}
                                 for name, (y, p) in judged.items()}
    else:
        report["by_class"] = {name: _against_rest(predictions, before, name, index, rows, settings, seed)
                              for index, name in enumerate(classes)}
    ranges = facts.get("ranges")
    if ranges:
        mine = predictions.of_subset(facts.get("judged", "test"))
        report["column_ranges"] = outside_ranges(ranges, mine.columns)
    report["notes"] = notes + _notes(report, settings, facts)
    return report


def _counts(labels, classes):
    return {name: int(np.sum(labels == index)) for index, name in enumerate(classes)}


def _judge_two(labels, scores, threshold, seed):
    return binary_metrics_with_intervals(labels, scores, threshold=threshold, seed=seed)


def _judge_many(labels, scores, threshold, seed):
    """Metrics of more than two classes: the highest score is the call."""
    table = confusion(labels, scores)
    low, high = wilson_interval(int(np.trace(table)), len(labels))
    metrics = {"accuracy": {"value": accuracy(table), "low": float(low), "high": float(high)}}
    low, high = bootstrap(log_loss, labels, scores, seed=seed)
    metrics["log_loss"] = {"value": log_loss(labels, scores), "low": float(low), "high": float(high)}
    right = (scores.argmax(axis=1) == labels).astype(int)
    metrics["calibration_error"] = {"value": calibration_error(right, scores.max(axis=1)),
                                    "low": None, "high": None}
    return metrics


def _against_rest(predictions, before, name, index, rows, settings, seed):
    """Return the judgement of one class against the rest: metrics, thresholds, reliability."""
    mine = against_rest(predictions, index)
    parts = {name: (mine.labels[some], mine.scores[some]) for name, some in rows.items() if len(some)}
    validation, test = rows["validation"], rows["test"]
    return {
        "metrics": {name: _judge_two(y, p, settings.threshold, seed) for name, (y, p) in parts.items()},
        "threshold_table": threshold_table(mine.scores[validation], mine.labels[validation],
                                           mine.scores[test], mine.labels[test], classes=("the rest", name))
        if len(validation) and len(test) else [],
        "reliability": {name: {"before": reliability_bins(y, before[rows[name], index]),
                               "after": reliability_bins(y, p)} for name, (y, p) in parts.items()},
    }


def _threshold_rows(report, predictions, facts, seed, notes):
    """Return the threshold table: thresholds from validation or from the network, rates on the cube."""
    labels, scores, subset = predictions.labels, predictions.scores, predictions.subset
    names = report["classes"]
    if "judged" not in facts or len(set(report["counts"]) - {"training"}) > 1:
        chosen, judged = subset == "validation", subset == "test"
        return threshold_table(scores[chosen], labels[chosen], scores[judged], labels[judged], classes=names)
    rows = facts.get("threshold_rows")
    if rows:
        return rows if facts["judged"] == "validation" else judged_again(rows, scores, labels, classes=names)
    notes.append("The network has no threshold table: thresholds were chosen on one half of the candidates, "
                 "drawn at random, and judged on the other.")
    half = np.zeros(len(labels), bool)
    rng = np.random.default_rng(seed)
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(labels == label))
        half[rows[:len(rows) // 2]] = True
    return threshold_table(scores[half], labels[half], scores[~half], labels[~half], classes=names)


def _notes(report, settings, facts):
    """Return what a reader of the figures must know."""
    if "judged" in facts:
        return _absent_classes(report)
    calibration = settings.calibration
    notes = [calibration.note] if calibration.note else []
    few = {name: n for name, n in report["counts"].get("test", {}).items() if n < FEWEST_PER_CLASS}
    if "test" not in report["counts"]:
        notes.append("There is no test subset: no rate of this report was measured on untouched examples.")
    elif few:
        notes.append("The test subset is small (" + ", ".join(f"{n} {name}" for name, n in few.items())
                     + "): mind the intervals.")
    if facts.get("class_weight") == "balanced":
        names = report["classes"]
        notes.append("Trained with balanced class weights: scores presuppose as many "
                     f"{' as '.join(names[::-1])} examples.")
    return notes


def _absent_classes(report):
    """Say that some metrics are not defined, if they are not."""
    counts = report["counts"].get(report["judged"], {})
    return [f"There is no {name} among the examples: what compares the classes is not defined."
            for name, number in counts.items() if not number]
