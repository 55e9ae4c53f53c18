"""Binary tables of FITS files without astropy: the header, and the columns that are asked for.

A light curve of Kepler has twenty columns of which four are wanted, and a night has
thousands of such files; this takes a tenth of the time. Tables that are compressed
or have arrays of variable length are left to astropy.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from otrain.data.inputs.checksums import check_sums_of
from otrain.data.inputs.fits_bytes import BLOCK
from otrain.data.inputs.fits_card import CARD, NotStandard, card_texts, card_value
from otrain.data.inputs.quarantine import InputRejected

__all__ = ["Table", "read_tables"]

_END = "END     "
_LONGEST_HEADER = 4 << 20  # bytes
_FORMAT = re.compile(r"\s*(\d*)([LXBIJKAEDCMPQ])")
_TYPES = {"L": "i1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8", "C": ">c8",
          "M": ">c16", "P": ">i4", "Q": ">i8"}


class _Header:
    """Keywords of an HDU, and those of the primary one which it lacks; values are read when asked for."""

    def __init__(self, cards, primary=None):
        self.cards, self.primary = cards, primary

    def __getitem__(self, keyword):
        value = self.get(keyword)
        if value is None:
            raise KeyError(keyword)
        return value

    def __contains__(self, keyword):
        return keyword in self.cards

    def cards_of(self, keyword):
        """Return the value of a keyword of this HDU alone, None where it has none."""
        text = self.cards.get(keyword)
        return None if text is None else _value(text)

    def get(self, keyword, default=None):
        """Return the value of a keyword; one without a value counts as absent."""
        text = self.cards.get(keyword)
        value = None if text is None else _value(text)
        if value is None and self.primary is not None:
            value = self.primary.get(keyword)
        return default if value is None else value


@dataclass
class Table:
    """A binary table.

    Parameters
    ----------
    header : object
        ``get(keyword, default)``: of its keywords, and of those of the primary header which it lacks.
    data : bytes
        Of the rows.
    """

    header: _Header
    data: memoryview

    @cached_property
    def names(self):
        """Names of the columns in order, as written."""
        return [str(self.header.get(f"TTYPE{number}", "")).strip()
                for number in range(1, int(self.header.get("TFIELDS", 0)) + 1)]

    def find(self, *names):
        """Return the number of the first column that has one of the names in any case, or None."""
        known = {name.lower(): number for number, name in reversed(list(enumerate(self.names, start=1)))}
        return next((known[name.lower()] for name in names if name.lower() in known), None)

    def unit(self, number):
        """Return the unit of a column as text."""
        return str(self.header.get(f"TUNIT{number}", "") or "").strip()

    def values(self, number):
        """Return a column of numbers as `column` does, or one of texts, ``(n,)`` str."""
        _, letter, size = self._layout(number)
        if letter != "A":
            return self.column(number)
        rows, width = int(self.header["NAXIS2"]), int(self.header["NAXIS1"])
        if not rows or not size:
            return np.zeros(rows, "U1")
        raw = np.ndarray(rows, f"S{size}", self.data, self._offset(number), (width,))
        return np.char.strip(np.char.decode(raw, "latin-1"))

    def column(self, number):
        """Return a column of numbers, ``(n,)`` float64; TNULL becomes NaN, TSCAL and TZERO are applied.

        Of the two numbers that astropy writes for a time, day and fraction, the sum is returned.

        Raises
        ------
        InputRejected
            ``bad-column`` if the column does not hold one number per row.
        """
        offset, (count, kind, _) = self._offset(number), self._layout(number)
        if kind == "D" and count == 2:
            return np.ndarray((int(self.header["NAXIS2"]), 2), ">f8", self.data, offset,
                              (int(self.header["NAXIS1"]), 8)).sum(axis=1, dtype=np.float64)
        if kind not in "LBIJKED" or count != 1:
            raise InputRejected("bad-column", f"column {self.names[number - 1]!r} does not hold one number "
                                              f"per row (TFORM {self.header.get(f'TFORM{number}')!r}).")
        rows, width = int(self.header["NAXIS2"]), int(self.header["NAXIS1"])
        if not rows:
            return np.empty(0)
        raw = np.ndarray(rows, _TYPES[kind], self.data, offset, (width,))
        values = (raw == ord("T")).astype(np.float64) if kind == "L" else raw.astype(np.float64)
        null = self.header.get(f"TNULL{number}")
        if null is not None and kind in "BIJK":
            values[raw == null] = np.nan
        scale, zero = self.header.get(f"TSCAL{number}", 1), self.header.get(f"TZERO{number}", 0)
        return values if (scale, zero) == (1, 0) else values * scale + zero

    def is_pair(self, number):
        """Return whether a column has two numbers per row, as astropy writes times."""
        return self._layout(number)[:2] == (2, "D")

    def _offset(self, number):
        """Return where a column begins in each row [byte]."""
        return sum(self._layout(place)[2] for place in range(1, number))

    def _layout(self, number):
        """Return repeat count, letter and bytes of a column."""
        text = str(self.header.get(f"TFORM{number}", ""))
        found = _format(text)
        if found is None:
            raise InputRejected("corrupt", f"TFORM{number} is {text!r}, which is no format of a column.")
        return found


@lru_cache(256)
def _format(text):
    """Return repeat count, letter and bytes of a TFORM, None if it is none."""
    found = _FORMAT.match(text)
    if not found:
        return None
    count = int(found[1]) if found[1] else 1
    size = {"A": count, "X": -(-count // 8)}.get(found[2])
    return count, found[2], count * np.dtype(_TYPES[found[2]]).itemsize if size is None else size


def read_tables(data):
    """Return the binary tables of a FITS file.

    Parameters
    ----------
    data : bytes
        A whole file, not compressed.

    Returns
    -------
    list of Table

    Raises
    ------
    InputRejected
        ``truncated`` if the file ends before its data, ``corrupt`` for a header without sense,
        ``bad-checksum`` where a header or its data differ from their checksum.
    """
    view, place, primary, tables, units = memoryview(data), 0, None, [], []
    while place < len(data):
        start = place
        cards, place = _cards(data, place)
        if not cards:
            break  # what comes behind the last HDU is not ours
        header = _Header(cards)
        size = _data_size(header)
        if place + size > len(data):
            raise InputRejected("truncated", f"the file has {len(data)} bytes and its headers promise "
                                             f"{place + size}.")
        primary = primary or header
        if header.get("XTENSION") == "BINTABLE":
            tables.append(Table(_Header(cards, primary), view[place:place + size]))
        units.append((header, start, place, place + -(-size // BLOCK) * BLOCK))
        place = units[-1][-1]
    check_sums_of(data, units)
    return tables


def _cards(data, place):
    """Return the cards of the header at a place, as text by keyword, and where its data begin."""
    header = ""
    while True:
        block = data[place:place + BLOCK]
        if len(block) < BLOCK:
            if not header:
                return {}, len(data)
            raise InputRejected("truncated", "the file ends within a header.")
        place += BLOCK
        text = block.decode("ascii", "replace")
        if not header and not text.startswith(("SIMPLE  ", "XTENSION")):
            return {}, len(data)
        header += text
        if len(header) > _LONGEST_HEADER:
            raise InputRejected("corrupt", f"no card END in {_LONGEST_HEADER / 1e6:.0f} MB of a header.")
        if any(text.startswith(_END, start) for start in range(0, BLOCK, CARD)):
            return card_texts(header), place


@lru_cache(4096)  # most cards of a night's headers are the same in every file
def _value(text):
    """Return the value of a card: text, number, logical, or None where there is none or it makes no sense."""
    try:
        return card_value(text)
    except NotStandard:
        return None


def _data_size(header):
    """Return how many bytes of data an HDU has."""
    try:
        axes = [int(header[f"NAXIS{axis}"]) for axis in range(1, int(header.get("NAXIS", 0)) + 1)]
        size = abs(int(header["BITPIX"])) // 8 * int(np.prod(axes, dtype=object)) if axes else 0
        size = (size + int(header.get("PCOUNT") or 0)) * int(header.get("GCOUNT") or 1)
    except (KeyError, TypeError, ValueError) as error:
        raise InputRejected("corrupt", f"a header does not tell the size of its data ({error}).") from None
    if size < 0:
        raise InputRejected("corrupt", "a header tells a negative size of its data.")
    if header.get("XTENSION") == "BINTABLE" and header.get("TFIELDS") and axes[:1]:
        widths = Table(header, memoryview(b""))
        total = sum(widths._layout(number)[2] for number in range(1, int(header["TFIELDS"]) + 1))
        if total != axes[0]:
            raise InputRejected("corrupt", f"the columns of a table have {total} bytes per row, its header "
                                           f"says {axes[0]}.")
    return size
