"""A TOML file of droulette with those that it names: training, problem, data set; later ones win.

A relative path is taken from the folder of the file that names it; if nothing is there, from the current
folder, where droulette itself is started. What does not exist yet is written beside what was read: see
`Merged.beside`.
"""

import os
from dataclasses import dataclass, field

from otrain.data.files.toml_file import load_toml
from otrain.domains.lenses.configs.keys import STEPS, check_keys
from otrain.errors import UsageError

__all__ = ["Merged", "Place", "merge_files", "place_of", "plain_path"]

# Keys that name a file or folder, table by table.
_PATHS = [("settings", "problem"), ("problem", "filename"), ("problem", "dataset"), ("dataset", "directory"),
          ("dataset", "roulette"), ("output", "directory"), ("output", "dirbase"),
          *(("dataset", step, "filename") for step in STEPS)]
_CHAIN = (("settings", "problem"), ("problem", "dataset"))  # files that name the next one


class Place(str):
    """A path as a file names it, which knows the folder of that file.

    Parameters
    ----------
    name : str
    folder : str
        Of the file that names it; empty: the current one.
    """

    __slots__ = ("folder",)

    def __new__(cls, name, folder):
        """Make the text, and keep the folder."""
        place = super().__new__(cls, name)
        place.folder = folder
        return place

    def find(self):
        """Return the path that exists: beside the file that names it, else from the current folder.

        Where there is neither, the first.
        """
        beside = os.path.join(self.folder, self)
        return str(self) if not os.path.exists(beside) and os.path.exists(self) else beside

    def is_here_alone(self):
        """Tell whether it exists in the current folder and not beside the file that names it."""
        return self.find() == str(self) != os.path.join(self.folder, self)


@dataclass
class Merged:
    """What several files say together.

    Parameters
    ----------
    tables : dict
        Names of files are `Place`.
    path : str
        The first file; ``"--set"`` where there is none.
    notes : list of str
        Which values of an earlier file a later one overrules.
    """

    tables: dict
    path: str
    notes: list = field(default_factory=list)

    def table(self, name):
        """Return one table, empty where there is none."""
        return self.tables.get(name, {})

    def beside(self, read, name):
        """Return where something goes that is written: beside the file that names it, as what is read.

        Parameters
        ----------
        read : Place or None
            What is read. If that lies in the current folder and not beside the file, so does what is written.
        name : Place
        """
        here = read is not None and read.is_here_alone()
        return str(name) if here else os.path.join(name.folder, name)


def merge_files(tables, path):
    """Return the tables of a file and of those that it names, merged; the later one wins.

    Parameters
    ----------
    tables : otrain.cli._dialects.Tables or dict
        Of the first file; what ``--set`` has changed in them is changed in the result again.
    path : str or None

    Returns
    -------
    Merged

    Raises
    ------
    UsageError
        If a file that is named cannot be read, or has an unknown key.
    """
    shown = path or "--set"
    merged = Merged({}, shown)
    _take(merged, tables, shown, os.path.dirname(path or ""))
    changes = getattr(tables, "apply_changes", lambda tables: None)
    for chain in _CHAIN:
        named = _get(merged.tables, chain)
        if named is not None:
            file = named.find()
            _take(merged, _read(file, f"{shown}: {'.'.join(chain)}"), file, os.path.dirname(file))
            changes(merged.tables)
            _place(merged.tables, os.path.dirname(path or ""))
    return merged


def _read(path, where):
    try:
        return load_toml(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{where}: {path} cannot be read: {error}") from None


def _take(merged, tables, path, folder):
    """Add the tables of one file; its paths know its folder."""
    check_keys(tables, path)
    tables = _copied(tables)
    _place(tables, folder)
    _overrule(merged.tables, tables, path, (), merged.notes)


def _copied(tables):
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in tables.items()}


def _overrule(old, new, path, names, notes):
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            _overrule(before, value, path, (*names, key), notes)
            continue
        if before is not None and before != value:
            notes.append(f"{'.'.join((*names, key))}: {value!r} of {path} takes the place of {before!r}.")
        old[key] = value


def _place(tables, folder):
    """Let every path that does not know a folder yet know this one."""
    for *names, key in _PATHS:
        table = _get(tables, names)
        if isinstance(table, dict) and isinstance(table.get(key), str) and not isinstance(table[key], Place):
            table[key] = Place(table[key], folder)


def _get(tables, names):
    """Return what stands under some names, one in another; None where there is nothing."""
    for name in names:
        tables = tables.get(name) if isinstance(tables, dict) else None
    return tables


def place_of(table, key, where):
    """Return a path that must be there.

    Raises
    ------
    UsageError
        If the key is missing or no text.
    """
    value = table.get(key)
    if not isinstance(value, Place) or not value:
        raise UsageError(f"{where}: {key} must name a file. Received: {value!r}.")
    return value


def plain_path(path):
    """Return a path without detours as ``run001/../images``, unless a link on the way leads elsewhere."""
    plain = os.path.normpath(path)
    detour = os.path.exists(path) and not (os.path.exists(plain) and os.path.samefile(path, plain))
    return path if detour else plain
