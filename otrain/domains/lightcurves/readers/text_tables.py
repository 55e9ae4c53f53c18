"""Tables of text as people write them: names above or in comments, rows of units, preambles, odd rows.

A row that cannot be read costs itself, not the table; how many there were is told.
"""

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.cells import MISSING, is_number, to_number
from otrain.domains.lightcurves.time_scales import bare_name, clock_rank

__all__ = ["TextTable", "decode_text", "read_text_table"]

_PLAIN = ("time", "flux", "flux_err")
_WORD = re.compile(r"[^\s\[]+(?:\s*\[[^\]]*\])?")  # a name and its unit are one cell
_COMMENT = re.compile(r"\s*(#|%|!|//|\\)")
_RULE = re.compile(r"[\s\-=+|:,;]+\Z")  # a line drawn under the names
_DATE = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?([T ]\d\d?:\d\d(:\d\d(\.\d*)?)?)?Z?\Z")
_TWO_NUMBERS = re.compile(r"\s*[-+.\d]\S*\s+[-+.\d]\S*\s*\Z")
_UNITS = {"", "-", "d", "day", "days", "bjd", "jd", "hjd", "mjd", "btjd", "bkjd", "s", "sec", "h", "min",
          "mag", "mmag", "e-/s", "e/s", "electron/s", "electron / s", "counts", "cts", "cts/s", "adu",
          "adu/s", "ppm", "ppt", "%", "pix", "pixel", "pixels", "none", "relative", "normalized", "arcsec",
          "deg", "jy", "ujy", "mjy", "char", "double", "float", "int", "long", "bits", "unitless",
          "dimensionless", "1"}
_MOSTLY = 0.9  # share of numbers that makes a column one of numbers
_SAMPLED = 1000  # cells that tell a column of words
_SEARCHED = 200  # lines above the data in which names are looked for
_SPACES = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class TextTable:
    """A table that was read from text.

    Parameters
    ----------
    columns : dict of str to (n,) ndarray
        Numbers where nine of ten cells are numbers, else texts.
    units : dict of str to str
        Of a row of units.
    named : bool
        Whether the text names the columns.
    unread : int
        Rows that could not be read and were left out.
    """

    columns: dict
    units: dict = field(default_factory=dict)
    named: bool = True
    unread: int = 0


def decode_text(data):
    """Return bytes as text: UTF-8, UTF-16 with its mark, else Latin-1.

    Raises
    ------
    InputRejected
        ``corrupt`` if they are no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            pass
    if b"\0" in data[:1 << 16]:
        raise InputRejected("corrupt", f"the file is no text (a zero at byte {data.index(0)}).")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_text_table(data):
    r"""Return the table of a text.

    Parameters
    ----------
    data : bytes
        Cells apart by commas, semicolons, tabs, bars or blanks. The last line of words above the first row
        names the columns, with or without ``#``; a second one may give units. Other lines above, and those
        that begin with ``#``, are comments. Tables of IPAC are read too. Without names the first two columns
        of numbers are time and flux, the third of exactly three the error.

    Raises
    ------
    InputRejected
        ``corrupt`` if it is no table, ``no-image`` if it has no row.

    Examples
    --------
    >>> table = read_text_table(b"time;flux\n2040,5;1,5\n2041,5;1,25\nend\n")
    >>> table.columns["time"].tolist(), table.unread
    ([2040.5, 2041.5], 1)
    """
    lines = _SPACES.split(decode_text(data))
    first = next((line for line in lines if line.strip() and not _COMMENT.match(line)), None)
    if first is None:
        raise InputRejected("no-image", "the table has no row.")
    if first.startswith("|") and first.rstrip().endswith("|"):
        return _read_ipac(lines)
    start, delimiter = _first_row(lines)
    cells = _split(lines[start], delimiter)
    while len(cells) > 2 and not cells[-1]:  # a mark behind the last cell
        cells = cells[:-1]
    names, units = _names_above(lines[:start], delimiter, len(cells))
    columns, unread = _read_rows(lines[start:], delimiter, len(cells))
    if names is None:
        return TextTable(_plain(columns), named=False, unread=unread)
    table = {}
    for name, values in zip(names, columns, strict=True):
        table.setdefault(name, values)
    return TextTable(table, dict(zip(names, units, strict=True)) if units else {}, unread=unread)


def _read_ipac(lines):
    from astropy.io import ascii

    try:
        table = ascii.read([line for line in lines if line.strip()], format="ipac")
    except Exception as error:  # astropy raises a dozen kinds
        words = " ".join(str(error).split())[:200]
        raise InputRejected("corrupt", f"the table of IPAC cannot be read ({words}).") from None
    columns = {name: np.ma.filled(table[name].astype(float), np.nan) if table[name].dtype.kind in "fiu"
               else np.asarray(table[name]) for name in table.colnames}
    return TextTable(columns, {name: str(table[name].unit) for name in table.colnames if table[name].unit})


def _first_row(lines):
    """Return the place of the first row of data, and the mark between its cells."""
    filled = list(islice((place for place, line in enumerate(lines)
                          if line.strip() and not _COMMENT.match(line)), _SEARCHED))
    first = None
    for place, after in zip(filled, [*filled[1:], None], strict=True):
        for delimiter in (";", "\t", ",", "|", None):
            if not _is_data(lines[place], delimiter):
                continue
            first = first or (place, delimiter)
            width = len(_split(lines[place], delimiter))
            # A line of a preamble may look like a row, but the next is none then.
            if width > 1 and after is not None and _is_data(lines[after], delimiter) and (
                    len(_split(lines[after], delimiter)) == width):
                return place, delimiter
    if first:
        return first
    mark = _mark_of(lines[filled[0]])
    cells = _split(lines[filled[0]], mark)
    if len(filled) == 1 and len(cells) > 1:
        raise InputRejected("no-image", "the table has no row.")
    if any(clock_rank(bare_name(cell)[0]) is not None for cell in cells) and len(cells) > 1:
        return filled[1], mark  # rows of something else under names that are ours
    raise InputRejected("corrupt", f"no line of the file is a row of numbers (it begins with "
                                   f"{lines[filled[0]].strip()[:60]!r}).")


def _is_data(line, delimiter):
    """Return whether a line is a row of a light curve: two numbers, and half of its cells at least."""
    if delimiter is not None and delimiter not in line:
        return False
    cells = _split(line, delimiter)
    if delimiter is not None and any(_TWO_NUMBERS.match(cell) and not _DATE.match(cell) for cell in cells):
        return False
    filled = [cell for cell in cells if cell]
    if len(cells) == 1:
        return len(filled) == 1 and is_number(filled[0]) and filled[0].lower() not in MISSING
    numbers = sum((is_number(cell) and cell.lower() not in MISSING - {"nan"}) or bool(_DATE.match(cell))
                  for cell in filled)
    return numbers >= 2 and 2 * numbers >= len(filled)


def _mark_of(line):
    return next((mark for mark in (",", ";", "\t") if mark in line), None)


def _split(line, delimiter):
    if delimiter is None:
        return _WORD.findall(line)
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _split_fast(line, delimiter):
    """Return what `_split` does, for a line of which there are millions."""
    if '"' in line or (delimiter is None and "[" in line):
        return _split(line, delimiter)
    return line.split() if delimiter is None else [cell.strip() for cell in line.split(delimiter)]


def _names_above(lines, delimiter, width):
    """Return the names of the columns and their units, as the lines above the data tell them, or None."""
    words = [line for line in lines[-_SEARCHED:] if line.strip() and not _COMMENT.match(line)
             and not _RULE.match(line)]
    comments = [line.strip().lstrip("#%!/\\ ").strip() for line in lines[-_SEARCHED:] if _COMMENT.match(line)]
    for group in (words, [line for line in comments if line and not _RULE.match(line)]):
        rows = []
        for line in reversed(group):
            cells = _fitted(line, delimiter, width)
            if cells is None:
                if rows or group is words:
                    break
                continue
            rows.append(cells)
            if len(rows) == 3:
                break
        if not rows:
            continue
        units = rows.pop(0) if len(rows) > 1 and _are_units(rows[0]) else None
        if group is not words and not any(clock_rank(bare_name(name)[0]) is not None for name in rows[0]):
            better = [cells for cells in rows
                      if any(clock_rank(bare_name(name)[0]) is not None for name in cells)]
            if better:
                return better[0], units
        return rows[0], units
    return None, None


def _fitted(line, delimiter, width):
    """Return the cells of a line that fit the width of the data, or None."""
    for mark in dict.fromkeys((delimiter, _mark_of(line), None)):
        cells = _split(line, mark)
        while len(cells) > width and not cells[-1]:
            cells = cells[:-1]
        if len(cells) == width - 1 and mark is None and width > 2:
            cells = ["", *cells]  # the numbers of the rows have no name
        if len(cells) == width and not all(map(is_number, cells)):
            return cells
    return None


def _are_units(cells):
    """Return whether every cell is a unit, with or without brackets."""
    bare = [cell.strip().strip("()[]").strip().lower() for cell in cells]
    return all(cell in _UNITS or re.match(r"b?jd\s*-\s*\d", cell) for cell in bare) and any(bare)


def _read_rows(lines, delimiter, width):
    """Return the columns of the rows, and how many rows could not be read."""
    try:
        table = np.loadtxt(io.StringIO("\n".join(lines)), delimiter=delimiter, ndmin=2, comments="#")
        if len(table) and table.shape[1] == width:
            return list(table.T), 0
    except (ValueError, UserWarning):
        pass
    few = [cell for line in lines[::max(1, len(lines) // _SAMPLED)] for cell in _split_fast(line, delimiter)]
    if not any(map(is_number, few)):
        raise InputRejected("bad-column", "no column of the table holds numbers (the first row is "
                                          f"{lines[0].strip()[:60]!r}).")
    rows, unread, shown = [], 0, ""
    for line in lines:
        if not line.strip() or _COMMENT.match(line):
            continue
        cells = _split_fast(line, delimiter)
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            rows.append(cells)
        else:
            unread, shown = unread + 1, shown or line.strip()
    if not rows or unread > len(rows):
        raise InputRejected("corrupt", f"{unread} of {unread + len(rows)} rows have not {width} cells as the "
                                       f"first one; the first of them is {shown[:60]!r}.")
    columns = [list(column) for column in zip(*rows, strict=True)]
    good = np.ones(len(rows), bool)
    numeric = [_mostly_numbers(column, good) for column in columns]
    kept = np.flatnonzero(good).tolist()
    tables = [np.array([to_number(column[row]) if number else column[row] for row in kept])
              for column, number in zip(columns, numeric, strict=True)]
    return tables, unread + len(rows) - len(kept)


def _mostly_numbers(cells, good):
    """Return whether a column holds numbers; rows in which it does not are marked as not good."""
    try:
        np.array(cells, float)
        return True
    except ValueError:
        pass
    few = cells[::max(1, len(cells) // _SAMPLED)]
    if sum(not is_number(cell) for cell in few) > 2 * (1 - _MOSTLY) * len(few):
        return False  # words; a look at some of them is enough
    wrong = [row for row, cell in enumerate(cells) if not is_number(cell)]
    limits = any(cell.lstrip().startswith((">", "<")) for cell in cells)
    if len(wrong) > (1 - _MOSTLY) * len(cells):
        return False
    good[wrong] = False
    return not limits  # limits stay as they are written, to be counted


def _plain(columns):
    """Return the columns of a table without names: time, flux and error; words name the instrument."""
    numeric = [values for values in columns if values.dtype.kind == "f"]
    words = [values for values in columns if values.dtype.kind != "f"]
    dates = [values for values in words if len(values) and _DATE.match(str(values[0]))]
    if dates and columns[0] is dates[0]:
        numeric, words = [dates[0], *numeric], [values for values in words if values is not dates[0]]
    if len(numeric) < 2:
        raise InputRejected("missing-channel", "a table without names needs two columns, time and flux. "
                                               f"Received: {len(numeric)}.")
    # Of four and more nobody knows what the others are.
    names = _PLAIN[:len(numeric)] if len(numeric) <= len(_PLAIN) else _PLAIN[:2]
    table = dict(zip(names, numeric, strict=False))
    return table | ({"instrument": words[0]} if words else {})
