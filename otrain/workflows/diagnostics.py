"""A network and a data cube to a judgement: metrics with intervals, a report, folders of errors."""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.catalogue import TASKS
from otrain.data.atomic import locked, merged_folder, require_absent, write_text
from otrain.data.run_directory import DiagnosticsFolder
from otrain.data.scores import Calibration
from otrain.errors import DataError, UsageError
from otrain.evaluation.column_ranges import outside_ranges
from otrain.evaluation.thresholds import judged_again, threshold_table
from otrain.workflows._cubes import require_cube
from otrain.workflows._network import open_network
from otrain.workflows._scored import scored
from otrain.workflows._stored_maps import stored_maps

__all__ = ["Diagnosis", "diagnostics"]


@dataclass(frozen=True)
class Diagnosis:
    """What diagnostics left behind.

    Parameters
    ----------
    path : Path
        The folder.
    report : dict
        As in ``report.json``.
    pictures : dict of str to int
        Number of pictures of each outcome, ``FP FN TP TN``.
    """

    path: Path
    report: dict
    pictures: dict


def diagnostics(cube, model, *, path_diagnostics, threshold=0.5, night=10_000, heat_maps=None, seed=0,
                overwrite=False, baselines=None):
    """Judge a network on a data cube.

    Parameters
    ----------
    cube : path-like
        A data cube of any store with labels; one-hot as O'TRAIN wrote them, or indices.
        Examples without a known class are left out.
    model : path-like
        Run directory, bundle, ``.keras`` or ``.h5``. Scores that are stored are used.
    path_diagnostics : path-like
        Folder that gets ``report.json``, ``report.html`` and the folders of cutouts.
    threshold : float
        Score from which an example is called real.
    night : int
        Candidates of one night, for the false alarms that the report states.
    heat_maps : path-like, optional
        ``heat_maps.npz`` of otrain-grad-cam, shown beside the worst errors.
    seed : int
        Of the intervals and of the draw of well-classified cutouts.
    overwrite : bool
        Write into a folder that exists. Our files of an earlier run go, all others stay.
    baselines : sequence of str, optional
        Light curves: classical searches to judge beside the network; by default the matched filter.

    Returns
    -------
    Diagnosis

    Raises
    ------
    OutputError
        If the folder exists and `overwrite` is false, or another process writes it.
    DataError
        If the cube does not suit the network, or no example has a known class.
    IntegrityError
        If the network is damaged or refused.
    """
    if not 0 <= threshold <= 1:
        raise UsageError(f"--threshold must lie between 0 and 1. Received: {threshold}")
    path = Path(path_diagnostics)
    require_absent(path, overwrite=overwrite)
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: is a file. Give a folder for the diagnostics.")
    require_cube(cube)
    with locked(path, overwrite=overwrite), \
            merged_folder(path, stale=DiagnosticsFolder.own_files) as building:
        predictions, read_images, context = scored(cube, model, store=path if path.exists() else building)
        if TASKS.load(context["task"]).maps:
            from otrain.workflows._map_diagnosis import diagnose_maps

            report = diagnose_maps(DiagnosticsFolder(building), cube, open_network(model), predictions,
                                   read_images.rows, context, seed=seed, baselines=baselines)
            return Diagnosis(path, report, {})
        predictions, read_images = _labelled(predictions, read_images, context, cube)
        explain = stored_maps(heat_maps, predictions.columns, len(predictions)) if heat_maps else None
        report = _report(predictions, context, threshold, night, seed)
        folder = DiagnosticsFolder(building)
        pictures = _write_pictures(folder, predictions, read_images, report, seed)
        from otrain.web.report import write_training_report

        write_training_report(folder.report_html, report, predictions, read_images, explain=explain)
        write_text(folder.report_json, json.dumps(report, indent=1, allow_nan=False) + "\n")
    return Diagnosis(path, report, pictures)


def _labelled(predictions, read_images, context, cube):
    """Leave out examples without a known class, and say so."""
    known = (predictions.labels >= 0) & (predictions.labels < len(context["classes"]))
    if known.all():
        return predictions, read_images
    if not known.any():
        raise DataError(f"{cube}: none of its {len(known)} examples has a known class, so nothing can be "
                        "judged. Make the cube from true/ and false/, or with --labels.")
    context["notes"].append(f"{int(np.sum(~known))} of {len(known)} examples have no known class and are "
                            "left out.")
    rows = np.flatnonzero(known)
    return predictions.take(rows), lambda some: read_images(rows[np.asarray(some, int)])


def _report(predictions, context, threshold, night, seed):
    """Return the judgement in numbers."""
    report = TASKS.load(context["task"]).report(
        predictions, threshold=threshold, classes=context["classes"],
        uncalibrated=Calibration().apply(predictions.logits), seed=seed, night=night)
    cube = context["cube"]
    report |= {key: context[key] for key in ("name", "model_id", "calibration", "cube_counts", "history",
                                             "versions", "judged", "notes", "channels")}
    report |= {
        "cube": {"name": Path(cube["path"]).name, "identity": cube["identity"], "examples": cube["examples"]},
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "otrain_version": __version__, "seeds": context["seeds"] | {"diagnostics": seed},
    }
    if context["column_ranges"]:
        judged = predictions.of_subset(context["judged"])
        report["column_ranges"] = outside_ranges(context["column_ranges"], judged.columns)
    if predictions.scores.ndim == 1:
        report["threshold_table"] = _thresholds(report, predictions, context, seed)
        report["notes"] += _one_class(report)
    return report


def _thresholds(report, predictions, context, seed):
    """Return the threshold table: thresholds from elsewhere, rates on the cube."""
    labels, scores = predictions.labels, predictions.scores
    if len(set(report["counts"])) > 1:
        return report["threshold_table"]  # validation chose, test judges, as in the training
    rows = context["threshold_rows"]
    if rows:
        return rows if context["judged"] == "validation" else judged_again(rows, scores, labels)
    report["notes"].append("The network has no threshold table: thresholds were chosen on one half of the "
                           "candidates, drawn at random, and judged on the other.")
    half = np.zeros(len(labels), bool)
    rng = np.random.default_rng(seed)
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(labels == label))
        half[rows[:len(rows) // 2]] = True
    return threshold_table(scores[half], labels[half], scores[~half], labels[~half])


def _one_class(report):
    """Say that half of the metrics is undefined, if it is."""
    counts = report["counts"].get(report["judged"], {})
    absent = [name for name, number in counts.items() if not number]
    return [f"There is no {name} among the examples: what compares both classes is not defined."
            for name in absent]


def _write_pictures(folder, predictions, read_images, report, seed):
    """Write the folders of cutouts; more than two classes have none."""
    if predictions.scores.ndim != 1:
        report["notes"].append("The folders of cutouts need a network of two classes.")
        return {}
    from otrain.plots.outcomes import write_outcome_folders

    return write_outcome_folders(folder, predictions, read_images, report["threshold"],
                                 subset=report["judged"], sheets=True, seed=seed)
