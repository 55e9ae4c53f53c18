"""Panopticon's tables of parameters: read as ephemerides, and made from the files of its simulations.

`Complete_parameters.ftr` has one row for each simulated star, with a planet, an eclipsing binary
and a background binary side by side. Times and periods are in days; the duration of a planet's transit is in
days, that of a binary's eclipse in seconds. A binary has a secondary eclipse at half its period.
"""

import math
import os
import re

import numpy as np

from otrain.data.atomic import atomic_file
from otrain.data.listing import find_files
from otrain.domains.lightcurves.ephemerides import Body
from otrain.errors import DataError, MissingExtraError, UsageError

__all__ = ["PARAMETERS", "bodies_of", "combine_parameters", "looks_like_parameters"]

PARAMETERS = "Complete_parameters.ftr"
_ENDINGS = (".ftr", ".feather", ".parquet", ".csv", ".ecsv", ".txt", ".fits")
_STARS = ({"id"}, {"sim"}, {"simulation"}, {"star", "id"}, {"sim", "id"}, {"name"}, {"star"},
          {"object", "id"})
_GROUPS = ({"planet", "transit", "pl", "tr"}, {"eb"}, {"beb"})
_WORDS = {"t0": {"t0", "epoch"}, "period": {"period", "porb", "p"}, "duration": {"duration", "t14", "dur"},
          "depth": {"depth"}, "snr": {"snr"}}
_SECONDS = 3600.0  # in an hour


def looks_like_parameters(names):
    """Return whether columns are those of a table of parameters: a body in several columns of its own."""
    planets = [words for words in map(_tokens, names) if words & _GROUPS[0]]
    named = [any(words & _WORDS[key] for words in planets) for key in ("t0", "duration")]
    return all(named) and not {"t0", "duration"} <= {name.lower() for name in names}


def _tokens(name):
    """Return the words of a column's name: ``{"transit", "duration"}`` for ``transitDuration``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name))
    return set(filter(None, re.split(r"[^a-z0-9]+", apart.lower())))


def bodies_of(columns, where):
    """Return (star, body) for every planet and binary of a table of parameters.

    Parameters
    ----------
    columns : dict of str to list
        As the table has them.
    where : str
        The table, for messages.

    Raises
    ------
    UsageError
        If no column names the star.
    """
    tokens = {name: _tokens(name) for name in columns}
    star = next((name for wanted in _STARS for name, words in tokens.items() if words == wanted), None)
    if star is None:
        raise UsageError(f"{where}: no column names the simulation (ID). Received: {', '.join(columns)}.")
    stars = [_star(value) for value in columns[star]]
    bodies, counts = [], dict.fromkeys(stars, 0)
    for place, group in enumerate(_GROUPS):
        others = set().union(*(one for one in _GROUPS[1:] if one is not group))
        own = {name: words for name, words in tokens.items() if words & group and not words & others}
        found = {key: next((name for name, words in own.items() if words & wanted), None)
                 for key, wanted in _WORDS.items()}
        if not found["t0"] or not found["duration"]:
            continue
        for row, name in enumerate(stars):
            values = {key: math.nan if column is None else _number(columns[column][row], where, row, column)
                      for key, column in found.items()}
            if math.isfinite(values["t0"]) and values["duration"] > 0:
                bodies.append((name, _body(values, planet=place == 0, number=counts[name])))
                counts[name] += 1
    return bodies + [(name, Body("none", math.nan)) for name, count in counts.items() if not count]


def _body(values, *, planet, number):
    """Return a planet, or a binary with its secondary eclipse; duration in hours."""
    hours = values["duration"] * 24 if planet else values["duration"] / _SECONDS
    period = values["period"] if values["period"] > 0 else math.nan
    return Body("planet" if planet else "binary", values["t0"], period, hours, values["depth"], values["snr"],
                number, secondary_phase=math.nan if planet else 0.5)


def _star(value):
    """Return the name of a simulation, as its quarters begin: ``sim00012`` for 12."""
    text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip()
    return f"sim{text}" if text.isdigit() else text


def _number(value, where, row, column):
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        raise DataError(f"{where}: row {row + 1}: {column} must be a number. Received: {value!r}.") from None


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
    from otrain.domains.lightcurves.ephemeris_table import read_columns

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
        star = next((name for wanted in _STARS for name in columns if _tokens(name) == wanted), None)
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
