"""The table of a stack of cutouts that lies beside it, row by row: ``candidates.csv`` of ``triplets.npy``."""

import csv
import os
import re

import numpy as np

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["is_table_of_stack", "labels_of", "table_beside"]

_ENDINGS = (".csv", ".csv.gz")
_LABELS = ("label", "labels", "y", "target", "is_real", "class")
_LARGEST = 1 << 30  # bytes
_IMAGE_WORD = re.compile(r"(?<![a-z])(triplets?|stamps?|cutouts?|images?|arrays?|x)(?![a-z])")
_TABLE_WORDS = ("candidates", "cand", "cands", "candidate", "metadata", "meta", "labels", "table", "features",
                "y")


def table_beside(path, count):
    """Return the columns of the table of a stack, by name; nothing if there is no table.

    That is the one of the same name, or of that name with ``cand`` and the like in place of ``triplets``;
    else the only one of the folder that has as many rows as the stack.

    Parameters
    ----------
    path : path-like
        The stack.
    count : int
        Its candidates.

    Returns
    -------
    dict of str to (N,) ndarray
        Numbers, text, and ``label``.

    Raises
    ------
    InputRejected
        ``bad-shape`` if the table of the same name has another number of rows: nobody can tell which are
        whose.
    """
    folder, name = os.path.split(os.fspath(path))
    tables = sorted(entry for entry in os.listdir(folder or ".") if entry.lower().endswith(_ENDINGS))
    own = [table for table in tables if _stem(table) in _table_stems(name)]
    for table in own[:1]:
        columns = _read(os.path.join(folder, table))
        rows = len(next(iter(columns.values()), ()))
        if rows != count:
            raise InputRejected("bad-shape", f"{table} beside it has {rows} rows and the array {count} "
                                             "cutouts; nobody can tell which are whose.")
        return columns
    found = []
    for table in tables:
        try:
            columns = _read(os.path.join(folder, table))
        except InputRejected:
            continue
        if len(next(iter(columns.values()), ())) == count:
            found.append(columns)
    return found[0] if len(found) == 1 else {}


def is_table_of_stack(name, stacks):
    """Return whether a table of a folder is that of one of the stacks there, by its name."""
    return name.lower().endswith(_ENDINGS) and any(_stem(name) in _table_stems(stack) for stack in stacks)


def _stem(name):
    return re.sub(r"(\.(csv|npy|gz))+$", "", name.lower())


def _table_stems(stack):
    """Return the names that the table of a stack may have, without ending."""
    stem = _stem(stack)
    return {stem} | {stem[:word.start()] + other + stem[word.end():]
                     for word in _IMAGE_WORD.finditer(stem) for other in _TABLE_WORDS}


def _read(path):
    """Return the columns of a CSV table."""
    import gzip

    if os.stat(path).st_size > _LARGEST:
        raise InputRejected("too-large", f"{path}: the table beside the cutouts is too large.")
    opened = gzip.open if path.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, ())]
            rows = [row for row in reader if row]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise InputRejected("corrupt", f"the table beside the cutouts cannot be read ({error}).") from None
    columns = {name: _typed([row[place] if place < len(row) else "" for row in rows])
               for place, name in enumerate(names) if name}
    lower = {name.lower(): name for name in columns}
    label = next((lower[name] for name in _LABELS if name in lower), None)
    if label is not None:
        columns["label"] = labels_of(columns.pop(label))
    return columns


def _typed(texts):
    """Return texts as numbers if all that are not empty are some."""
    try:
        if all(re.fullmatch(r"[+-]?\d+", text.strip()) for text in texts):
            return np.array([int(text) for text in texts], np.int64)
        return np.array([float(text) if text.strip() else np.nan for text in texts])
    except (ValueError, OverflowError):
        return np.array([text.strip() for text in texts])


def labels_of(values):
    """Return labels as integers or words: one-hot rows as the place of their one, -1 where nobody knows."""
    values = np.asarray(values)
    if values.ndim == 2:
        values = values[:, 0] if values.shape[1] == 1 else values.argmax(axis=1)
    if values.dtype.kind == "b":
        return values.astype(np.int64)
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.round(values))
        if (whole | np.isnan(values)).all():
            return np.where(whole, values, -1).astype(np.int64)
    return values
