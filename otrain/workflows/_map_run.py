"""What otrain-train does with a network that answers with maps: search, calibrate, judge, write."""

import json

import numpy as np

from otrain.bundle.export import export_bundle
from otrain.data.atomic import write_text
from otrain.data.predictions import Predictions
from otrain.data.scores import Calibration
from otrain.plots.curves import loss_curve
from otrain.plots.style import save_figure
from otrain.web.event_report import write_event_report
from otrain.workflows._event_galleries import event_galleries
from otrain.workflows._event_tables import counts_of, rates_in_short, write_event_tables
from otrain.workflows._fitting import logits_of
from otrain.workflows._map_judgement import NETWORK, fit_search, judge_maps, look_for_events
from otrain.workflows._run_files import write_validation_cube

__all__ = ["judge_map_run"]

FEWEST = 30  # true events of the test subset; below, an interval says little
GOLDEN = 8  # examples; one of a series is a thousand times longer than a cutout is wide


def judge_map_run(run, network, cube, split, task, domain, *, channels, threshold, calibration, facts):
    """Search the maps of validation and test, judge them, and write the run directory but ``run.json``.

    Parameters
    ----------
    run : RunDirectory
    network : keras.Model
    cube : DataCube
    split : Split
    task : SegmentationTask
    domain : Domain
    channels : list of int
    threshold : float
        Probability from which an event is announced where validation cannot tell.
    calibration : str
    facts : dict
        What a report says besides scores.

    Returns
    -------
    dict
        As ``report.json``.
    """
    rows = np.concatenate([split.validation, split.test])
    subset = np.repeat(["validation", "test"], [len(split.validation), len(split.test)])
    kinds = cube.classes[1:]
    logits = logits_of(network, cube, rows, task, channels=channels)
    findings = look_for_events(cube, rows, subset, logits, task, domain)
    empty = cube.labels[rows] == 0
    search = fit_search(findings, subset, empty, kinds, calibration)
    columns = cube.columns_of(rows)
    report = facts | {"schema_version": 1, "task": task.name, "classes": list(cube.classes),
                      "threshold": threshold, "search": search.to_dict()}
    report |= judge_maps(findings, subset, empty, kinds, columns, search, seed=facts["seeds"]["seed"])
    report |= rates_in_short(report, kinds)
    report["counts"] = ({"training": report.pop("trained_on")}
                        | counts_of(cube.labels[rows], subset, cube.classes))
    report["notes"] = _notes(report, search)
    predictions = Predictions(
        columns=columns, labels=cube.labels[rows], logits=logits, subset=subset,
        scores=_best(findings.events[NETWORK, kinds[0]], search, kinds[0], len(rows)),
        meta={"classes": list(cube.classes), "cube": cube.identity, "calibration": Calibration().to_dict()})
    bundle = export_bundle(
        network, run.bundle, cube_meta=_meta_for(cube, channels), name=run.name, events=search,
        golden_images=cube.read(rows[_spread(len(rows), GOLDEN)])[..., channels], threshold=threshold,
        facts={"counts": report["counts"], "metrics": report["metrics"].get("test", {}),
               "architecture": network.name, "seed": facts["seeds"]["seed"], "notes": report["notes"]},
        seen=facts.get("column_ranges"), versions=facts["versions"])
    report["model_id"] = bundle.identity
    predictions.save(run.predictions)
    write_validation_cube(run, cube, split.validation, channels=range(cube.shape[-1]))
    write_event_tables(run, findings, subset, empty, kinds, search, columns)
    save_figure(run.loss_png, loss_curve(report["history"]))
    run.plots.mkdir(exist_ok=True)
    galleries = event_galleries(cube, rows, logits, findings, subset, empty, search, kinds[0], task,
                                threshold=search.kinds[kinds[0]].threshold)
    write_event_report(run.report_html, report, galleries, plots=run.plots)
    write_text(run.report_json, json.dumps(report, indent=1, allow_nan=False) + "\n")
    return report


def _meta_for(cube, channels):
    """Return the meta of the cube as its network needs it: the channels that it gets."""
    return cube.meta | {"channels": [cube.channels[c] for c in channels]}


def _spread(count, most):
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _best(events, search, kind, count):
    """Return the probability of the surest event of each example; 0 where there is none."""
    best = np.zeros(count)
    probability = search.kinds[kind].calibration.apply(events[search.statistic])
    np.maximum.at(best, events["row"], probability)
    return best


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
