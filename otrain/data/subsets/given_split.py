"""Training, validation and test rows as a column of the cube tells them."""

import numpy as np

from otrain.data.subsets.split import SUBSETS, Split, object_groups
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["given_split"]

SPELLINGS = {"training": {"training", "train"}, "validation": {"validation", "valid", "val"},
             "test": {"test", "testing"}}


def given_split(cube, column, *, strata=None, fewest=2):
    """Return the subsets that a column names; rows with nothing in it are in none.

    Parameters
    ----------
    cube : DataCube
    column : str
        With ``training`` (or ``train``), ``validation`` (``valid``, ``val``) and ``test`` (``testing``).
    strata : (N,) int ndarray, optional
        As for `split_cube`: -1 is in no subset; by default the labels of the cube.
    fewest : int
        Strata that training must have.

    Returns
    -------
    Split
        Its note says how many objects stand in more than one subset.

    Raises
    ------
    UsageError
        If there is no such column, or it holds another word.
    DataError
        If training, validation or test would have no example.
    """
    if column not in cube.columns:
        raise UsageError(f"--subset-column: the cube has no column {column!r}."
                         f"{nearest(column, cube.columns)} It has: {', '.join(cube.columns)}.")
    words = np.char.lower(np.asarray(cube.columns_of(np.arange(len(cube)), [column])[column]).astype(str))
    strata = np.asarray(cube.labels if strata is None else strata)
    known = {word for spelt in SPELLINGS.values() for word in spelt} | {""}
    strange = sorted(set(np.unique(words).tolist()) - known)
    if strange:
        raise UsageError(f"--subset-column {column}: unknown subset {strange[0]!r}."
                         f"{nearest(strange[0], known)} Known: {', '.join(SUBSETS)}.")
    rows = [np.flatnonzero(np.isin(words, [*SPELLINGS[name]]) & (strata >= 0)) for name in SUBSETS]
    empty = [name for name, mine in zip(SUBSETS, rows, strict=True) if not len(mine)]
    if empty:
        raise DataError(f"{' and '.join(empty)} would have no example: the column {column!r} of the cube has "
                        f"none. Name rows of all three: {', '.join(SUBSETS)}.")
    if len(np.unique(strata[rows[0]])) < fewest:
        raise DataError(f"training would have one class only, as the column {column!r} parts the cube.")
    groups = object_groups(cube.columns, len(cube))
    return Split(*rows, groups, _straddling(groups, rows, column))


def _straddling(groups, rows, column):
    """Say how many objects are in two subsets."""
    seen = np.zeros((3, groups.max() + 1), bool)
    for place, mine in enumerate(rows):
        seen[place, groups[mine]] = True
    count = int((seen.sum(axis=0) > 1).sum())
    return f"{count} objects stand in two subsets of the column {column!r}: the rates of the test are too " \
           "good." if count else ""
