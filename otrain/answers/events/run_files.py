"""The judgement of a search for events, and what it leaves on disk: tables, galleries, the page."""

from dataclasses import dataclass

import numpy as np

from otrain.answers.answer import Judgement, report_facts, silent
from otrain.answers.events.galleries import event_galleries
from otrain.answers.events.page import write_event_report
from otrain.answers.events.search import NETWORK, judge_maps, look_for_events
from otrain.answers.events.tables_of_run import counts_of, rates_in_short, write_event_tables
from otrain.errors import DataError
from otrain.plots.curves import loss_curve
from otrain.plots.style import save_figure

__all__ = ["Judged", "judge_events", "write_event_files"]

FEWEST = 30  # true events of the test subset; below, an interval says little


@dataclass(frozen=True)
class Judged:
    """What tables and galleries are made of.

    Parameters
    ----------
    findings : Findings
    subset : (n,) str ndarray
        As the rates use it: stars that were dealt to two halves have one too.
    empty : (n,) bool ndarray
        Rows without any event.
    """

    findings: object
    subset: np.ndarray
    empty: np.ndarray


def judge_events(replies, settings, domain, task, facts, *, seed=0, findings=None, baselines=None,
                 on_progress=silent):
    """Judge the maps of a network by their events.

    Where there is no validation subset the stars are dealt to two halves: on the first the thresholds of
    classical searches are chosen, on the second all are judged. The thresholds of the network are those
    of its training.

    Parameters
    ----------
    replies : Replies
        With maps.
    settings : EventSettings
    domain : Domain
    task : Task
    facts : dict
        What the report says besides.
    seed : int
        Of the halves and the intervals.
    findings : Findings, optional
        If the events were looked for already.
    baselines : sequence of str, optional
        Classical searches that are judged beside the network; by default the first of the domain.
    on_progress : callable

    Returns
    -------
    Judgement

    Raises
    ------
    DataError
        If nobody knows what is in the cube.
    """
    labels, subset, kinds = replies.labels, replies.subset, replies.cube.classes[1:]
    if not (labels >= 0).any():
        raise DataError(f"{replies.cube.path}: nobody knows what is in its light curves, so nothing can be "
                        "judged. Make the cube with --labels TABLE of ephemerides.")
    notes = list(facts.get("notes", ()))
    if findings is None and not {"validation", "test"} <= set(subset.tolist()):
        subset = _halves(replies.columns, len(replies), seed)
        notes.append("The stars were dealt to two halves: thresholds of classical searches were chosen "
                     "on one, and every rate is of the other.")
    empty = labels == 0
    if findings is None:
        findings = look_for_events(replies.cube, replies.rows, subset, replies.raw, task, domain,
                                   search=settings.search, baselines=baselines, on_progress=on_progress)
    report = report_facts(facts)
    report |= {"schema_version": 1, "task": task.name, "classes": list(replies.cube.classes),
               "threshold": settings.threshold, "search": settings.search.to_dict()}
    if "judged" in report:
        report["judged"] = "test"
    report |= judge_maps(findings, subset, empty, kinds, replies.columns, settings.search, seed=seed)
    report |= rates_in_short(report, kinds)
    report["counts"] = counts_of(labels, subset, replies.cube.classes)
    if "trained_on" in facts:
        report["counts"] = {"training": facts["trained_on"]} | report["counts"]
        notes += _notes(report, settings.search)
    report["notes"] = notes
    return Judgement(report, replies, settings, Judged(findings, subset, empty))


def _halves(columns, count, seed):
    """Deal stars to two halves, the same for the same seed."""
    stars = np.asarray(columns.get("object_id", np.arange(count)), str)
    names, star = np.unique(stars, return_inverse=True)
    first = np.zeros(len(names), bool)
    first[np.random.default_rng(seed).permutation(len(names))[:len(names) // 2]] = True
    return np.where(first[star], "validation", "test")


def _notes(report, search):
    """Return what a reader of the figures must know."""
    notes = []
    for name, kind in search.kinds.items():
        if kind.calibration.note:
            notes.append(f"{name}: {kind.calibration.note}")
        if kind.threshold is None:
            notes.append(f"No threshold for {name} events could be chosen: validation has too few. "
                         f"They are announced from a probability of {report['threshold']:g}.")
    for name, searches in report["events"].items():
        count = searches[NETWORK]["counts"]["test"]["events"]
        if count < FEWEST:
            notes.append(f"The test subset has {count} {name} events only: mind the intervals.")
    return notes


def write_event_files(folder, judgement: Judgement, task, *, is_run):
    """Write tables of events, galleries and the page.

    Parameters
    ----------
    folder : RunDirectory or DiagnosticsFolder
    judgement : Judgement
    task : Task
    is_run : bool
        Whether the folder also gets every figure as a file.
    """
    replies, search, known = judgement.replies, judgement.settings.search, judgement.material
    kinds = replies.cube.classes[1:]
    write_event_tables(folder, known.findings, known.subset, known.empty, kinds, search, replies.columns)
    galleries = galleries_of(judgement, task)
    if is_run:
        save_figure(folder.loss_png, loss_curve(judgement.report["history"]))
        folder.plots.mkdir(exist_ok=True)
    write_event_report(folder.report_html, judgement.report, galleries,
                       plots=folder.plots if is_run else None)


def galleries_of(judgement, task):
    """Return pieces of light curves that show what the network finds, misses and invents."""
    replies, search, known = judgement.replies, judgement.settings.search, judgement.material
    kind = replies.cube.classes[1]
    return event_galleries(replies.cube, replies.rows, replies.raw, known.findings, known.subset, known.empty,
                           search, kind, task, threshold=search.kinds[kind].threshold)
