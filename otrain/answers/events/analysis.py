"""The figures and tables by which Panopticon judges a run, from its stored files alone."""

import json
from pathlib import Path

import numpy as np

from otrain.answers.events.maps import class_maps
from otrain.answers.events.page import event_figures
from otrain.data.cubes.datacube import open_cube
from otrain.data.files.atomic import atomic_file
from otrain.data.files.merged import merged_folder
from otrain.data.results.predictions import Predictions
from otrain.data.tables.csv_table import write_csv
from otrain.plots.confusion import confusion_matrix
from otrain.plots.curves import metric_curve
from otrain.plots.point_curves import threshold_curves
from otrain.plots.style import png_bytes
from otrain.tasks.segmentation import TASK

__all__ = ["THRESHOLDS", "analyse_run"]

THRESHOLDS = np.arange(0.05, 0.99, 0.05).round(2)  # those of Panopticon
ANALYSIS = "analysis"
NETWORK = "network"


def analyse_run(run):
    """Write ``analysis/`` of a run directory: figures as PNG and PDF, ``summary.csv`` and ``rec_far.csv``.

    Parameters
    ----------
    run : RunDirectory

    Returns
    -------
    folder : Path
    summary : dict
        The row of ``summary.csv``.
    """
    report = json.loads(run.report_json.read_text(encoding="utf-8"))
    kind = next(iter(report["events"]))
    points, best = _points(run)
    folder = run.path / ANALYSIS
    figures = event_figures(report, {})
    figures |= {"iou": metric_curve(report.get("history") or {}, "iou", "IoU of points"),
                "thresholds": threshold_curves(points, best["threshold"]),
                "confusion": confusion_matrix([[best["tn"], best["fp"]], [best["fn"], best["tp"]]],
                                              ("continuum", kind))}
    summary = _summary(run, report, kind, best)
    with merged_folder(folder) as temporary:
        for name, figure in figures.items():
            (temporary / f"{name}.png").write_bytes(png_bytes(figure))
            figure.savefig(temporary / f"{name}.pdf", metadata={"CreationDate": None})
        _write_csv(temporary / "summary.csv", [summary])
        _write_csv(temporary / "rec_far.csv", _curve_rows(report["events"][kind]))
        _write_csv(temporary / "thresholds.csv", points)
    return folder, summary


def _points(run):
    """Return counts and rates of points at each threshold on validation, and the row of the best IoU."""
    predictions = Predictions.load(run.predictions).of_subset("validation")
    positive, total = np.zeros((len(THRESHOLDS), 2)), np.zeros(2)
    with open_cube(run.validation_cube) as cube:
        answer, start = TASK.answer_channel(cube), 0
        for batch in cube.batches(size=32):
            classes, flux = batch[..., answer], batch[..., 0]
            known = np.isfinite(classes) & np.isfinite(flux)
            probability = class_maps(predictions.logits[start:start + len(batch)], 1)[0]
            truth = classes == 1
            start += len(batch)
            total += [np.sum(known & ~truth), np.sum(known & truth)]
            for place, threshold in enumerate(THRESHOLDS):
                above = known & (probability >= threshold)
                positive[place] += [np.sum(above & ~truth), np.sum(above & truth)]
    rows = [_rates(threshold, fp, tp, *total)
            for threshold, (fp, tp) in zip(THRESHOLDS, positive, strict=True)]
    return rows, max(rows, key=lambda row: row["iou"])


def _rates(threshold, fp, tp, others, members):
    fn, tn = members - tp, others - fp
    return {"threshold": float(threshold), "tp": int(tp), "fp": int(fp), "fn": int(fn), "tn": int(tn),
            "accuracy": _share(tp + tn, others + members), "precision": _share(tp, tp + fp),
            "recall": _share(tp, members), "f1": _share(2 * tp, 2 * tp + fp + fn),
            "iou": _share(tp, tp + fp + fn)}


def _share(part, whole):
    return float(part / whole) if whole else 0.0


def _summary(run, report, kind, best):
    """Return one row that says how good a run is."""
    judged, history = report["events"][kind][NETWORK], report.get("history") or {}
    row = {"run": Path(run.path).name, "model_id": report["model_id"], "epochs": len(history.get("loss", ())),
           "least_val_loss": min(history["val_loss"]) if history.get("val_loss") else None,
           "best_point_threshold": best["threshold"]}
    row |= {f"point_{name}": best[name] for name in ("accuracy", "precision", "recall", "f1", "iou")}
    row |= {"events": judged["recall"]["events"], "recall": judged["recall"]["value"],
            "recall_low": judged["recall"]["low"], "recall_high": judged["recall"]["high"],
            "far": judged["fdr"]["value"], "false_alarms_per_quarter": judged["false_alarms"]["value"]}
    return row | {f"recall_at_far_{item['limit']:g}": item["recall"]["value"] for item in judged["at_fdr"]}


def _curve_rows(searches):
    """Return recall against FAR = FP / (TP + FP), and against false alarms per quarter, search by search."""
    return [{"search": name, "threshold": threshold, "recall": recall, "far": far, "false_alarms": alarms}
            for name, judged in searches.items()
            for threshold, recall, far, alarms in zip(*(judged["curve"][key] for key in (
                "threshold", "recall", "fdr", "false_alarms")), strict=True)]


def _write_csv(path, rows):
    with atomic_file(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        write_csv(file, list(rows[0]) if rows else ["run"], (row.values() for row in rows))
