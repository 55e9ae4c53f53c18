"""droulette's training TOML: images, three tables, a network and its hyperparameters."""

import glob
import os

from otrain.domains.lenses.columns import AMPLITUDES
from otrain.domains.lenses.configs.keys import STEPS, value_of
from otrain.domains.lenses.configs.merged import merge_files, place_of, plain_path
from otrain.domains.lenses.configs.models import network_of
from otrain.domains.lenses.configs.problem import listed_images, write_checked
from otrain.domains.lenses.roulette_subsets import read_roulette, subset_table
from otrain.errors import DataError, UsageError

__all__ = ["prepare", "translate"]

# droulette's values where a file has none: (table, key, flag, kind, value).
DEFAULTS = (
    ("training", "num-epochs", "epochs", int, 10), ("training", "patience", "patience", int, 20),
    ("hyperparameters", "batch-size", "batch_size", int, 96),
    ("hyperparameters", "learning-rate", "learning_rate", float, 0.1),
    ("hyperparameters", "weight-decay", "weight_decay", float, 1e-4),
)
SEED = 42
ADAM = ("weight-decay is decoupled (AdamW); droulette adds it to the gradient (Adam with L2). The learning "
        "rate stays constant, as there; --scheduler cosine changes that.")
WEIGHTS = ("the network begins with random weights; droulette's with weights learnt on ImageNet. "
           "--first-weights begins with those of a file.")


def translate(tables, path):
    """Return the flags of otrain-train that a training TOML stands for.

    Parameters
    ----------
    tables : dict
    path : str or None

    Returns
    -------
    values : dict
        Those of flags, and `experiment`: what `prepare` needs.
    notes : list of str

    Raises
    ------
    UsageError
        If a key is unknown, missing or of another kind.
    """
    merged = merge_files(tables, path)
    values, notes = {"seed": SEED, "scheduler": "constant", "optimizer": "adam"}, []
    values["subset_column"] = "subset"
    for table, key, flag, kind, default in DEFAULTS:
        where = f"{merged.path}: [{table}]"
        values[flag] = value_of(merged.table(table), key, kind, where, default)
        if key not in merged.table(table):
            notes.append(f"[{table}] has no {key}; droulette's {default:g} is used.")
    settings = merged.table("settings")
    values |= _device(value_of(settings, "device", str, f"{merged.path}: [settings]"), notes)
    model = value_of(settings, "model", str, f"{merged.path}: [settings]")
    if model is not None:
        values["architecture"], said = network_of(model)
        notes += said
    dataset = merged.table("dataset")
    folder = place_of(dataset, "directory", f"{merged.path}: [dataset]")
    steps = {}
    for step in STEPS:
        table = value_of(dataset, step, dict, f"{merged.path}: [dataset]", {})
        where = f"{merged.path}: [dataset.{step}]"
        name = place_of(table, "filename", where)
        steps[step] = {"filename": plain_path(name.find()),
                       "predictions": value_of(table, "predictionfile", str, where) or os.path.basename(name)}
    stem = os.path.splitext(os.path.basename(path or "experiment.toml"))[0]
    place = _output(merged, folder)
    # All experiments beside each other share one cube, as long as they have the same tables.
    cube = f"{os.path.basename(os.path.abspath(folder))}-{os.path.basename(steps['training']['filename'])}"
    values |= {"model_path": place or ".", "model_name": os.path.basename(os.path.abspath(place or stem)),
               "cube": os.path.join(os.path.dirname(place or ""), "datacube",
                                    f"{os.path.splitext(cube)[0]}.npz")}
    values["experiment"] = {
        "steps": steps, "folder": plain_path(folder.find()), "cube": values["cube"], "output": place,
        "out_parameters": value_of(merged.table("training"), "out-parameters", int,
                                   f"{merged.path}: [training]")}
    return values, [*merged.notes, *notes, ADAM, WEIGHTS]


def _output(merged, folder):
    """Return the folder that [output] names, beside the images' own place; None where there is none."""
    output = merged.table("output")
    if "directory" not in output:
        return None
    return os.path.normpath(merged.beside(folder, place_of(output, "directory", f"{merged.path}: [output]")))


def _device(device, notes):
    """Return the flag for a device of torch, and say where there is no such device."""
    if device is None:
        return {}
    kind = device.lower().partition(":")[0]
    if kind not in ("cuda", "gpu", "cpu", "mps", "auto"):
        raise UsageError(f"[settings] device must be cuda, cpu or auto. Received: {device!r}.")
    if kind in ("cuda", "gpu") and not glob.glob("/dev/nvidia[0-9]*"):
        notes.append(f"device = {device!r}, and this computer has no such GPU: the CPU is used.")
    return {"device": "cpu" if kind == "cpu" else "auto"}


def prepare(values, flags):
    """Write one table of all rows with their subset, from which the cube is made.

    Parameters
    ----------
    values : dict
        With `experiment`, as `translate` gives it.
    flags : dict
        Of otrain-train.

    Returns
    -------
    values : dict
        With `made_from`: what otrain-convert is asked for; without it where ``--cube`` names another cube.
    notes : list of str

    Raises
    ------
    DataError
        If a table cannot be read, or the tables have different columns.
    """
    asked = values["experiment"]
    rest = {name: value for name, value in values.items() if name != "experiment"}
    tables = {step: read_roulette(entry["filename"]) for step, entry in asked["steps"].items()}
    first = tables["training"]
    names = [name for name in first.header if name != "filename"]
    for step, table in tables.items():
        if set(table.header) != set(first.header):
            odd = sorted(set(table.header) ^ set(first.header))
            raise DataError(f"{table.path}: the columns are not those of {first.path}. In one of them only: "
                            f"{', '.join(odd)[:200]}.")
        twice = set(table.files()) & {name for other, one in tables.items() if other != step
                                      for name in one.files()}
        if twice:
            raise DataError(f"{table.path}: {len(twice)} files stand in another subset too, e.g. "
                            f"{sorted(twice)[0]}.")
    notes = _count_note(names, asked["out_parameters"], first.path)
    names_of_files = {STEPS[step]: _free_name(entry, asked["output"])
                      for step, entry in asked["steps"].items()}
    rest["experiment_files"] = {"folder": asked["output"], "predictions": names_of_files}
    if os.fspath(flags["cube"]) != asked["cube"]:
        return rest, notes
    text = "".join(subset_table(table, range(len(table)), names, {"subset": [STEPS[step]] * len(table)})
                   .partition("\n")[2] for step, table in tables.items())
    joined = os.path.splitext(asked["cube"])[0] + ".subsets.csv"
    write_checked(joined, ",".join(["filename", *names, "subset"]) + "\n" + text, True)
    files = [name for table in tables.values() for name in table.files()]
    images, said = listed_images(asked["folder"], files, [asked["folder"]])
    if images == [asked["folder"]]:
        images = asked["folder"]  # then files are named as seen from it, and the cube is one from everywhere
    stem, place = os.path.basename(asked["cube"]).removesuffix(".npz"), os.path.dirname(asked["cube"])
    rest["made_from"] = {"cutouts": images, "labels": joined, "variables": names, "cube": stem,
                         "domain": "lenses", "path_datacube": os.path.dirname(place) or "."}
    return rest, [*notes, *said]


def _free_name(entry, folder):
    """Return the name of a file of predictions, another one where the truth itself has that name."""
    name = entry["predictions"]
    here = os.path.realpath(os.path.join(folder or "", name)) == os.path.realpath(entry["filename"])
    return f"pred-{name}" if folder is not None and here else name


def _count_note(names, asked, path):
    """Say how many numbers a table teaches, where the file says another number."""
    if asked is None or asked == len(names):
        return []
    amplitudes = [name for name in names if name in AMPLITUDES]
    return [f"out-parameters = {asked} does not fit {path}, which has {len(names)}: "
            f"{len(names) - len(amplitudes)} variables and {len(amplitudes)} amplitudes. "
            f"{len(names)} are learnt, less those of one value."]
