"""Tables that belong to a data cube but have rows of their own: transits, injected sources, events.

A side table is an ECSV file beside the cube, ``<cube>.<name>.ecsv``; the cube's
meta holds its SHA-256, so that a table of another cube is not taken for it.
"""

import hashlib
from pathlib import Path

import numpy as np

from otrain.data.tables.written import score_table
from otrain.errors import IntegrityError

__all__ = ["read_side_table", "side_table_path", "write_side_table"]


def side_table_path(cube_path, name):
    """Return where a side table of a cube lies.

    Parameters
    ----------
    cube_path : path-like
        The cube, of any store.
    name : str
        Name of the table, e.g. ``"events"``.

    Examples
    --------
    >>> str(side_table_path("datacube/stars.npz", "events"))
    'datacube/stars.events.ecsv'
    """
    path = Path(cube_path)
    stem = path.name.removesuffix(".npz").removesuffix(".h5")
    return path.with_name(f"{stem}.{name}.ecsv")


def write_side_table(cube_path, name, columns, fields):
    """Write a side table, whole or not at all, and return its SHA-256.

    Parameters
    ----------
    cube_path : path-like
        Of the cube, which may be written after it.
    name : str
    columns : dict of str to (M,) ndarray
        Missing values: NaN, ``""``, -1 or False.
    fields : dict of str to Column or Field
        Kind and unit of every column.

    Returns
    -------
    str
        For ``meta["tables"][name]`` of the cube.
    """
    path = side_table_path(cube_path, name)
    with score_table(path, fields, format="ecsv", meta={"table": name}) as write:
        write({key: np.asarray(columns[key]) for key in fields})
    return _sha256(path)


def read_side_table(cube_path, name, meta):
    """Return the columns of a side table, or None if the cube has no such table.

    Parameters
    ----------
    cube_path : path-like
    name : str
    meta : dict
        Of the cube.

    Returns
    -------
    dict of str to (M,) ndarray, or None

    Raises
    ------
    IntegrityError
        If the cube was made with such a table and it is absent or another one.
    """
    expected = (meta.get("tables") or {}).get(name)
    if expected is None:
        return None
    path = side_table_path(cube_path, name)
    if not path.is_file():
        raise IntegrityError(f"{path}: the table of {name} that belongs to {cube_path} is not there. "
                             "Copy it beside the cube, or make the cube again.")
    if _sha256(path) != expected:
        raise IntegrityError(f"{path}: not the table of {name} that {cube_path} was made with. "
                             "Copy the right one, or make the cube again.")
    from astropy.table import Table

    table = Table.read(path, format="ascii.ecsv")
    return {key: _plain(table[key]) for key in table.colnames}


def _plain(column):
    """Return a column without astropy's masks: text, or numbers with NaN for what is missing."""
    if column.dtype.kind in "OUS":
        filled = column.filled("") if hasattr(column, "filled") else column
        return np.asarray(filled, np.str_)
    if hasattr(column, "filled") and column.dtype.kind == "f":
        column = column.filled(np.nan)
    return np.asarray(column)


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
