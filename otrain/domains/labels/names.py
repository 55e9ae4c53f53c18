"""Names of files and candidates in a table of labels, however whoever wrote the table has spelled them."""

import os
import re
from typing import NamedTuple

from otrain.data.tables.csv_table import plain_cell, printable

__all__ = ["FileNames", "id_keys"]

_ENDING = re.compile(r"(\.(fits|fit|fts|avro|npy|npz|h5|hdf5|parquet|json|png|jpe?g))?"
                     r"(\.(gz|fz|bz2|xz|z|zst))?$", re.IGNORECASE)
_WHOLE = re.compile(r"([+-]?)0*(\d+)(\.0*)?")


def id_keys(text):
    """Return the other spellings under which the name of a candidate is looked up.

    A whole number is the same with leading zeros and as a float.

    Examples
    --------
    >>> id_keys("0042"), id_keys("42.0"), id_keys("ZTF42")
    (('42',), ('42',), ())
    """
    found = _WHOLE.fullmatch(text.strip())
    return (f"{'-' if found[1] == '-' else ''}{found[2]}",) if found else ()


class FileNames:
    """Look up values under names of files: absolute, relative, back-slashed, with or without an ending.

    A name is also found as a table of ours has it: with escapes for what cannot be printed, and a quote
    before what would be a formula.

    Parameters
    ----------
    table : dict of str to object
        Value by name, as the table has it.
    """

    def __init__(self, table):
        self._table, self._by_stem = table, {}
        for key, value in table.items():
            parts = _parts(key)
            if parts:
                self._by_stem.setdefault(_stem(parts[-1]), []).append((parts, value))

    def find_all(self, files):
        """Return the value of each of some files, None for those without.

        A name in the table counts for a file if they are the same, or if one ends as the other does: the
        longer such an end, the better. Where the folder of the files stands in the names, names of
        other folders do not count; where two names are equally good and differ in value, none counts.

        Parameters
        ----------
        files : list of (str, str)
            Path, and name relative to the source.

        Returns
        -------
        list of object
        """
        found = [self._candidates(path, name) for path, name in files]
        # One name with the folder of its file says that the folders in the table mean what they say.
        strict = any(row.folder == "same" for rows in found for row in rows)
        return [_best(rows, strict) for rows in found]

    def _candidates(self, path, name):
        """Return the rows of the table that may stand for a file."""
        relative = _parts(name)
        if name in self._table:
            return [_Row(len(relative), "none", self._table[name])]
        wanted = _parts(os.path.abspath(path))
        if wanted[-len(relative):] != relative:  # a member of an archive
            wanted += relative
        rows = []
        for parts, value in self._by_stem.get(_stem(relative[-1]), ()):
            agree = _agreeing(parts, wanted)
            # All of the table's name, or all of the file's: a/x.fits is not b/x.fits.
            if agree == len(parts) or agree >= len(relative):
                folder = "same" if agree > len(relative) else "other"
                folder = folder if len(parts) > len(relative) else "none"
                rows.append(_Row(agree, folder, value))
        return rows


class _Row(NamedTuple):
    """A row that may stand for a file: components that agree, its further folder, its value."""

    agree: int
    folder: str  # "none", "same" as that of the file, or "other"
    value: object


def _best(rows, strict):
    """Return the value of the best rows, None if there is none or they differ."""
    rows = [row for row in rows if not (strict and row.folder == "other")]
    most = max((row.agree for row in rows), default=0)
    values = {row.value for row in rows if row.agree == most}
    return values.pop() if len(values) == 1 else None


def _parts(name):
    """Return the components of a name without ``.``; a drive is one of them."""
    written = printable(plain_cell(str(name)))
    return [part for part in written.replace("\\", "/").split("/") if part not in ("", ".")]


def _stem(name):
    """Return a file's name without the endings of candidate files."""
    return name[:_ENDING.search(name).start()] or name


def _agreeing(parts, wanted):
    """Return how many components agree, from the last one backwards; the last but for its ending."""
    count = 0
    for one, other in zip(reversed(parts), reversed(wanted), strict=False):
        if (one if count else _stem(one)) != (other if count else _stem(other)):
            break
        count += 1
    return count
