"""droulette's batch TOML: one training for each combination of networks and hyperparameters."""

import os

from otrain.domains.grid import GridRun, combinations
from otrain.domains.lenses.configs.keys import STEPS, value_of
from otrain.domains.lenses.configs.merged import Place, merge_files, place_of, plain_path
from otrain.errors import UsageError

__all__ = ["translate"]

DIRBASE = "experiment%%"
PLACES = (("dataset", "directory"), ("output", "directory"),
          *(("dataset", step, "filename") for step in STEPS))


def translate(tables, path):
    """Return the runs that a batch TOML stands for, the networks outermost.

    Parameters
    ----------
    tables : dict
    path : str or None

    Returns
    -------
    values : dict
        ``dirbase``, a flag of otrain-batch, and ``runs``: a list of `GridRun`, whose tables are those of a
        training TOML.
    notes : list of str

    Raises
    ------
    UsageError
        If a key is unknown, missing or of another kind.
    """
    merged = merge_files(tables, path)
    notes, where = list(merged.notes), f"{merged.path}: [settings]"
    settings = {key: value for key, value in merged.table("settings").items() if key == "device"}
    models = _models(merged.table("settings"), where, notes)
    hyper = dict(merged.table("hyperparameters"))
    array = hyper.pop("array", {})
    grid = combinations(array, f"{merged.path}: [hyperparameters.array]")
    notes += [f"hyperparameters.{key} = {hyper[key]!r}: the values of [hyperparameters.array] take its place."
              for key in array if key in hyper]
    dataset, folder = _dataset(merged)
    named = place_of(merged.table("output"), "dirbase", f"{merged.path}: [output]") \
        if "dirbase" in merged.table("output") else Place(DIRBASE, os.path.dirname(path or ""))
    common = {"training": merged.table("training"), "dataset": dataset}
    runs = [GridRun({"settings": settings | ({} if model is None else {"model": model}),
                     "hyperparameters": hyper | values, **common},
                    ({} if model is None else {"model": model}) | values,
                    output=("output", "directory"), name=(), places=PLACES)
            for model in models for values in grid]
    return {"dirbase": plain_path(merged.beside(folder, named)), "runs": runs}, notes


def _models(settings, where, notes):
    """Return the names of the networks; None for the usual one."""
    models, model = value_of(settings, "models", list, where), value_of(settings, "model", str, where)
    if models is None:
        return [model]
    if not models or not all(isinstance(name, str) for name in models):
        raise UsageError(f"{where}: models must be a list of names of networks. Received: {models!r}.")
    if model is not None:
        notes.append(f"settings.model = {model!r}: settings.models takes its place.")
    return models


def _dataset(merged):
    """Return the table of images and tables, with paths from the current folder, and its folder of images."""
    table = merged.table("dataset")
    folder = place_of(table, "directory", f"{merged.path}: [dataset]")
    dataset = {"directory": plain_path(folder.find())}
    for step in STEPS:
        where = f"{merged.path}: [dataset.{step}]"
        entry = value_of(table, step, dict, f"{merged.path}: [dataset]", {})
        dataset[step] = {"filename": plain_path(place_of(entry, "filename", where).find())}
        if "predictionfile" in entry:
            dataset[step]["predictionfile"] = value_of(entry, "predictionfile", str, where)
    return dataset, folder
