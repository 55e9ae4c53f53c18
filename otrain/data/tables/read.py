"""Some columns of a large text table: a commented header, or a plain one, and one line per row.

A window of lines is parsed by numpy; the few windows that it refuses are parsed line
by line, so that a bad row costs that row only. Memory is that of the wanted columns.
"""

import csv
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from otrain.errors import DataError

__all__ = ["MISSING", "TextTable", "read_text_table"]

MISSING = frozenset({"", "--", "nan", "none", "null", "masked", "n/a"})  # in lower case
_WINDOW = 50_000  # lines
_LONGEST_HEAD = 10_000  # lines; an ECSV table has one for each column
_WIDTH = 64  # letters; longer names are read again
_WORDS = re.compile(r'"(?:[^"]|"")*"|\S+')


@dataclass(frozen=True)
class TextTable:
    """The wanted columns of a table, and what was wrong with it.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
        Numbers float64, NaN where there is none; texts as they stand, stripped.
    rows : int
        Lines of the table, those that are left out among them.
    malformed : int
        Lines with another number of cells than the header; they are left out.
    unreadable : dict of str to int
        Cells of a number column that hold text which is no mark of a missing value.
    """

    columns: dict
    rows: int
    malformed: int
    unreadable: dict


def read_text_table(path, wanted, *, optional=()):
    """Read some columns of a table as O'TRAIN, astropy or otrain-infer write it.

    Parameters
    ----------
    path : path-like
        ``# name name ...`` and lines of cells apart by spaces, tabs or commas; texts with
        such letters stand in double quotes. Other lines that begin with ``#`` are passed over.
    wanted : dict of str to (type, tuple of str)
        For each column ``float`` or ``str``, and the names under which it may stand.
    optional : collection of str
        Columns that may be absent: all NaN or empty then.

    Returns
    -------
    TextTable

    Raises
    ------
    DataError
        If there is no such file, it is no text table, or a column is absent.
    """
    path = Path(path)
    try:
        # Names may be in any encoding; only their equality matters.
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            layout = _layout(path, file, wanted, optional)
            parts, rows, malformed = [], 0, 0
            while lines := list(islice(file, _WINDOW)):
                part, seen, bad = layout.parse(lines)
                parts.append(part)
                rows, malformed = rows + seen, malformed + bad
    except FileNotFoundError:
        raise DataError(f"{path}: no such table.") from None
    columns, unreadable = {}, {}
    for name, (kind, _) in wanted.items():
        found = [part[name] for part in parts if name in part]
        columns[name] = (np.concatenate([values for values, _ in found]) if found else
                         np.full(rows - malformed, np.nan if kind is float else ""))
        if count := sum(bad for _, bad in found):
            unreadable[name] = count
    return TextTable(columns, rows, malformed, unreadable)


def _layout(path, file, wanted, optional):
    """Read up to the header; return how the lines after it are to be parsed."""
    seen = []
    for line in islice(file, _LONGEST_HEAD):
        if "\0" in line:
            raise DataError(f"{path}: not a text table. Give the .dat file, or --format ecsv or csv.")
        text = line.lstrip("#").strip()
        if not text:
            continue
        delimiter = "," if "," in text and not _split(text, None)[1:] else None
        names = _split(text, delimiter)
        seen = seen or names
        places = {name: next((names.index(known) for known in known_as if known in names), None)
                  for name, (_, known_as) in wanted.items()}
        absent = [wanted[name][1][0] for name, place in places.items()
                  if place is None and name not in optional]
        if not absent:
            return _Layout(len(names), {name: place for name, place in places.items() if place is not None},
                           {name: kind for name, (kind, _) in wanted.items()}, delimiter)
        if not line.startswith("#"):
            break
    if not seen:
        raise DataError(f"{path}: the table is empty.")
    needed = ", ".join(known[0] for name, (_, known) in wanted.items() if name not in optional)
    raise DataError(f"{path}: the table needs the columns {needed}. Received: {', '.join(seen)[:300]}.")


@dataclass(frozen=True)
class _Layout:
    """How a window of lines becomes columns."""

    width: int
    places: dict
    kinds: dict
    delimiter: str | None

    def parse(self, lines):
        """Return ``{name: (values, unreadable)}``, the number of rows and of malformed ones."""
        try:
            return self._fast(lines), len(lines), 0
        except ValueError:
            return self._slow(lines)

    def _fast(self, lines, width=_WIDTH):
        """Parse by numpy; ValueError if any line is not as it should be."""
        # All cells are declared, so that a line with one too many is noticed.
        kinds = ["U1"] * self.width
        for name, place in self.places.items():
            kinds[place] = "f8" if self.kinds[name] is float else f"U{width}"
        table = np.loadtxt(lines, dtype=[(f"c{i}", kind) for i, kind in enumerate(kinds)], ndmin=1,
                           delimiter=self.delimiter, quotechar='"', comments=None)
        if len(table) != len(lines):
            raise ValueError("an empty line, or a quote over several lines")
        part = {}
        for name, place in self.places.items():
            values = table[f"c{place}"]
            if self.kinds[name] is str:
                longest = int(np.char.str_len(values).max(initial=1))
                if longest >= width:
                    return self._fast(lines, max(map(len, lines)) + 1)
                values = np.char.strip(values).astype(f"U{longest}")
            part[name] = np.array(values), 0
        return part

    def _slow(self, lines):
        """Parse line by line; what cannot be parsed is counted."""
        cells = [_split(line, self.delimiter) for line in lines
                 if line.strip() and not line.startswith("#")]
        good = [row for row in cells if len(row) == self.width]
        part = {}
        for name, place in self.places.items():
            values = [row[place].strip() for row in good]
            if self.kinds[name] is str:
                part[name] = np.array(values, str), 0
            else:
                numbers = [_number(value) for value in values]
                bad = sum(number is None for number in numbers)
                part[name] = np.array([np.nan if number is None else number for number in numbers]), bad
        return part, len(cells), len(cells) - len(good)


def _split(line, delimiter):
    """Return the cells of one line, without their quotes."""
    if delimiter is not None:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    return [word[1:-1].replace('""', '"') if word[0] == word[-1] == '"' and len(word) > 1 else word
            for word in _WORDS.findall(line)]


def _number(text):
    """Return a number, NaN for a mark of a missing one, None for any other text."""
    try:
        return float(text)
    except ValueError:
        return np.nan if text.lower() in MISSING else None
