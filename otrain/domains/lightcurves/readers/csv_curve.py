"""Read light curves from text: CSV with a header, or plain columns time, flux and error without one."""

import csv
import io
import re

import numpy as np

from otrain.data.probe import GZIP
from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.readers.columns_of import from_columns

__all__ = ["READER", "CsvCurveReader", "is_text", "read_text_columns"]

LARGEST = 512 << 20  # bytes
_ENDINGS = (".csv", ".txt", ".dat", ".lc", ".tsv", "")
_MISSING = {"", "nan", "none", "null", "--", "inf", "-inf", "na", "n/a", "masked"}
_PLAIN = ("time", "flux", "flux_err")
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*\Z")
_WORD = re.compile(r"[^\s\[]+(?:\s*\[[^\]]*\])?")  # a name and its unit are one cell
_LOOK = 4096  # bytes
_PSLS = b"Flux variation [ppm]"  # those have a reader of their own


def is_text(head):
    """Return whether the first bytes of a file are lines of text."""
    return bool(_TEXT.match(head[:_LOOK])) and not head.startswith((b"# %ECSV", b"SIMPLE  =", b"PAR1"))


class CsvCurveReader:
    """Reader of one light curve per file of text, gzipped or not."""

    name = "csv-curve"
    formats = ("text", "gzip")

    def recognises(self, probe):
        """Return whether the file is text with the ending of a table, or gzip that is no FITS."""
        name = probe.suffixes.removesuffix(".gz")
        if not name.endswith(_ENDINGS[:-1]) and name != "":
            return False
        if probe.head.startswith(GZIP):
            return probe.suffixes.endswith(".gz") and not name.endswith(".ecsv")
        return bool(probe.suffixes) and is_text(probe.head) and _PSLS not in probe.head[:1 << 16]

    def read(self, probe):
        """Yield the light curve of a file."""
        yield from_columns(read_text_columns(probe.expanded(LARGEST)), {}, probe)


def read_text_columns(data):
    """Return the columns of a table of text as a dict of arrays.

    Parameters
    ----------
    data : bytes
        Cells apart by commas, semicolons, tabs or blanks. A first line that holds words names the
        columns, with or without ``#``; other lines with ``#`` are comments. Without names the first
        two columns are time and flux, the third of exactly three the error.

    Raises
    ------
    InputRejected
        ``corrupt`` if it is no table, ``no-image`` if it has no row.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRejected("corrupt", f"the file is no text ({error.reason} at byte {error.start})."
                            ) from None
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines)
                  if line.strip() and not line.startswith("#")), None)
    if first is None:
        raise InputRejected("no-image", "the table has no row.")
    comments = [line.lstrip("#").strip() for line in lines[:first] if line.startswith("#")]
    delimiter = _delimiter(lines[first])
    cells = _split(lines[first], delimiter)
    names = None
    if not all(map(_is_number, cells)):
        names, first = cells, first + 1
    elif comments and len(_split(comments[-1], _delimiter(comments[-1]))) == len(cells):
        names = _split(comments[-1], _delimiter(comments[-1]))
    table = _numbers(lines[first:], delimiter, len(cells))
    if names is None:
        count = len(table)
        if count < 2:
            raise InputRejected("missing-channel", "a table without names needs two columns, time and flux. "
                                                   f"Received: {count}.")
        # Of four and more nobody knows what the others are.
        names = _PLAIN[:count] if count <= len(_PLAIN) else _PLAIN[:2]
    return dict(zip(names, table, strict=False))


def _delimiter(line):
    return next((mark for mark in (",", ";", "\t") if mark in line), None)


def _split(line, delimiter):
    if delimiter is None:
        return _WORD.findall(line)
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return cell.lower() in _MISSING
    return True


def _numbers(lines, delimiter, width):
    """Return the columns of the rows; numbers where they all are."""
    if not any(line.strip() for line in lines):
        raise InputRejected("no-image", "the table has no row.")
    try:
        table = np.loadtxt(io.StringIO("\n".join(lines)), delimiter=delimiter, ndmin=2, comments="#")
        if not len(table):
            raise InputRejected("no-image", "the table has no row.")
        if table.shape[1] == width:
            return list(table.T)
    except (ValueError, UserWarning):
        pass
    rows = [_split(line, delimiter) for line in lines if line.strip() and not line.startswith("#")]
    if not rows:
        raise InputRejected("no-image", "the table has no row.")
    wrong = next((number for number, row in enumerate(rows) if len(row) != width), None)
    if wrong is not None:
        raise InputRejected("corrupt", f"row {wrong + 1} has {len(rows[wrong])} cells, the first line "
                                       f"{width}.")
    return [_column(list(column)) for column in zip(*rows, strict=True)]


def _column(cells):
    if all(map(_is_number, cells)):
        return np.array([np.nan if cell.lower() in _MISSING else float(cell) for cell in cells])
    return np.array(cells)


READER = CsvCurveReader()
