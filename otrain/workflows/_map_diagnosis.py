"""A network of maps judged on a cube that had no part in its training: the events that it finds there."""

import datetime
import json
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.catalogue import DOMAINS, TASKS
from otrain.data.atomic import write_text
from otrain.data.datacube import open_cube
from otrain.errors import DataError
from otrain.web.event_report import write_event_report
from otrain.workflows._event_galleries import event_galleries
from otrain.workflows._event_tables import counts_of, rates_in_short, write_event_tables
from otrain.workflows._map_judgement import judge_maps, look_for_events

__all__ = ["diagnose_maps"]


def diagnose_maps(folder, cube_path, network, predictions, rows, context, *, seed=0, baselines=None):
    """Judge stored maps by their events and write ``report.json`` and the tables of events.

    Where there is no validation subset the stars are dealt to two halves: on the first
    the thresholds of classical searches are chosen, on the second all are judged. The
    thresholds of the network are those of its training.

    Parameters
    ----------
    folder : DiagnosticsFolder
    cube_path : path-like
    network : Bundle
    predictions : Predictions
        With maps as logits.
    rows : (n,) int ndarray
        Of the cube.
    context : dict
        What a report says about network and cube, as `scored` gives it.
    seed : int
    baselines : sequence of str, optional
        Classical searches that are judged beside the network; by default the first of the domain.

    Returns
    -------
    dict
        As ``report.json``.

    Raises
    ------
    DataError
        If the cube does not say what class each point has.
    """
    task, domain, notes = TASKS.load(context["task"]), DOMAINS.load(context["domain"]), context["notes"]
    with open_cube(cube_path) as cube:
        if not (predictions.labels >= 0).any():
            raise DataError(f"{cube_path}: nobody knows what is in its light curves, so nothing can be "
                            "judged. Make the cube with --labels TABLE of ephemerides.")
        subset, kinds = predictions.subset, network.classes[1:]
        if "validation" not in subset or "test" not in subset:
            subset = _halves(predictions.columns, len(predictions), seed)
            notes.append("The stars were dealt to two halves: thresholds of classical searches were chosen "
                         "on one, and every rate is of the other.")
        empty = predictions.labels == 0
        findings = look_for_events(cube, rows, subset, predictions.logits, task, domain,
                                   search=network.events, baselines=baselines)
        report = {
            "schema_version": 1, "task": task.name, "threshold": network.threshold,
            "search": network.events.to_dict(), "otrain_version": __version__,
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "cube": {"name": Path(context["cube"]["path"]).name, "identity": context["cube"]["identity"],
                     "examples": context["cube"]["examples"]},
            "seeds": context["seeds"] | {"diagnostics": seed}, "judged": "test",
            **{key: context[key] for key in ("name", "model_id", "classes", "cube_counts", "history",
                                             "versions", "notes", "channels")},
        }
        report |= judge_maps(findings, subset, empty, kinds, predictions.columns, network.events, seed=seed)
        report |= rates_in_short(report, kinds)
        report["counts"] = counts_of(predictions.labels, subset, cube.classes)
        write_event_tables(folder, findings, subset, empty, kinds, network.events, predictions.columns)
        galleries = event_galleries(cube, rows, predictions.logits, findings, subset, empty, network.events,
                                    kinds[0], task, threshold=network.events.kinds[kinds[0]].threshold)
    write_event_report(folder.report_html, report, galleries)
    write_text(folder.report_json, json.dumps(report, indent=1, allow_nan=False) + "\n")
    return report


def _halves(columns, count, seed):
    """Deal stars to two halves, the same for the same seed."""
    stars = np.asarray(columns.get("object_id", np.arange(count)), str)
    names, star = np.unique(stars, return_inverse=True)
    first = np.zeros(len(names), bool)
    first[np.random.default_rng(seed).permutation(len(names))[:len(names) // 2]] = True
    return np.where(first[star], "validation", "test")
