"""Panopticon's table of all parameters, made from the files of its simulations."""

import os
import re

import numpy as np

from otrain.data.files.atomic import atomic_file
from otrain.data.inputs.listing import find_files
from otrain.domains.lightcurves.panopticon.parameters import PARAMETERS, STARS, tokens
from otrain.domains.lightcurves.truth.ephemeris_table import read_columns
from otrain.errors import DataError, MissingExtraError

__all__ = ["combine_parameters"]

_ENDINGS = (".ftr", ".feather", ".parquet", ".csv", ".ecsv", ".txt", ".fits")


def combine_parameters(source, out=None):
    """Make the table of all parameters from the `AllParameters` files of simulations.

    Parameters
    ----------
    source : path-like
        Folder, searched with its subfolders for files with AllParameters in their name (feather, Parquet,
        CSV, ECSV, text, FITS), or paths one by one.
    out : path-like, optional
        By default ``Complete_parameters.ftr`` of the folder. A file that is there is replaced.

    Returns
    -------
    path : str
        The table: the rows of all files, in order of their names, with every column that any has. A file
        without a column for the simulation gets the number of its own name as ``ID``.
    rows : int

    Raises
    ------
    DataError
        If there is no such file, or two rows are of one simulation and differ.
    MissingExtraError
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import feather
    except ImportError:
        raise MissingExtraError(f"{PARAMETERS} needs pyarrow. Install otrain[parquet].") from None
    found, _ = find_files(source, _ENDINGS)
    paths = [path for path, name in found if "allparameters" in os.path.basename(name).lower()]
    if not paths:
        raise DataError(f"{source}: no file with AllParameters in its name ({', '.join(_ENDINGS)}).")
    rows = {}
    for path in paths:
        columns, _ = read_columns(path)
        count = len(next(iter(columns.values()), ()))
        star = next((name for wanted in STARS for name in columns if tokens(name) == wanted), None)
        if star is None:
            columns = {"ID": [_own_number(path)] * count} | columns
            star = "ID"
        for place in range(count):
            row = {name: values[place] for name, values in columns.items()}
            key = str(row[star])
            if rows.setdefault(key, row) is not row and not _same(rows[key], row):
                raise DataError(f"{path}: simulation {key} has other values in another file. Keep "
                                "one of them.")
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = pa.table({name: pa.array([_plain(row.get(name)) for row in rows.values()]) for name in names})
    out = os.path.join(source, PARAMETERS) if out is None else os.fspath(out)
    with atomic_file(out) as temporary:
        feather.write_feather(table, str(temporary))
    return out, len(rows)


def _own_number(path):
    """Return the last number in the name of a file; it stands for the simulation."""
    numbers = re.findall(r"\d+", os.path.basename(path))
    if not numbers:
        raise DataError(f"{path}: neither a column ID nor a number in its name tells the simulation.")
    return numbers[-1]


def _plain(value):
    """Return a number where a text is one."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value.strip() or None
    return value.item() if isinstance(value, np.generic) else value


def _same(one, other):
    shared = one.keys() & other.keys()
    return all(str(_plain(one[name])) == str(_plain(other[name])) for name in shared)
