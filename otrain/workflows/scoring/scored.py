"""The scores of a data cube by a trained network: those that are stored, else predicted once.

A run directory holds the scores of its validation and test subset. Any other cube
is scored through the bundle the first time, and kept under ``predictions/`` of the
run directory, or of the output folder, by what is in the cube and what gave the scores.
"""

import csv
import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from otrain.answers.answer import Replies
from otrain.bundle.bundle import Bundle
from otrain.bundle.parity import parity_of
from otrain.catalogue import ANSWERS, DOMAINS
from otrain.data.inputs.quarantine import Tally
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import DataError, IntegrityError, OutputError
from otrain.workflows.progress import progress
from otrain.workflows.reading.verified_cube import open_verified
from otrain.workflows.scoring.network import open_network
from otrain.workflows.scoring.windows import cube_windows, network_channels

__all__ = ["scored"]

PROBES = 64  # examples scored again to see that a cube without an identity is the one that was scored
SAME_LOGIT = 1e-3  # the scores were Keras's, the probes are ONNX Runtime's, perhaps after mixed precision
EVERYTHING = "test"  # name of the subset of a cube that had no part in the training


@contextmanager
def scored(cube_path, model_path, *, store=None):
    """Give the replies of a network about a cube, and what a report says about both.

    Parameters
    ----------
    cube_path : path-like
        A data cube of any store. Of the cube that the network was trained on only the
        validation and the test subset are given.
    model_path : path-like
        Run directory, bundle, ``.keras`` or ``.h5``; Keras is loaded only for a file
        without a bundle.
    store : path-like, optional
        Output folder that keeps the scores where there is no run directory to keep them.

    Yields
    ------
    replies : Replies
        Rows without a known class have the label -1. `subset` says ``validation`` or
        ``test``, the latter also where the cube had no part in the training. The cube is open
        until the block is left.
    network : Network
    facts : dict
        What a report says that does not depend on the replies (``name model_id cube_counts history
        versions seeds notes judged cube channels`` ...), and ``ranges`` (of the columns in training),
        ``threshold_rows`` (those of the bundle) and ``stored`` (whether nothing was predicted).

    Raises
    ------
    DataError
        If the cube has another shape, other channels or classes than the network, or no
        row with a finite pixel.
    IntegrityError
        If the network is damaged, or gives a score that is not finite.
    """
    network = open_network(model_path)
    run = _run_of(network)
    with open_verified(cube_path) as cube:
        notes = list(_note(network))
        channels = _checked_channels(cube, network)
        training = _of_run(run, network)
        found = None
        if training is not None:
            found = (_of_training_cube(training, run, cube, notes)
                     or _of_validation_cube(training, cube, network, channels))
        found = found or _kept(cube, network, run, store)
        stored = found is not None
        predictions, rows = found or _predict_and_keep(cube, network, run, store)
        notes += _unscored(cube, predictions, rows)
        yield (Replies(cube, rows, channels, predictions), network,
               _facts(network, run, cube, predictions, notes, stored))


def _run_of(network):
    """Return the run directory that a bundle lies in, or None."""
    if not isinstance(network, Bundle):
        return None
    run = RunDirectory(network.path.absolute().parent)
    return run if run.run_json.is_file() and run.bundle.name == network.path.name else None


def _note(network):
    note = getattr(network, "note", "")
    return (note,) if note else ()


def _checked_channels(cube, network):
    """Return the indices of the network's channels; refuse a cube of other classes."""
    if len(cube.classes) != len(network.classes):
        raise DataError(f"{cube.path}: the cube has the classes {', '.join(cube.classes)}, the network tells "
                        f"{', '.join(network.classes)} apart. Give the cube of that network.")
    return network_channels(cube, network)


def _of_run(run, network):
    """Return the predictions of the training, with the scores of today's calibration; None without."""
    if run is None or not run.predictions.is_dir():
        return None
    asked = json.loads(run.run_json.read_text(encoding="utf-8"))
    if asked.get("model_id") != network.identity:
        return None  # the bundle was replaced
    predictions = Predictions.load(run.predictions)
    if predictions.meta.get("calibration") not in (network.calibration_id, network.calibration.to_dict()):
        predictions.scores = _scores(network, predictions.logits)
    return predictions


def _of_training_cube(predictions, run, cube, notes):
    """Return the stored scores and their rows, if the network was trained on this cube."""
    if predictions.meta.get("cube") != cube.identity:
        return None
    rows = {"validation": [], "test": []}
    with open(run.split_csv, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        row, subset = map(next(lines).index, ("row", "subset"))
        for line in lines:
            if line[subset] in rows:
                rows[line[subset]].append(int(line[row]))
    rows = np.array(rows["validation"] + rows["test"], int)
    if len(rows) != len(predictions):
        raise IntegrityError(f"{run.split_csv}: names {len(rows)} examples of validation and test, but "
                             f"{len(predictions)} scores are stored. Run otrain-train again.")
    notes.append(f"The network was trained on this cube: {len(cube) - len(rows)} of its {len(cube)} examples "
                 "were training examples, or without a class, and are left out.")
    return predictions, rows


def _of_validation_cube(predictions, cube, network, channels):
    """Return the stored scores if the cube is the validation cube that otrain-train wrote."""
    predictions = predictions.of_subset("validation")
    if not _same_table(predictions, cube):
        return None
    # That cube carries no hashes, as O'TRAIN's did not: a few pixels tell whether it was changed.
    rows = np.unique(np.linspace(0, len(cube) - 1, min(len(cube), PROBES)).astype(int))
    logits = network.logits(np.ascontiguousarray(cube.read(rows)[..., channels]))
    if parity_of(predictions.logits[rows], logits, predictions.meta.get("encoding")).logit > SAME_LOGIT:
        return None
    return predictions, np.arange(len(cube))


def _same_table(predictions, cube):
    """Tell whether labels and all columns are those of the predictions, row by row."""
    if len(predictions) != len(cube) or not len(cube) or not np.array_equal(predictions.labels, cube.labels):
        return False
    if predictions.columns.keys() != cube.columns.keys():
        return False
    return all(np.array_equal(values, cube.columns[name], equal_nan=values.dtype.kind == "f")
               for name, values in predictions.columns.items())


def _unscored(cube, predictions, rows):
    """Say how many examples of a cube that had no part in the training have no score."""
    if len(rows) == len(cube) or (predictions.subset != EVERYTHING).any():
        return []
    return [f"{len(cube) - len(rows)} of {len(cube)} examples have no finite pixel, and so no score."]


def _key(cube, network):
    """Return the name under which scores are kept: the content of the cube and what gave the scores."""
    text = "\n".join((cube.identity, network.identity, network.calibration_id))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _places(cube, network, run, store):
    """Return the folders that may hold the scores, the best first."""
    homes = [run] if run is not None else []
    homes += [RunDirectory(Path(store))] if store is not None else []
    return [home.scored(_key(cube, network)) for home in homes]


def _kept(cube, network, run, store):
    """Return the scores that an earlier command kept, and their rows."""
    for folder in _places(cube, network, run, store):
        if folder.is_dir():
            predictions = Predictions.load(folder)
            rows = predictions.columns.pop("row").astype(int)
            return predictions, rows
    return None


def _predict_and_keep(cube, network, run, store):
    """Score every row with a finite pixel, once, and keep the scores where that is possible."""
    predictions, rows = _predict(cube, network)
    kept = Predictions(predictions.columns | {"row": rows}, predictions.labels, predictions.logits,
                       predictions.scores, predictions.subset, predictions.meta)
    for folder in _places(cube, network, run, store):
        try:
            kept.save(folder, overwrite=True)
            break
        except OutputError:  # a run directory that somebody else owns
            continue
    return predictions, rows


def _predict(cube, network):
    domain = DOMAINS.load(network.domain)
    logits, rows = [], []
    with progress("scoring") as on_progress:
        for images, columns in cube_windows(cube, domain, network, Tally(), [], on_progress):
            logits.append(network.logits(images))
            rows.append(columns["position"])
    if not rows:
        raise DataError(f"{cube.path}: no example has a finite pixel.")
    logits, rows = np.concatenate(logits), np.concatenate(rows)
    if not np.isfinite(logits).all():
        raise IntegrityError(f"the network {network.name!r} gives scores that are not finite. "
                             "Train it again, or export it with otrain.")
    predictions = Predictions(
        cube.columns_of(rows), cube.labels[rows], logits,
        _scores(network, logits), np.full(len(rows), _subset(cube)),
        {"classes": list(cube.classes), "cube": cube.identity, "calibration": network.calibration_id,
         "model_id": network.identity, "calibration_id": network.calibration_id})
    return predictions, rows


def _scores(network, raw):
    """Return what is stored beside raw replies."""
    return ANSWERS.load(network.answer).scores(raw, network.settings)


def _subset(cube):
    """Return the subset that a cube stands for: otrain-train marks its validation cubes."""
    return "validation" if cube.meta.get("source") == "validation subset" else EVERYTHING


def _facts(network, run, cube, predictions, notes, stored):
    """Return what a report says about network and cube."""
    subsets = set(np.unique(predictions.subset).tolist())
    judged = EVERYTHING if EVERYTHING in subsets or not subsets else "validation"
    if judged == "validation":
        notes.append("These are the validation examples: they guided the training, the calibration and the "
                     "thresholds, so their rates are too good. Judge on a cube that had no part in it.")
    manifest = network.manifest if isinstance(network, Bundle) else {}
    return {
        "name": run.name if run is not None else network.name, "model_id": network.identity,
        "classes": list(network.classes), "domain": network.domain, "task": cube.meta["task"],
        "channels": list(network.channels), "threshold_rows": list(network.thresholds),
        "cube": {"name": Path(cube.path).name, "identity": cube.identity, "examples": len(cube)},
        "cube_counts": cube.meta.get("counts") or {}, "history": _of_training(run, "history"),
        "versions": manifest.get("versions") or {}, "seeds": _of_training(run, "seeds"),
        "ranges": _of_training(run, "column_ranges"), "notes": notes, "judged": judged, "stored": stored,
    }


def _of_training(run, key):
    """Return what the report of the training says, or nothing."""
    if run is None or not run.report_json.is_file():
        return {}
    return json.loads(run.report_json.read_text(encoding="utf-8")).get(key) or {}
