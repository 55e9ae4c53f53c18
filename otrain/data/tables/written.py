"""Tables of scores for people and other programs, written window by window.

``dat`` is the commented-header text of O'TRAIN; ``ecsv``, ``csv`` and ``parquet``
need no more memory than one window; ``votable`` is written when all rows are there.
A missing number is NaN (``csv``: an empty cell, ``parquet``: null), a missing text empty.
"""

import io
import warnings
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from otrain.data.files.atomic import atomic_file
from otrain.data.tables.csv_table import printable, safe_cell
from otrain.errors import MissingExtraError, UsageError
from otrain.registry import nearest

__all__ = ["FORMATS", "Field", "printable", "score_table", "window_arrays"]

FORMATS = ("dat", "ecsv", "csv", "parquet", "votable")
PROGRAM = {"program": "otrain"}  # so that a table among inputs is not taken for one of them
UCDS = {"candid": "meta.id;meta.main", "ra": "pos.eq.ra;meta.main", "dec": "pos.eq.dec;meta.main",
        "mag": "phot.mag", "mag_err": "stat.error;phot.mag", "score": "stat.probability",
        "mjd": "time.epoch"}


class Field(NamedTuple):
    """One column of a table: type (``float str bool int``), unit as astropy writes it, meaning."""

    kind: type
    unit: str = ""
    summary: str = ""


@contextmanager
def score_table(path, fields, *, format="ecsv", meta=None):
    """Give ``write(window)``; the table appears whole when the block ends, or not at all.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.
    fields : dict of str to Field
        Columns in their order; anything with ``kind``, ``unit`` and ``summary`` will do.
    format : str
        One of `FORMATS`.
    meta : dict, optional
        Plain values about the whole table, kept by ``ecsv``, ``parquet`` and ``votable``.

    Yields
    ------
    callable
        ``write(window)``; `window` is a dict of equally long columns by name. Line breaks and
        other control characters of texts become backslash escapes.

    Raises
    ------
    UsageError
        If `format` is unknown.
    MissingExtraError
        If pyarrow is not installed.
    """
    if format not in FORMATS:
        raise UsageError(f"unknown table format {format!r}.{nearest(format, FORMATS)} "
                         f"Known: {', '.join(FORMATS)}.")
    if format == "parquet":
        _pyarrow()  # ask before the long job
    with atomic_file(path) as temporary:
        writer = {"parquet": _Parquet, "votable": _VOTable}.get(format, _Text)(
            temporary, fields, PROGRAM | (meta or {}), format)
        try:
            yield lambda window: writer.write(_checked(window, fields))
            writer.finish()
        finally:
            writer.close()


def window_arrays(window, fields):
    """Return a window with every column as an array of the type of its field, texts printable.

    Parameters
    ----------
    window : dict
        Equally long columns by name.
    fields : dict of str to Field
    """
    types = {str: np.str_, float: np.float64, bool: np.bool_, int: np.int64}
    return {name: np.array(values, types[fields[name].kind])
            for name, values in _checked(window, fields).items()}


def _checked(window, fields):
    """Return the columns as lists of plain Python values."""
    missing = fields.keys() ^ window.keys()
    if missing:
        raise ValueError(f"columns {sorted(missing)} are in the window or in the table only")
    columns = {name: window[name].tolist() if isinstance(window[name], np.ndarray) else list(window[name])
               for name in fields}
    return {name: [printable(str(value)) for value in column] if fields[name].kind is str else column
            for name, column in columns.items()}


class _Text:
    """Lines of cells: ``dat``, ``ecsv``, ``csv``."""

    def __init__(self, path, fields, meta, format):
        self._file = open(path, "w", encoding="utf-8", newline="\n")  # noqa: SIM115 - see close
        self._delimiter = "," if format == "csv" else " "
        number = _csv_number if format == "csv" else repr
        text = _csv_text if format == "csv" else _quoted
        self._cells = [text if field.kind is str else number if field.kind is float else str
                       for field in fields.values()]
        if format == "ecsv":
            self._file.write(_ecsv_head(fields, meta))
        else:
            head = self._delimiter.join(_quoted(name) for name in fields)
            self._file.write(("# " if format == "dat" else "") + head + "\n")

    def write(self, columns):
        cells = [map(cell, column) for cell, column in zip(self._cells, columns.values())]
        self._file.writelines(self._delimiter.join(row) + "\n" for row in zip(*cells))

    def finish(self):
        pass

    def close(self):
        self._file.close()


def _quoted(text):
    """Quote a cell that astropy would otherwise split, drop or take for a comment."""
    if text and not any(c in text for c in " \",#'"):
        return text
    return '"' + text.replace('"', '""') + '"'


def _csv_number(value):
    return "" if value != value else repr(value)


def _csv_text(text):
    return _quoted(safe_cell(text)) if text else ""


def _ecsv_head(fields, meta):
    """Return the header of an ECSV file and the line of names, by astropy."""
    buffer = io.StringIO()
    _astropy_table(fields, {name: [] for name in fields}, meta).write(buffer, format="ascii.ecsv")
    return buffer.getvalue()


def _astropy_table(fields, columns, meta):
    from astropy.table import Column, Table

    types = {float: "f8", str: "U1", bool: "?", int: "i8"}
    table = Table(meta=dict(meta))
    for name, field in fields.items():
        values = np.asarray(columns[name], None if columns[name] else types[field.kind])
        table[name] = Column(values, unit=field.unit or None, description=field.summary or None,
                             meta={"ucd": UCDS[name]} if name in UCDS else None)
    return table


class _VOTable:
    """All rows at once, since astropy writes a VOTable whole."""

    def __init__(self, path, fields, meta, format):
        self._path, self._fields, self._meta = path, fields, meta
        self._columns = {name: [] for name in fields}

    def write(self, columns):
        for name, column in columns.items():
            self._columns[name] += column

    def finish(self):
        from astropy.io.votable.exceptions import W03, W50

        table = _astropy_table(self._fields, self._columns, self._meta)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", W03)  # a name is kept; only the identifier made from it differs
            warnings.simplefilter("ignore", W50)  # a unit that the standard lacks, as ppm, is kept as a text
            table.write(self._path, format="votable")

    def close(self):
        pass


class _Parquet:
    """One row group per window."""

    def __init__(self, path, fields, meta, format):
        pa, parquet = _pyarrow()
        types = {float: pa.float64(), str: pa.string(), bool: pa.bool_(), int: pa.int64()}
        self._schema = pa.schema(
            [pa.field(name, types[field.kind], metadata={"unit": field.unit, "description": field.summary})
             for name, field in fields.items()], metadata={key: str(value) for key, value in meta.items()})
        self._pa = pa
        self._writer = parquet.ParquetWriter(path, self._schema)

    def write(self, columns):
        arrays = [self._pa.array(column, type=field.type, from_pandas=True)  # NaN becomes null
                  for column, field in zip(columns.values(), self._schema)]
        self._writer.write_table(self._pa.Table.from_arrays(arrays, schema=self._schema))

    def finish(self):
        pass

    def close(self):
        self._writer.close()


def _pyarrow():
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    return pyarrow, pyarrow.parquet
