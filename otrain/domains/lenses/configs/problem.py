"""droulette's problem TOML: which numbers of which table are to be learnt, and how the rows are split."""

import os

import numpy as np

from otrain.data.files.atomic import require_absent, write_text
from otrain.data.tables.csv_table import printable
from otrain.domains.lenses.columns import amplitude_columns
from otrain.domains.lenses.configs.keys import STEPS, value_of
from otrain.domains.lenses.configs.merged import merge_files, place_of
from otrain.domains.lenses.roulette_subsets import deal_rows, read_roulette, subset_table
from otrain.domains.lenses.targets import has_no_influence, is_constant
from otrain.domains.lenses.truth_table import NO_SUBSET
from otrain.errors import OutputError, UsageError

__all__ = ["image_folder", "listed_images", "prepare", "translate", "write_checked"]

DIRECTORY = "images"  # beside the table, where no file says


def translate(tables, path):
    """Return the flags of otrain-convert that a problem TOML stands for.

    Parameters
    ----------
    tables : dict
    path : str or None

    Returns
    -------
    values : dict
        Those of flags, and `split`: what `prepare` needs.
    notes : list of str

    Raises
    ------
    UsageError
        If a key is unknown, missing or of another kind.
    """
    merged = merge_files(tables, path)
    problem, where = merged.table("problem"), f"{merged.path}: [problem]"
    table = place_of(problem, "filename", where)
    variables = value_of(problem, "variables", list, where, [])
    nterms = value_of(problem, "nterms", int, where)
    if not variables and nterms is None:
        raise UsageError(f"{where}: neither variables nor nterms says what is to be learnt.")
    dataset, steps = merged.table("dataset"), {}
    for step in STEPS:
        if step in dataset:
            place = place_of(dataset[step], "filename", f"{merged.path}: [dataset.{step}]")
            size = value_of(dataset[step], "size", float, f"{merged.path}: [dataset.{step}]")
            steps[step] = {"filename": merged.beside(table, place), "size": size}
    if "training" not in steps:
        raise UsageError(f"{merged.path}: [dataset.training] is missing: it names the file of the training "
                         "rows, and their number.")
    folder, notes = image_folder(dataset, table.find())
    values = {"cutouts": [folder], "labels": [table.find()], "variables": variables or None, "nterms": nterms}
    return values | {"split": {"steps": steps, "order": dataset.get("order", "hash"), "folder": folder}}, \
        [*merged.notes, *notes]


def image_folder(dataset, table):
    """Return the folder of the images, and what has to be said of it."""
    named = dataset.get("directory")
    if named is not None:
        return place_of(dataset, "directory", "[dataset]").find(), []
    beside = os.path.dirname(table)
    guess = os.path.join(beside, DIRECTORY)
    folder = guess if os.path.isdir(guess) else beside or "."
    return folder, [f"no [dataset] directory is named; the images are taken from `{folder}`."]


def prepare(values, flags):
    """Write the tables of the subsets, and one of all rows with their subset, before the images are read.

    Parameters
    ----------
    values : dict
        With `split`, as `translate` gives it.
    flags : dict
        Of otrain-convert.

    Returns
    -------
    values : dict
        The labels and images that are to be read.
    notes : list of str

    Raises
    ------
    DataError
        If the table cannot be read or lacks a column.
    UsageError
        If the sizes of the subsets make no sense.
    OutputError
        If another table lies where one is written, and ``--overwrite`` is not given.
    """
    split, rest = values["split"], {name: value for name, value in values.items() if name != "split"}
    table = read_roulette(flags["labels"][0])
    nterms = flags["nterms"]
    wanted = list(dict.fromkeys([*(flags["variables"] or ()),
                                 *(() if nterms is None else amplitude_columns(nterms))]))
    table.require(wanted)
    numbers = {name: table.numbers(name) for name in wanted}
    finite = np.all([np.isfinite(column) for column in numbers.values()], axis=0)
    one_row = np.array([name not in table.conflicts for name in table.files()], bool)
    usable, notes = np.flatnonzero(finite & one_row), []
    for found, words in ((~finite, "lack a finite number"),
                         (~one_row, "name a file to which another row gives other values")):
        if found.any():
            example = printable(table.files()[np.flatnonzero(found)[0]])
            notes.append(f"{found.sum()} of {len(table)} rows of {table.path} {words} and are in no subset, "
                         f"e.g. that of {example}.")
    keys, sizes = table.keys(), {step: entry["size"] for step, entry in split["steps"].items()}
    order = flags.get("split_order") or split["order"]
    dealt = deal_rows([keys[row] for row in usable], sizes, order=order, seed=flags.get("seed") or 0)
    dealt = {step: usable[rows] for step, rows in dealt.items()}
    names, said = _learnt(table, numbers, dealt["training"])
    notes += said
    _write_subsets(table, dealt, names, split["steps"], flags)
    notes.append("; ".join(f"{len(rows)} rows to {split['steps'][step]['filename']}"
                           for step, rows in dealt.items()) + f" ({order} order).")
    joined = _joined(flags)
    # A row that cannot be used stays without a subset, so that its image is set aside for what is wrong.
    subsets = np.full(len(table), "", object)
    subsets[usable] = NO_SUBSET
    for step, rows in dealt.items():
        subsets[rows] = STEPS[step]
    if unused := int((subsets == NO_SUBSET).sum()):
        notes.append(f"{unused} of {len(table)} rows are in no subset, and their images are not read.")
    names = [name for name in table.header if name not in ("filename", "subset")]
    write_checked(joined, subset_table(table, range(len(table)), names, {"subset": list(subsets)}), True)
    return rest | {"labels": [joined], "split_order": None}, notes


def _learnt(table, numbers, training):
    """Return the columns that are written, and notes on those that teach nothing."""
    sources = np.array(table.texts("source")) if "source" in table.header else None
    hidden = [name for name in numbers if has_no_influence(name, sources)]
    steady = [name for name in numbers if name not in hidden and is_constant(numbers[name][training])]
    notes = [f"{', '.join(names)}: {words}, left out." for names, words in (
        (hidden, "without influence on the images, whose sources are round"),
        (steady, "one value in all training rows")) if names]
    names = [name for name in numbers if name not in {*hidden, *steady}]
    if not names:
        raise UsageError(f"nothing is left to be learnt of {table.path}: {' '.join(notes)}")
    return names, notes


def _write_subsets(table, dealt, names, steps, flags):
    texts = {steps[step]["filename"]: subset_table(table, rows, names) for step, rows in dealt.items()}
    for path, text in texts.items():
        _require_free(path, text, flags.get("overwrite"))
    for path, text in texts.items():
        write_checked(path, text, True)


def _joined(flags):
    """Return where the table of all rows goes: beside the cube."""
    name = flags.get("cube") or os.path.basename(os.path.abspath(flags["cutouts"][0]))
    return os.path.join(flags.get("path_datacube") or ".", "datacube", f"{name}.subsets.csv")


def _require_free(path, text, overwrite):
    """Refuse a file of other content, before anything is written."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            if file.read() == text:
                return
    except (OSError, UnicodeDecodeError):
        pass  # absent, or none of ours: the next line decides
    try:
        require_absent(path, overwrite=bool(overwrite), folder=False)
    except OutputError as error:
        raise OutputError(f"{error} Its content is not that of this split.") from None


def write_checked(path, text, overwrite):
    """Write a text, whole or not at all, and the folders that it needs; leave one alone that is the same."""
    _require_free(path, text, overwrite)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    write_text(path, text)


def listed_images(folder, files, cutouts):
    """Return the images to be read: the folder, or only those files of it that a table names.

    Parameters
    ----------
    folder : str
        Of the images, as the configuration tells it.
    files : list of str
        Names in the table.
    cutouts : list of str
        What the flag says; if that is another place, it stays.

    Returns
    -------
    cutouts : list of str
    notes : list of str
    """
    if list(cutouts) != [folder] or not os.path.isdir(folder):
        return cutouts, []
    there = {name for name in os.listdir(folder) if name.lower().endswith((".png", ".fits", ".npz"))}
    if not there - {os.path.basename(name) for name in files}:
        return cutouts, []
    paths = [path for path in (os.path.join(folder, os.path.basename(name)) for name in files)
             if os.path.exists(path)]
    return (paths, [f"{len(paths)} of the {len(there)} images in {folder} stand in a subset; the others are "
                    "not read."]) if paths else (cutouts, [])
