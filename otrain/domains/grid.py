"""The runs of a batch of trainings: all combinations of some values, each as the tables of otrain-train."""

import copy
import itertools
import os
from dataclasses import dataclass, field

from otrain.errors import UsageError

__all__ = ["GridRun", "combinations", "grid_of"]

# What a batch decides itself for each of its runs.
OURS = ("model_path", "out", "model_name", "resume", "overwrite", "hosts", "host_index")


@dataclass(frozen=True)
class GridRun:
    """One training of a batch.

    Parameters
    ----------
    tables : dict
        Configuration of otrain-train, with paths from the current folder.
    swept : dict
        By name, what distinguishes this run from the others.
    output : tuple of str
        Names of table and key that say where the run goes.
    name : tuple of str
        Those that say the name of its network; empty: that of its folder.
    places : tuple of tuple of str
        Those of paths that a file of this kind takes from its own folder.
    cube : str, optional
        The data cube that the training reads, if the tables name none.
    asked : dict
        The recipe of the training, as keywords of `otrain.train`.
    made_from : dict, optional
        What the cube is made from first: arguments of ``made_cube``.
    """

    tables: dict
    swept: dict
    output: tuple = ("train", "model-path")
    name: tuple = ("train", "model-name")
    places: tuple = ()
    cube: str = ""
    asked: dict = field(default_factory=dict)
    made_from: dict | None = None

    def tables_for(self, folder, *, in_folder):
        """Return the configuration of the run that goes to a folder.

        Parameters
        ----------
        folder : path-like
        in_folder : bool
            Whether paths are written as seen from a file in that folder, where files of this kind take
            them from there.
        """
        tables, folder = copy.deepcopy(self.tables), os.fspath(folder)
        _put(tables, self.output, folder)
        if self.name:
            _put(tables, self.name, os.path.basename(folder))
        for names in self.places if in_folder else ():
            table = tables
            for name in names[:-1]:
                table = table.get(name, {})
            if names[-1] in table:
                table[names[-1]] = _seen_from(folder, table[names[-1]])
        return tables


def _put(tables, names, value):
    for name in names[:-1]:
        tables = tables.setdefault(name, {})
    tables[names[-1]] = value


def _seen_from(folder, path):
    """Return a path as seen from a folder; links on the way are followed, as ``..`` follows them."""
    parent, name = os.path.split(os.path.abspath(path))
    here = os.path.join(os.path.realpath(os.path.dirname(os.path.abspath(folder))), os.path.basename(folder))
    return os.path.relpath(os.path.join(os.path.realpath(parent), name), here)


def combinations(array, where):
    """Return all combinations of some values, the last name varying fastest.

    Parameters
    ----------
    array : dict of str to list
    where : str
        Table of the file, for the message.

    Returns
    -------
    list of dict

    Raises
    ------
    UsageError
        If a value is no list, or an empty one.
    """
    if not isinstance(array, dict):
        raise UsageError(f"{where} must be a table of lists. Received: {array!r}.")
    for key, values in array.items():
        if not isinstance(values, list | tuple) or not values:
            raise UsageError(f"{where} {key} must be a list of one value at least. Received: {values!r}.")
    return [dict(zip(array, values, strict=True)) for values in itertools.product(*array.values())]


def grid_of(train):
    """Return the runs of a table ``[train]`` with a table ``[train.array]`` in it.

    Parameters
    ----------
    train : dict
        Names of flags of otrain-train, with hyphens or underscores, and ``array``: lists by such names.

    Returns
    -------
    list of GridRun

    Raises
    ------
    UsageError
        If a value of `array` is no list, a name stands twice, or is one that a batch decides itself.
    """
    fixed = {_dashed(key): os.fspath(value) if isinstance(value, os.PathLike) else value
             for key, value in train.items() if key != "array"}
    runs = []
    for swept in combinations(train.get("array", {}), "[train.array]"):
        swept = {_dashed(key): value for key, value in swept.items()}
        for key in [*fixed, *swept]:
            if key.replace("-", "_") in OURS:
                raise UsageError(f"[train] {key}: the batch decides that for each run; dirbase says where "
                                 "the runs go. Leave it out.")
            if key in fixed and key in swept:
                raise UsageError(f"{key} stands in [train] and in [train.array]. Leave one of them out.")
        values = fixed | swept
        runs.append(GridRun({"train": values}, swept, cube=os.fspath(values.get("cube", "")), asked={
            key.replace("-", "_"): value for key, value in values.items()}))
    return runs


def _dashed(key):
    return key.replace("_", "-")
