"""A data cube and a trained network to heat maps of what the network looks at, and their test."""

import json
from dataclasses import dataclass
from pathlib import Path

from otrain import __version__
from otrain.catalogue import ANSWERS, DOMAINS, EXPLAINERS, TASKS
from otrain.data.files.atomic import atomic_folder, locked, require_absent
from otrain.data.results.heat_maps import HeatMapDirectory
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import DataError, UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress
from otrain.workflows.reading.verified_cube import require_cube
from otrain.workflows.scoring.scored import scored
from otrain.workflows.training.tensorflow import start_tensorflow

__all__ = ["Explanation", "grad_cam"]


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
    exit_code: int = 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-grad-cam", self, {
            "folder": str(self.path), "counts": self.counts, "words": list(self.words)})


def grad_cam(cube, model, *, out=".", n_random=30, threshold=0.5, method="grad-cam", layer=None,
             towards=None, seed=0, overwrite=False) -> Explanation:
    """Draw what a network looks at, for all misclassified and some well-classified candidates.

    Of a network that finds events in light curves: for some found, missed and false events.

    Parameters
    ----------
    cube : path-like
        A data cube of any store.
    model : path-like
        Run directory, or a ``.keras`` or ``.h5`` file.
    out : path-like
        ``grad_cam/`` is written into it.
    n_random : int
        Well-classified candidates of each class, or events of each outcome, drawn by `seed`.
    threshold : float
        Score from which a candidate is called real, or an event is announced.
    method : str
        Name in the catalogue of explainers.
    layer : str, optional
        Of the maps; by default where the last convolution ends.
    towards : str, optional
        Class towards which the heat is computed; its outcomes are told against all other classes. By
        default the heat is for the class that was called, and outcomes are those of the second class.
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
        If there is no such method, layer or class.
    DataError
        If the cube does not fit the network or no candidate has a label, or there is no Keras file.
    IntegrityError
        If the network is refused, or is not the one that gave the scores.
    """
    target = HeatMapDirectory.below(out)
    _check(n_random, threshold, method)
    require_absent(target.path, overwrite=overwrite, folder=True, marker=target.explanation_json.name)
    file = _network_file(model)
    require_cube(cube)
    with (locked(target.path, overwrite=overwrite),
          scored(cube, model, store=out) as (replies, network, facts)):
        start_tensorflow()  # what can be refused without it is refused by now
        from otrain.models.load import load_network

        keras_model = load_network(file)
        answer = ANSWERS.load(network.answer)
        domain, task = DOMAINS.load(facts["domain"]), TASKS.load(facts["task"])
        with (atomic_folder(target.path, overwrite=overwrite, marker=target.explanation_json.name) as folder,
              progress("explaining") as on_progress):
            building = HeatMapDirectory(folder)
            explained = answer.explain(
                building, keras_model, replies, network.settings, domain, task, facts, count=n_random,
                threshold=threshold, method=method, seed=seed, layer=layer, towards=towards,
                on_progress=on_progress)
            content = {"schema_version": 1, "method": method, "seed": seed, **explained.content,
                       "n_random": n_random, "otrain_version": __version__,
                       **{key: facts[key] for key in ("name", "model_id", "cube", "notes")}}
            building.explanation_json.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n",
                                                 encoding="utf-8")
    return Explanation(target.path, content["counts"], tuple(content["words"]), tuple(facts["notes"]))


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
