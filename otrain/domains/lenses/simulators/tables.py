"""The two tables of a set of lenses, with CosmoSim's columns in its order: parameters and amplitudes."""

import csv
import math

from otrain.data.tables.csv_table import plain_cell
from otrain.domains.lenses.physics.amplitudes import amplitude_names
from otrain.errors import DataError

__all__ = ["NOT_FOR_NETWORKS", "dataset_columns", "is_version_2", "read_rows", "roulette_columns"]

# What --mldata leaves out of the table of amplitudes.
NOT_FOR_NETWORKS = (
    "index",
    "source",
    "config",
    "nterms",
    "centreX",
    "centreY",
    "reletaX",
    "reletaY",
    "offsetX",
    "offsetY",
)
_VERSION_2 = (
    "index",
    "filename",
    "source",
    "config",
    "chi",
    "R",
    "phi",
    "einsteinR",
    "ellipseratio",
    "orientation",
    "sigma",
    "sigma2",
    "theta",
    "n_sersic",
    "luminosity",
    "nterms",
    "x",
    "y",
)
_REFERENCE = (
    "filename",
    "source",
    "x",
    "y",
    "sigma",
    "sigma2",
    "theta",
    "luminosity",
    "n_sersic",
    "lensX",
    "lensY",
    "centreX",
    "centreY",
    "reletaX",
    "reletaY",
    "offsetX",
    "offsetY",
    "xiX",
    "xiY",
)
_TEXTS = ("index", "filename", "source", "config", "lens", "model", "cluster")
_LARGEST = 1 << 24  # letters of a cell
_NOTHING = frozenset({"", "nan", "none", "null", "--"})


def is_version_2(table):
    """Return whether a checked TOML is in the dialect of version 2: configs, and no name of a lens."""
    return (
        "config" in table.get("simulator", {})
        and "model" not in table.get("simulator", {})
        and "mode" not in table.get("lens", {})
        and "cluster" not in table
    )


def dataset_columns(row, *, version_2=False):
    """Return the columns of the table of parameters, as pairs of name and key of a row.

    Parameters
    ----------
    row : dict
        The first row that was drawn; its further keys come behind CosmoSim's.
    version_2 : bool
        Whether the names and their order are those of version 2.
    """
    if version_2:
        keys = [
            ("einsteinR" if name == "einsteinR" else name, "einsteinradius" if name == "einsteinR" else name)
            for name in _VERSION_2
        ]
        known = {key for _, key in keys}
        return keys + [(key, key) for key in row if key not in known]
    return [(key, key) for key in dict.fromkeys(("index", "filename", *row)) if key != "nterms"]


def roulette_columns(nterms, *, mldata=False):
    """Return the columns of the table of amplitudes."""
    names = [*_REFERENCE, *amplitude_names(nterms)]
    return [name for name in names if not (mldata and name in NOT_FOR_NETWORKS)]


def read_rows(path, *, most=None):
    """Return the rows of a table of CosmoSim.

    Parameters
    ----------
    path : path-like
        CSV with a header.
    most : int, optional
        No more rows than these are returned.

    Returns
    -------
    list of dict
        Texts, numbers, and None where nothing stands.

    Raises
    ------
    DataError
        If there is no such file, it is no table, a row has another number of cells than the header, or a
        number is not finite.
    """
    try:
        csv.field_size_limit(_LARGEST)
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            names = [plain_cell(name.strip()) for name in next(reader, [])]
            if not names or len(set(names)) < len(names):
                raise DataError(
                    f"{path}: the first line must name every column, each once. Received: "
                    f"{', '.join(names)[:200] or 'an empty file'}."
                )
            rows = []
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(names):
                    raise DataError(
                        f"{path}, line {reader.line_num}: {len(names)} cells are needed, as in the header. "
                        f"Received: {len(cells)}."
                    )
                rows.append(
                    {
                        name: _read(name, cell, f"{path}, line {reader.line_num}")
                        for name, cell in zip(names, cells, strict=True)
                    }
                )
                if most is not None and len(rows) >= most:
                    break
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such table.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a table: {error}") from error
    if not rows:
        raise DataError(f"{path}: there is no row in this table.")
    return rows


def _read(name, cell, where):
    text = plain_cell(cell.strip())
    if text.lower() in _NOTHING:
        return None
    if name in _TEXTS:
        return text
    try:
        value = float(text)
    except ValueError:
        return text  # a column of somebody's own; one that is used is checked where it is
    if not math.isfinite(value):
        raise DataError(f"{where}: column {name!r} needs a finite number. Received: {text!r}.")
    return value
