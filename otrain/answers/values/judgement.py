"""The judgement of numbers: errors with intervals, whether the uncertainties are true, what to mind."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from otrain.answers.answer import report_facts, silent
from otrain.answers.values.columns import error_rows, told_columns
from otrain.answers.values.given import GivenValues, given_values, require_truth, true_values
from otrain.answers.values.redrawn import redrawn_residuals
from otrain.evaluation.column_ranges import outside_ranges
from otrain.evaluation.coverage import (
    LEVELS,
    coverage,
    coverage_cells,
    expected_calibration_error,
    pit_histogram,
)
from otrain.evaluation.value_metrics import constant_targets, gaussian_surprise, joint_surprise, value_metrics

__all__ = ["Judged", "judge_values"]

SCHEMA_VERSION = 1
TOO_GOOD = 1 - 1e-9  # R2 that only the truth itself has
FEWEST = 30  # examples of the judged subset; below, an interval says little
BINS = 6  # of a column
CELL_COLUMNS = 4  # whose pairs are cut into cells
LEVELS_TOLD = tuple(sorted({*LEVELS, 0.68}))


@dataclass(frozen=True)
class Judged:
    """What tables and figures are made of, in the order of the replies.

    Parameters
    ----------
    given : GivenValues
    truth : (N, K) ndarray
        In natural units; NaN where it is not known.
    pit : (N, K) ndarray
    redrawn : Redrawn or None
        Images of the values, where the domain can draw them.
    """

    given: GivenValues
    truth: np.ndarray
    pit: np.ndarray
    redrawn: object = None


def judge_values(replies, settings, domain, task, facts, *, seed=0, on_progress=silent):
    """Return the judgement of values.

    Parameters
    ----------
    replies : Replies
    settings : ValueSettings
    domain : Domain
    task : Task
    facts : dict
        What the report says besides; ``judged``, if it is there, names the subset that a cube stands for.
    seed : int
        Of the intervals.
    on_progress : callable

    Returns
    -------
    report : dict
        As ``report.json``: plain types.
    replies : Replies
        Those with a true value.
    settings : ValueSettings
    material : Judged

    Raises
    ------
    DataError
        If no example has a true value.
    """
    truth, notes = true_values(replies, settings.names), list(facts.get("notes", ()))
    require_truth(replies, truth)
    known = np.isfinite(truth).any(axis=1)
    if not known.all():
        notes.append(f"{int(np.sum(~known))} of {len(known)} examples have no true value and are left out.")
        replies, truth = replies.take(np.flatnonzero(known)), truth[known]
    given = given_values(replies.raw, settings)
    pit, judged = given.pit(truth), facts.get("judged", "test")
    rows = {name: np.flatnonzero(replies.subset == name) for name in ("validation", "test")}
    rows = {name: some for name, some in rows.items() if len(some)}
    parts = {}
    for done, (name, some) in enumerate(rows.items()):
        on_progress(done, len(rows))
        parts[name] = _judge_subset(given.take(some), truth[some], pit[some], seed)
    mine = rows.get(judged, np.empty(0, int))
    redrawn = redrawn_residuals(replies, given, truth, mine, domain, task, seed=seed)
    report = report_facts(facts) | {
        "schema_version": SCHEMA_VERSION, "task": task.name, "classes": [], "judged": judged,
        "targets": [{"name": name, "unit": unit} for name, unit in zip(settings.names, settings.units)],
        "calibration": settings.intervals.to_dict(),
        "counts": {name: {"examples": len(some)} for name, some in rows.items()},
        "metrics": {name: _in_short(part) for name, part in parts.items()},
        "values": parts, "confusion": {}, "threshold_table": [], "reliability": {},
        **_against_columns(replies.take(mine), given.take(mine), truth[mine], pit[mine], domain)}
    if redrawn is not None:
        report["redrawn"] = redrawn.summary
    if "trained_on" in facts:
        trained = {"examples": sum(facts["trained_on"].values())}
        report["counts"] = {"training": trained} | report["counts"]
    if facts.get("ranges"):
        report["column_ranges"] = outside_ranges(facts["ranges"], replies.take(mine).columns)
    report["notes"] = notes + _notes(report, settings, truth[mine], judged)
    return report, replies, settings, Judged(given, truth, pit, redrawn)


def _judge_subset(given, truth, pit, seed):
    """Return the judgement of one subset: each target by name, and all together."""
    targets, r2 = value_metrics(given.value, truth, seed=seed)
    intervals = given.settings.intervals
    calibrated_on = intervals.examples if intervals.method == "conformal" else None
    errors, slopes = given.errors(truth), given.settings.encoding.slope(truth)
    surprise = gaussian_surprise(errors, given.width, slopes)
    sharpness = given.half_width()
    by_name = {}
    for k, name in enumerate(given.settings.names):
        known = np.isfinite(truth[:, k])
        rows = coverage(pit[:, k], LEVELS_TOLD)
        by_name[name] = {
            "unit": given.settings.units[k], "examples": int(known.sum()), **targets[k], "coverage": rows,
            "ece": expected_calibration_error(rows),
            "pit": pit_histogram(pit[:, k], calibrated_on=calibrated_on),
            "nll": _mean(surprise[known, k]), "sharpness": _mean(sharpness[known, k])}
    told = [row["ece"] for row in by_name.values() if row["ece"] is not None]
    whole = np.isfinite(truth).all(axis=1)
    joint = None
    if given.correlations is not None and whole.any():
        joint = _mean(joint_surprise(errors[whole], given.width[whole], slopes[whole],
                                     given.correlations[whole]))
    return {"targets": by_name, "r2": r2, "joint_nll": joint,
            "separate_nll": _mean(surprise[whole].sum(axis=1)), "coverage": _mean_coverage(pit),
            "ece": float(np.mean(told)) if told else None}


def _mean_coverage(pit):
    """Return the mean coverage of all targets; its intervals draw examples, whose targets go together."""
    rows = []
    distance = 2 * np.abs(pit - 0.5)
    for level in LEVELS_TOLD:
        inside = np.where(np.isfinite(distance), distance <= level + 1e-12, np.nan)
        mine = np.nanmean(inside, axis=1) if len(inside) else np.empty(0)
        spread = 1.96 * mine.std() / max(1, len(mine)) ** 0.5 if len(mine) else 0.0
        value = _mean(mine)
        rows.append({"level": level, "value": value,
                     "low": None if value is None else max(0.0, value - spread),
                     "high": None if value is None else min(1.0, value + spread)})
    return rows


def _in_short(part):
    """Return the metrics of a subset in the form of all reports: a value with its interval by name."""
    at = {row["level"]: {key: row[key] for key in ("value", "low", "high")} for row in part["coverage"]}
    short = {"r2": part["r2"], "coverage_68": at[0.68], "coverage_95": at[0.95],
             "calibration_error": {"value": part["ece"], "low": None, "high": None}}
    for name, row in part["targets"].items():
        short |= {f"{metric}_{name}": row[metric] for metric in ("r2", "mae")}
    return short


def _against_columns(replies, given, truth, pit, domain):
    """Return the errors in parts of columns, and the coverage in cells of two of them."""
    columns = told_columns(replies, domain)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = (given.value - truth) / np.where(constant_targets(truth), np.nan, _spread(truth))
    names = given.settings.names
    told = columns | {name: given.value[:, k] for k, name in enumerate(names) if name in columns}
    return {
        "error_against": {name: error_rows(values, scaled, pit, names, bins=BINS)
                          for name, values in columns.items()},
        "coverage_cells": _cells(pit, told, "value"),
        "coverage_cells_of_truth": _cells(pit, columns, "truth")}


def _cells(pit, columns, by):
    """Return the coverage in cells of pairs of columns; ``by`` says what the targets among them hold."""
    return [{"columns": list(pair), "by": by, **coverage_cells(pit, *(columns[name] for name in pair))}
            for pair in combinations(list(columns)[:CELL_COLUMNS], 2)]


def _spread(truth):
    """Return the standard deviation of the known truth of each target, (K,)."""
    known = np.isfinite(truth)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, truth, 0).sum(axis=0) / count
    return np.sqrt((np.where(known, truth - mean, 0) ** 2).sum(axis=0) / count)


def _mean(values):
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else None


def _notes(report, settings, truth, judged):
    """Return what a reader of the figures must know."""
    notes = [settings.intervals.note] if settings.intervals.note else []
    for name, part in report["values"].items():
        good = [target for target, row in part["targets"].items() if (row["r2"]["value"] or 0) > TOO_GOOD]
        if good:
            notes.append(f"R2 of {', '.join(good)} is above 1 - 1e-9 on {name}: no network tells a number so "
                         "well. This is a probable leak: the truth is in the input, or stands in place of "
                         "the values.")
    constant = [name for name, alike in zip(settings.names, constant_targets(truth)) if alike]
    if constant and len(truth) > 1:
        notes.append(f"{', '.join(constant)}: one and the same true value in all {judged} examples, so R2 is "
                     "not defined.")
    if "test" not in report["counts"] and judged == "test":
        notes.append("There is no test subset: nothing in this report was measured on untouched examples.")
    elif len(truth) < FEWEST:
        notes.append(f"The {judged} subset has {len(truth)} examples only: mind the intervals.")
    return notes
