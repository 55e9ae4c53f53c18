"""What otrain-train leaves behind: the files of a run directory, run.json last."""

import datetime
import json
import platform

import numpy as np

from otrain.bundle.export import export_bundle
from otrain.data import npz_store
from otrain.data.atomic import atomic_file, write_text
from otrain.data.csv_table import write_csv
from otrain.data.split import write_split
from otrain.errors import OtrainError
from otrain.explain.explain import explain
from otrain.explain.network import CutNetwork
from otrain.plots.curves import accuracy_curve, loss_curve
from otrain.plots.outcomes import write_outcome_folders
from otrain.plots.style import save_figure
from otrain.web.report import write_training_report
from otrain.workflows._result_figures import PUBLISHED, draw_results

__all__ = ["write_judgement", "write_network", "write_run_json", "write_validation_cube"]

def write_network(run, network, history, cube, split):
    """Write the network under both names, its history and the split."""
    run.path.mkdir(parents=True, exist_ok=True)
    network.save(run.model_keras)
    network.save(run.model_h5)
    with atomic_file(run.history_csv) as temporary, open(temporary, "w", newline="") as file:
        write_csv(file, ["epoch", *history],
                  ([epoch, *row] for epoch, row in enumerate(zip(*history.values(), strict=True), 1)))
    write_split(run.split_csv, cube, split)


def write_validation_cube(run, cube, rows, *, channels):
    """Write the validation subset as O'TRAIN did: labels one-hot, plural names of the columns."""
    run.validation_cube.parent.mkdir(parents=True, exist_ok=True)
    meta = {key: value for key, value in cube.meta.items() if key not in ("hashes", "tables")}
    meta |= {"channels": [cube.channels[c] for c in channels], "source": "validation subset"}
    labels = np.eye(len(cube.classes), dtype=np.float32)[cube.labels[rows]]
    columns = cube.columns_of(rows)
    images = (np.ascontiguousarray(batch[..., list(channels)]) for batch in cube.batches(rows))
    with atomic_file(run.validation_cube) as temporary:
        npz_store.write_npz(temporary, images, labels, columns, lambda: json.dumps(meta, allow_nan=False),
                            (len(rows), *cube.shape[:-1], len(channels)))


def write_judgement(run, network, predictions, report, calibration, *, cube_meta, train_prior, golden_images,
                    read_images, seed):
    """Write bundle, predictions, figures and report; return the bundle.

    Parameters
    ----------
    run : RunDirectory
    network : keras.Model
    predictions : Predictions
    report : dict
        Gets the identity of the bundle and of its calibration.
    calibration : Calibration
    cube_meta : dict
        Meta of the cube, with the channels that the network gets.
    train_prior : float
        Share of reals that the scores presuppose.
    golden_images : (N, H, W, C) ndarray
        Examples to ship with the bundle.
    read_images : callable
        ``read_images(rows) -> images`` of rows of `predictions`.
    seed : int
        Of the draw of well-classified cutouts.
    """
    facts = {"counts": report["counts"], "metrics": report["metrics"].get("test", {}),
             "architecture": network.name, "seed": seed, "notes": report["notes"]}
    bundle = export_bundle(
        network, run.bundle, cube_meta=cube_meta, golden_images=golden_images, name=run.name,
        calibration=calibration, train_prior=train_prior, threshold=report["threshold"],
        thresholds=report["threshold_table"], seen=report.get("column_ranges"), facts=facts,
        versions=report["versions"])
    report["model_id"] = bundle.identity
    predictions.save(run.predictions)
    save_figure(run.loss_png, loss_curve(report["history"]))
    save_figure(run.accuracy_png, accuracy_curve(report["history"]))
    if predictions.scores.ndim == 1:
        validation = np.asarray(predictions.subset) == "validation"
        drawn = draw_results(predictions.take(np.flatnonzero(validation)), report["threshold"],
                             classes=report["classes"])
        for name in PUBLISHED:
            if name in drawn.figures:
                save_figure(run.published_png(name), drawn.figures[name])
        write_outcome_folders(run, predictions, read_images, report["threshold"], seed=seed)
    write_text(run.report_json, json.dumps(report, indent=1, allow_nan=False) + "\n")
    run.plots.mkdir(exist_ok=True)
    write_training_report(run.report_html, report, predictions, read_images, plots=run.plots,
                          explain=_heat(network, predictions, report["threshold"], read_images))
    return bundle


def _heat(network, predictions, threshold, read_images):
    """Return what gives heat maps of some rows, for the class that was called; None where there are none."""
    cut = CutNetwork(network)
    if cut.layer is None or predictions.scores.ndim != 1:
        return None
    called = (predictions.scores >= threshold).astype(int)

    def maps(rows):
        images = read_images(rows)
        try:
            return explain(cut, images, called[rows])
        except OtrainError:  # a picture is no reason to lose a trained network; zeros draw nothing
            return np.zeros(images.shape[:-1], np.float32)

    return maps


def write_run_json(run, *, asked, recipe, cube, split, report, seconds, request):
    """Write what was asked, what was used and how long it took; its presence makes the run valid."""
    content = {
        "format": 1, "command": "otrain-train", "name": run.name, "asked": asked, "recipe": recipe,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cube": {"path": str(cube.path), "identity": cube.identity, "examples": len(cube)},
        "subsets": {"training": len(split.train), "validation": len(split.validation),
                    "test": len(split.test)},
        "seeds": report["seeds"], "model_id": report["model_id"], "versions": report["versions"],
        "platform": platform.platform(), "seconds": round(seconds, 2), "request_id": request,
    }
    write_text(run.run_json, json.dumps(content, indent=1, allow_nan=False) + "\n")
