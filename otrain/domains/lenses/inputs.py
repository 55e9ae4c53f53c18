"""The images of a source, in a fixed order, and the tables that say what they show."""

import os

from otrain.data.inputs.listing import Input, Listing, find_files, is_one_source
from otrain.domains.labels.classes import classes_called
from otrain.domains.labels.sources import label_files
from otrain.domains.lenses.truth import read_truth, tables_beside

__all__ = ["CLASSES", "ENDINGS", "list_inputs", "list_labelled"]

ENDINGS = (".png", ".npz", ".fits", ".fit", ".fts", ".fits.gz", ".fits.fz")
CLASSES = ("nonlens", "lens")
WINDOW = 256  # images of a stack that are read in one go
OPENING = 10.0  # s to open a stack
_SHOWN = 3  # names in a note


def list_inputs(source, *, labels=None):
    """Return the images of a source.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        A folder, searched with its subfolders; a single file; a pattern; or several of these.
    labels : path-like, iterable of path-like or Truth, optional
        Tables of CosmoSim or droulette: CSV with a column ``filename``. By default those that lie in the
        folder of the images, else in the one above it.

    Returns
    -------
    Listing
        Its `labels` is the `Truth` to be used, None where there is no table.

    Raises
    ------
    DataError
        If the source does not exist.
    """
    found, skipped = find_files(source, ENDINGS)
    asked = labels is not None
    inputs, named = _inputs(found)
    truth = read_truth(labels if asked else tables_beside(source) or None)
    notes = []
    if truth is not None:
        notes = _notes(truth, named, skipped, asked)
        tables = sum(_lies_in(table.path, source) for table in truth.tables)
        tables = min(tables, skipped["not-a-cutout"])
        skipped["not-a-cutout"] -= tables
        skipped["side-table"] += tables
        skipped += type(skipped)()  # without those of which there are none
    tables = () if asked or truth is None else tuple(table.path for table in truth.tables)
    return Listing(inputs, skipped, notes, truth, tables=tables)


def list_labelled(source, *, labels=None, classes=None):
    """Return the images of a source that have a class: in folders ``lens/`` and ``nonlens/``, or in a table.

    Parameters
    ----------
    source : path-like, or iterable of path-like
    labels : str, path-like or label source, optional
        As `read_labels` takes it.
    classes : sequence of str or "folders", optional
        As `parse_classes` takes it.

    Returns
    -------
    Listing
    """
    found, skipped = find_files(source, ENDINGS)
    default = classes_called(CLASSES)
    labels, labelled, names, notes = label_files(found, source, labels, classes, default=default)
    inputs = [Input(path, name, label, None, number)
              for number, ((path, name), label) in enumerate(zip(found, labelled, strict=True))]
    asked = None if classes in (None, "folders") else tuple(classes)
    return Listing(inputs, skipped, notes, labels, names, asked)


def _inputs(found):
    """Return an input for each image file, and one for each window of a stack; and the names of the images.

    Returns
    -------
    inputs : list of Input
    named : list of (str, str)
        Path of the file, and name of the image as a table may have it.
    """
    stacks, inputs, named = _stacks([path for path, name in found if name.lower().endswith(".npz")]), [], []
    for path, name in found:
        count, names = stacks.get(path, (0, ()))
        for start in range(0, count, WINDOW) if count else (None,):
            rows = None if start is None else (start, min(start + WINDOW, count))
            inputs.append(Input(path, name, None, rows, len(inputs)))
        named += [(path, inner or name) for inner in names] or [(path, name)]
    return inputs, named


def _stacks(paths):
    """Return the number of images of each stack, and their names.

    They are opened in a worker. One that cannot be opened is absent: the door says what is wrong.
    """
    if not paths:
        return {}
    from otrain.engine.local import Done, run_restartable

    stacks = {}
    for index, result in run_restartable(_look, paths, workers=1, timeout=_patience):
        if isinstance(result, Done) and result.value[0]:
            stacks[paths[index]] = result.value
    return stacks


def _patience(path):
    """Return how long the opening of a stack may take [s]."""
    return OPENING


def _look(path):
    """Return the number of images of a stack and their names, 0 and none where they cannot be told."""
    from otrain.domains.lenses.readers.stacks import look_into

    return look_into(path)


def _lies_in(path, source):
    """Tell whether a file lies in the folder that is the source."""
    if not is_one_source(source) or not os.path.isdir(source):
        return False
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(source), ""))


def _notes(truth, files, skipped, asked):
    """Say which tables are used, and on which side of them names are missing; count rows without an image."""
    rows = truth.rows_of(files)
    paths = ", ".join(table.path for table in truth.tables)
    notes = [] if asked else [f"the numbers of the images are those of {paths}. Name others with --labels."]
    notes += [note for table in truth.tables for note in table.notes]
    notes += truth.differing()
    if not files:
        return notes
    used = {table.files[row] for table, found_rows in zip(truth.tables, rows, strict=True)
            for row in found_rows if row is not None}
    named = dict.fromkeys(name for table in truth.tables for name in table.files)
    absent = [name for name in named if name not in used]
    with_row = sum(any(row is not None for row in each) for each in zip(*rows, strict=True))
    if not with_row:
        tables = ", ".join(table.name for table in truth.tables)
        notes.append(f"none of the {len(named)} names in {tables} is one of the {len(files)} images: the "
                     f"table has e.g. {next(iter(named), '')!r}, the source e.g. {files[0][1]!r}.")
    elif absent:
        skipped["no-image"] += len(absent)
        notes.append(f"{len(absent)} of {len(named)} rows name no image of the source: "
                     f"{', '.join(absent[:_SHOWN])}{', ...' if len(absent) > _SHOWN else ''}.")
    return notes


