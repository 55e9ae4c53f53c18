"""A data cube and a trained network to heat maps of what the network looks at, and their test."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.catalogue import EXPLAINERS
from otrain.data.atomic import atomic_folder, locked, require_absent
from otrain.data.heat_maps import OUTCOMES, HeatMapDirectory, write_heat_maps
from otrain.data.run_directory import RunDirectory
from otrain.errors import DataError, IntegrityError, UsageError
from otrain.workflows._cubes import require_cube
from otrain.workflows._progress import progress
from otrain.workflows._scored import scored
from otrain.workflows._tensorflow import start_tensorflow

__all__ = ["Explanation", "grad_cam"]

TESTED = 40  # candidates of each called class on which the maps are tested
SAME_LOGIT = 1e-2  # between the stored logits and those of the Keras network, relative above 1


@dataclass(frozen=True)
class Explanation:
    """What was written.

    Parameters
    ----------
    path : Path
        The folder ``grad_cam``.
    counts : dict of str to int
        Number of overlays of each outcome.
    words : tuple of str
        What the test of the maps found.
    notes : tuple of str
        What a person must know before using them.
    """

    path: Path
    counts: dict
    words: tuple
    notes: tuple


def grad_cam(cube, model_path, *, cam_path=".", n_random=30, threshold=0.5, method="grad-cam", layer=None,
             seed=0, overwrite=False):
    """Draw what a network looks at, for all misclassified and some well-classified candidates.

    Of a network that finds events in light curves: for some found, missed and false events.

    Parameters
    ----------
    cube : path-like
        A data cube of any store.
    model_path : path-like
        Run directory, or a ``.keras`` or ``.h5`` file.
    cam_path : path-like
        ``grad_cam/`` is written into it.
    n_random : int
        Well-classified candidates of each class, or events of each outcome, drawn by `seed`.
    threshold : float
        Score from which a candidate is called real, or an event is announced.
    method : str
        Name in the catalogue of explainers.
    layer : str, optional
        Of the maps; by default where the last convolution ends.
    seed : int
    overwrite : bool
        Replace an older folder, once the new one is complete.

    Returns
    -------
    Explanation

    Raises
    ------
    OutputError
        If the folder exists and `overwrite` is false.
    UsageError
        If there is no such method or layer, or the network tells more than two classes apart.
    DataError
        If the cube does not fit the network or no candidate has a label, or there is no Keras file.
    IntegrityError
        If the network is refused, or is not the one that gave the scores.
    """
    target = HeatMapDirectory.below(cam_path)
    _check(n_random, threshold, method)
    require_absent(target.path, overwrite=overwrite, folder=True, marker=target.explanation_json.name)
    file = _network_file(model_path)
    require_cube(cube)
    start_tensorflow()  # what can be refused without it is refused by now
    from otrain.explain.network import CutNetwork
    from otrain.models.load import load_network

    model = load_network(file)
    if len(model.outputs[0].shape) == 3:
        from otrain.workflows._event_explanation import explain_events

        with locked(target.path):
            content, notes = explain_events(
                target, model, cube, model_path, n_random=n_random, threshold=threshold, layer=layer,
                how={"method": method, "seed": seed}, overwrite=overwrite, store=cam_path)
        return Explanation(target.path, content["counts"], tuple(content["words"]), tuple(notes))
    network = CutNetwork(model, layer)
    with locked(target.path):
        predictions, read_images, context = scored(cube, model_path, store=cam_path)
        if predictions.scores.ndim != 1:
            raise UsageError(f"heat maps are sorted by outcome, which needs two classes. Received: "
                             f"{', '.join(context['classes'])}.")
        rows = _rows(predictions, threshold, n_random, seed)
        towards = (predictions.scores >= threshold).astype(int)
        tested = _spread(np.concatenate(list(rows.values())), towards, seed)
        _check_same_network(network, read_images(tested), predictions.logits[tested])
        with atomic_folder(target.path, overwrite=overwrite, marker=target.explanation_json.name) as folder:
            building = HeatMapDirectory(folder)
            how = {"method": method, "seed": seed}
            _write_maps(building, network, predictions, read_images, rows, towards, context, how)
            content = _test(building, network, read_images(tested), towards[tested], context["classes"], how)
            counts = {outcome: len(some) for outcome, some in rows.items()}
            content |= {"counts": counts, "threshold": threshold, "layer": network.layer,
                        "map_shape": network.map_shape, "n_random": n_random, "otrain_version": __version__}
            content |= {key: context[key] for key in ("name", "model_id", "cube", "notes")}
            text = json.dumps({"schema_version": 1, **how, **content}, indent=1, allow_nan=False)
            building.explanation_json.write_text(text + "\n", encoding="utf-8")
    return Explanation(target.path, counts, tuple(content["words"]), tuple(context["notes"]))


def _check(n_random, threshold, method):
    if not 0 < threshold < 1:
        raise UsageError(f"--threshold must lie between 0 and 1. Received: {threshold}")
    if n_random < 0:
        raise UsageError(f"--n_random must not be negative. Received: {n_random}")
    EXPLAINERS.require(method)


def _network_file(model_path):
    """Return the Keras file of a network: gradients cannot be had from a bundle."""
    path = Path(model_path)
    if path.is_file() and path.suffix in (".keras", ".h5", ".hdf5"):
        return path
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder. Give a run directory of otrain-train, or "
                        "a .keras or .h5 file.")
    file = RunDirectory.find(path).model_keras
    if not file.is_file():
        raise DataError(f"{file}: the network itself is needed for heat maps, a bundle does not suffice. "
                        "Give the .keras or .h5 file.")
    return file


def _rows(predictions, threshold, n_random, seed):
    """Return the rows of each outcome: all that are misclassified, `n_random` of the others."""
    from otrain.plots.outcomes import outcome_rows

    rows = outcome_rows(predictions.labels, predictions.scores, threshold)
    if not any(map(len, rows.values())):
        raise DataError("no candidate of the cube has a label, so none is known to be well or misclassified. "
                        "Give labels to otrain-convert.")
    for outcome in ("TP", "TN"):
        if len(rows[outcome]) > n_random:
            chosen = np.random.default_rng(seed).choice(rows[outcome], n_random, replace=False)
            rows[outcome] = np.sort(chosen)
    return {outcome: rows[outcome] for outcome in OUTCOMES}


def _spread(rows, towards, seed):
    """Return at most `TESTED` rows of each called class."""
    rng, parts = np.random.default_rng(seed), []
    for index in (0, 1):
        of_class = rows[towards[rows] == index]
        parts.append(rng.choice(of_class, min(TESTED, len(of_class)), replace=False))
    return np.sort(np.concatenate(parts))


def _check_same_network(network, images, logits):
    """Compare the stored scores with those of the network whose maps are drawn."""
    if images.shape[1:] != network.image_shape:
        raise DataError(f"the network takes cutouts of shape {network.image_shape}. Received: "
                        f"{images.shape[1:]}.")
    found = np.concatenate([network.logits(network.inputs(images[i:i + network.batch]))
                            for i in range(0, len(images), network.batch)])
    difference = np.abs(found - logits) / np.maximum(1, np.abs(logits))
    if not (difference < SAME_LOGIT).all():
        raise IntegrityError("the Keras file and the bundle beside it are not the same network: their logits "
                             f"differ by {np.max(difference):.2g}. Train again, or move the file elsewhere.")


def _write_maps(folder, network, predictions, read_images, rows, towards, context, how):
    """Write the overlays and the file of maps, a batch at a time."""
    from otrain.explain.explain import explain
    from otrain.explain.network import BATCH
    from otrain.plots.heat_maps import write_overlays

    channels, classes = context["channels"], context["classes"]
    every = np.concatenate(list(rows.values()))
    under = channels.index("difference") if "difference" in channels else len(channels) - 1
    for outcome in OUTCOMES:
        folder.images(outcome).mkdir()

    def batches():
        with progress("explaining") as on_progress:
            done = 0
            for outcome, some in rows.items():
                for start in range(0, len(some), BATCH):
                    batch = some[start:start + BATCH]
                    images = read_images(batch)
                    maps = explain(network, images, towards[batch], **how)
                    titles = [_title(predictions, row, classes[towards[row]]) for row in batch]
                    write_overlays(folder.images(outcome), images, maps, titles, channel=under, start=start)
                    done += len(batch)
                    on_progress(done, len(every))
                    yield maps

    columns = {"row": read_images.rows[every], "score": predictions.scores[every],
               "label": predictions.labels[every], "towards": towards[every],
               "outcome": np.repeat(list(rows), [len(some) for some in rows.values()])}
    columns |= {name: predictions.columns[name][every] for name in ("candid", "file")
                if name in predictions.columns}
    write_heat_maps(folder.maps_npz, batches(), (len(every), *network.image_shape[:2]), columns)


def _title(predictions, row, called):
    from otrain.plots.outcomes import candidate_title

    return candidate_title(predictions.columns, predictions.scores, row) + f"   heat for {called}"


def _test(folder, network, images, towards, classes, how):
    """Test the maps on some of the candidates, draw the outcome and return it."""
    from otrain.explain.explain import explain
    from otrain.explain.faithfulness import removal_curves, shuffled_maps_correlation
    from otrain.explain.summary import summarise
    from otrain.plots.faithfulness import faithfulness
    from otrain.plots.style import save_figure

    maps = explain(network, images, towards, **how)
    curves = removal_curves(network, images, maps, towards, seed=how["seed"])
    correlation = shuffled_maps_correlation(network, images, maps, towards, **how)
    deletion, insertion = (
        {name: {order: values[towards == index].mean(axis=0) for order, values in orders.items()}
         for index, name in enumerate(classes) if (towards == index).any()}
        for orders in (curves.deletion, curves.insertion))
    save_figure(folder.explanation_png, faithfulness(curves.fractions, deletion, insertion, correlation))
    return summarise(curves, correlation, towards, classes, seed=how["seed"])
