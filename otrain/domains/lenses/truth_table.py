"""One table of CosmoSim: a row for each image, by the name of its file."""

import csv
import os
import re
from array import array
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from otrain.data.tables.read import MISSING
from otrain.domains.lenses.columns import COLUMNS
from otrain.errors import DataError, UsageError

__all__ = ["DIFFERENT", "FILE_COLUMNS", "NO_SUBSET", "TruthTable", "read_truth_table", "subset_of"]

FILE_COLUMNS = ("filename", "file")
LARGEST = 2 << 30  # bytes
_MOST_ROWS = 20_000_000
_OTHER_NAMES = {"einsteinR": "einsteinradius", "nsersic": "n_sersic", "name": "candid"}
_CONFIGS = {  # of CosmoSim 2, which has lens and model in one word
    "p": ("PM", "Raytrace"), "r": ("PM", "Roulette"), "ss": ("SIS", "Roulette"), "fs": ("SIS", "Raytrace"),
    "rs": ("SIS", "Roulette"), "raysie": ("SIE", "Raytrace"), "rousie": ("SIE", "Roulette"),
    "srousie": ("SIE", "Roulette"), "sraysie": ("SIE", "Raytrace"), "pss": ("SIS", "Raytrace"),
}
_SUBSET = re.compile(r"(?<![a-z])(?:(train(?:ing)?)|(val(?:id(?:ation)?)?)|(test(?:ing)?))(?![a-z])")
_SUBSETS = ("training", "validation", "test")
DIFFERENT = "two rows have its name and different values"
NO_SUBSET = "unused"  # in the column `subset` of the table that a problem file makes: not asked for


@dataclass
class TruthTable:
    """The rows of one table.

    Parameters
    ----------
    path : str
    files : list of str
        Names of files as the table has them, one for each row.
    numbers : dict of str to (N,) float64 ndarray
        NaN where there is none.
    texts : dict of str to list of str
    faults : dict of str to str
        What is wrong with the row of a file, in words, by its name: too few cells, no number, two rows.
    unused : tuple of str
        Columns that nobody here knows.
    notes : list of str
        What a person must know of the table.
    """

    path: str
    files: list
    numbers: dict
    texts: dict
    faults: dict = field(default_factory=dict)
    unused: tuple = ()
    notes: list = field(default_factory=list)

    @property
    def name(self):
        """Name of the file of the table, without folder."""
        return os.path.basename(self.path)

    def __len__(self):
        return len(self.files)

    @cached_property
    def known(self):
        """Names of the numbers of which at least one row has a finite one."""
        return {name for name, values in self.numbers.items() if np.isfinite(values).any()}

    def row(self, number):
        """Return the values of a row by the name of the column; NaN where this row alone has none."""
        found = {name: float(values[number]) for name, values in self.numbers.items() if name in self.known}
        return found | {name: values[number] for name, values in self.texts.items() if values[number]}


def subset_of(path):
    """Return the subset that the name of a table tells, or an empty text.

    Examples
    --------
    >>> subset_of("sie-testing.csv"), subset_of("train.csv"), subset_of("roulette.csv")
    ('test', 'training', '')
    """
    stem = os.path.splitext(os.path.basename(path))[0].lower()
    found = {_SUBSETS[groups.index(next(filter(None, groups)))] for groups in _SUBSET.findall(stem)}
    return found.pop() if len(found) == 1 else ""


def read_truth_table(path):
    """Read a table of CosmoSim or droulette: CSV with a column ``filename``.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    TruthTable
        With the canonical names of columns. A file that two rows name with different values has a fault;
        rows that are the same are one.

    Raises
    ------
    UsageError
        If it cannot be opened.
    DataError
        If it is no such table.
    """
    path = os.fspath(path)
    try:
        size = os.stat(path).st_size
        if size > LARGEST:
            raise DataError(f"{path}: a table of {size / 1e9:.1f} GB is too large; at most "
                            f"{LARGEST / 1e9:.0f} GB are read.")
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            return _parsed(path, csv.reader(stream))
    except OSError as error:
        raise UsageError(f"{path}: the table of lenses cannot be read: {error.strerror}. Give CSV files with "
                         "a column filename.") from None
    except csv.Error as error:
        raise DataError(f"{path}: the table is damaged ({error}). Write it again.") from None


def _parsed(path, rows):
    """Return the table that the lines of a CSV file make."""
    header = [name.strip() for name in next(rows, [])]
    names = [_OTHER_NAMES.get(name, name) for name in header]
    if not any(name in names for name in FILE_COLUMNS):
        raise DataError(f"{path}: a table of lenses needs a column filename. Received: "
                        f"{', '.join(header)[:200] or 'nothing'}.")
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise DataError(f"{path}: two columns have the same name: {', '.join(twice)}.")
    key = next(names.index(name) for name in FILE_COLUMNS if name in names)
    kinds = {place: COLUMNS[name].kind for place, name in enumerate(names)
             if name in COLUMNS and place != key}
    config = names.index("config") if "config" in names and "lens" not in names else None
    read = _Rows(path, len(header), key, kinds, config)
    for cells in rows:
        read.add(cells)
    unused = tuple(name for place, name in enumerate(names) if name and place not in {key, config, *kinds}
                   and name not in ("index", "config", "nterms", "cluster"))
    return read.table(names, unused)


def _same(one, other):
    """Tell whether two numbers are equal, or both missing."""
    return one == other or (one != one and other != other)


class _Rows:
    """Rows of a table, gathered line by line in little memory."""

    def __init__(self, path, width, key, kinds, config):
        self.path, self.width, self.key, self.kinds, self.config = path, width, key, kinds, config
        self.files, self.seen, self.faults, self.notes = [], {}, {}, []
        self.numbers = {place: array("d") for place, kind in kinds.items() if kind is float}
        self.texts = {place: [] for place, kind in kinds.items() if kind is not float}
        self.configs, self.repeated, self.nameless = [], 0, 0

    def add(self, cells):
        """Take one line; a broken one has no values, and a fault."""
        if not any(cell.strip() for cell in cells):
            return
        name = cells[self.key].strip() if len(cells) > self.key else ""
        if not name:
            self.nameless += 1
            return
        if len(cells) != self.width:
            self.faults[name] = f"its row has {len(cells)} cells and the header {self.width}"
            cells = [""] * self.width
        numbers = {place: self._number(name, cells[place]) for place in self.numbers}
        texts = {place: cells[place].strip() for place in self.texts}
        if name in self.seen:
            self._again(name, self.seen[name], numbers, texts)
            return
        if len(self.files) >= _MOST_ROWS:
            raise DataError(f"{self.path}: more than {_MOST_ROWS} rows.")
        self.seen[name] = len(self.files)
        self.files.append(name)
        for place, value in numbers.items():
            self.numbers[place].append(value)
        for place, value in texts.items():
            self.texts[place].append(value)
        if self.config is not None:
            self.configs.append(cells[self.config].strip())

    def _number(self, name, text):
        text = text.strip()
        try:
            return float(text)
        except ValueError:
            if text.lower() not in MISSING:
                self.faults.setdefault(name, f"{text[:40]!r} stands in its row where a number belongs")
            return np.nan

    def _again(self, name, row, numbers, texts):
        """Note a second row of one file."""
        self.repeated += 1
        if not all(_same(self.numbers[place][row], value) for place, value in numbers.items()) or any(
                self.texts[place][row] != value for place, value in texts.items()):
            self.faults[name] = DIFFERENT

    def table(self, names, unused):
        """Return the table."""
        numbers = {names[place]: np.array(values, np.float64)
                   for place, values in self.numbers.items()}
        texts = {names[place]: values for place, values in self.texts.items()}
        if self.configs:
            parts = [_CONFIGS.get(config, (config, "")) for config in self.configs]
            texts["lens"], texts["model"] = ([part[which] for part in parts] for which in (0, 1))
        subset = subset_of(self.path)
        if subset and "subset" not in texts:
            texts["subset"] = [subset] * len(self.files)
        name = os.path.basename(self.path)
        for count, words in ((self.repeated, "rows repeat the name of a file"),
                             (self.nameless, "rows name no file")):
            if count:
                self.notes.append(f"{name}: {count} {words}.")
        if unused:
            self.notes.append(f"{name}: columns that are not used: {', '.join(unused)[:200]}.")
        return TruthTable(self.path, self.files, numbers, texts, self.faults, unused, self.notes)
