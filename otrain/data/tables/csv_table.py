"""Tables as CSV and ECSV: the only writer of them, so that no name of a stranger is run or obeyed.

A spreadsheet runs a cell that begins like a formula, and a terminal obeys control
characters of a file that somebody looks at. Names of files and candidates can hold both.
"""

import csv
from functools import partial

import numpy as np

from otrain.data.files.atomic import atomic_file

__all__ = ["FORMULA", "csv_rows", "number_as_written", "plain_cell", "printable", "safe_cell", "write_csv",
           "write_ecsv"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


def printable(text):
    """Return a text on one line that UTF-8 and XML can hold; the rest becomes backslash escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def safe_cell(text):
    """Return a text that is only looked at: printable, and with a quote before what would be a formula.

    Examples
    --------
    >>> safe_cell("=HYPERLINK(0)"), safe_cell(" @sum"), safe_cell("c12")
    ("'=HYPERLINK(0)", "' @sum", 'c12')
    """
    # Some programs drop blanks before they look.
    return printable("'" + text if text.lstrip(" ").startswith(FORMULA) else text)


def plain_cell(text):
    """Return the text that `safe_cell` has changed into a cell, control characters aside."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULA) else text


def write_csv(stream, names, rows, *, lineterminator="\r\n", decimals=None):
    """Write a table.

    Parameters
    ----------
    stream : text file
        Opened with ``newline=""``.
    names : iterable of str
        The header.
    rows : iterable of iterables
        Numbers are written as they are, anything else as `safe_cell` of its text.
    lineterminator : str
    decimals : int, optional
        Of floating numbers; by default all digits.
    """
    add = csv_rows(stream, names, lineterminator=lineterminator, decimals=decimals)
    for row in rows:
        add(row)


def csv_rows(stream, names, *, lineterminator="\r\n", decimals=None):
    """Write the header of a table and return ``add(row)``, which writes a row; see `write_csv`."""
    writer = csv.writer(stream, lineterminator=lineterminator)
    writer.writerow(map(_cell, names))
    cell = _cell if decimals is None else partial(_cell, decimals=decimals)
    return lambda row: writer.writerow(map(cell, row))


class _Written(float):
    """A number that keeps the digits that it came with."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text.strip()
        return number

    def __str__(self):
        return self.text

    __repr__ = __str__


def number_as_written(text):
    """Return a cell of another table: a number with its digits, which needs no quote; else the text.

    Examples
    --------
    >>> number_as_written("-1.50"), number_as_written("-1+1")
    (-1.50, '-1+1')
    """
    try:
        return _Written(text)
    except ValueError:
        return text


class _Fixed(float):
    """A number that is written with so many decimals; no text, which might need a quote before its sign."""

    def __new__(cls, value, decimals):
        fixed = super().__new__(cls, value)
        fixed.decimals = decimals
        return fixed

    def __str__(self):
        return f"{float(self):.{self.decimals}f}"

    __repr__ = __str__


def _cell(value, decimals=None):
    if isinstance(value, str):
        return safe_cell(value)
    if decimals is not None and isinstance(value, float):
        return _Fixed(value, decimals)
    number = value is None or isinstance(value, float) or hasattr(value, "__index__")
    return value if number else safe_cell(str(value))


def write_ecsv(path, columns, *, units=None, meanings=None, meta=None):
    """Write a table as ECSV by astropy, texts printable; it appears whole or not at all.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.
    columns : dict of str to list or ndarray
        Equally long.
    units, meanings : dict of str to str, optional
        Of columns by name.
    meta : dict, optional
        Plain values about the whole table.
    """
    from astropy.table import Table

    table = Table({name: [printable(value) if isinstance(value, str) else value for value in values]
                   if np.asarray(values).dtype.kind == "U" else values for name, values in columns.items()},
                  meta=meta or {})
    for name in table.colnames:
        table[name].unit = (units or {}).get(name) or None
        table[name].description = (meanings or {}).get(name) or None
    with atomic_file(path) as temporary:
        table.write(temporary, format="ascii.ecsv", overwrite=True)
