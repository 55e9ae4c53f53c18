"""Training, validation and testing rows of a table of lenses, and the tables that droulette makes of them."""

import csv
import hashlib
import io
from dataclasses import dataclass

import numpy as np

from otrain.data.tables.csv_table import number_as_written, write_csv
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["ORDERS", "RouletteTable", "deal_rows", "read_roulette", "subset_table"]

ORDERS = ("hash", "file")
_FILE_ORDER = ("training", "testing", "validation")  # droulette's, which is not that of its keys
_NAMELESS = ("index", "filename", "file", "candid", "subset")  # they do not say which lens it is
LARGEST = 2 << 30  # bytes


@dataclass
class RouletteTable:
    """A CSV table as it is written, row by row.

    Parameters
    ----------
    path : str
    header : list of str
    rows : list of list of str
        Rows that are the same are one.
    conflicts : frozenset of str
        Names of files that have several rows with different values.
    """

    path: str
    header: list
    rows: list
    conflicts: frozenset = frozenset()

    def __len__(self):
        return len(self.rows)

    def texts(self, name):
        """Return one column as it is written."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]

    def numbers(self, name):
        """Return one column as (N,) float64; NaN where no number stands."""
        return np.array([_number(text) for text in self.texts(name)])

    def files(self):
        """Return the name of the file of each row."""
        return self.texts("filename")

    def require(self, names):
        """Refuse the table where it lacks a column.

        Raises
        ------
        DataError
            It names the columns, and the nearest ones.
        """
        absent = [name for name in names if name not in self.header]
        if absent:
            raise DataError(f"{self.path}: the table has no column {', '.join(absent)[:200]}."
                            f"{nearest(absent[0], self.header)} It has: {', '.join(self.header)[:200]}. "
                            "CosmoSim writes xiX, xiY and the amplitudes to the table of --outfile: "
                            "--set problem.filename=roulette.csv reads that.")

    def keys(self):
        """Return what tells one lens from another, row by row: its object, else all its parameters."""
        if "object_id" in self.header:
            return self.texts("object_id")
        places = [place for place, name in enumerate(self.header) if name not in _NAMELESS]
        return ["\0".join(row[place] for place in places) or row[self.header.index("filename")]
                for row in self.rows]


def _number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_roulette(path):
    """Read a table of CosmoSim or droulette.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    RouletteTable

    Raises
    ------
    DataError
        If it cannot be read or has no column ``filename``, no row, or a row of another width.
    """
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            lines = csv.reader(io.StringIO(file.read(LARGEST)))
            header = [name.strip() for name in next(lines, [])]
            rows = [row for row in lines if any(cell.strip() for cell in row)]
    except (OSError, csv.Error) as error:
        raise DataError(f"{path}: the table of lenses cannot be read: {error}.") from None
    if "filename" not in header or not rows:
        raise DataError(f"{path}: a table of lenses needs a column filename and at least one row. "
                        f"Received: {', '.join(header)[:200] or 'nothing'}.")
    if len(set(header)) < len(header):
        raise DataError(f"{path}: two columns have the same name.")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise DataError(f"{path}: line {number} has {len(row)} cells and the header {len(header)}.")
    place, seen = header.index("filename"), {}
    for row in rows:
        row = [cell.strip() for cell in row]
        same = seen.setdefault(row[place], [])
        if not any(_are_the_same(row, other, header) for other in same):
            same.append(row)
    return RouletteTable(str(path), header, [row for found in seen.values() for row in found],
                         frozenset(name for name, found in seen.items() if len(found) > 1))


def _are_the_same(row, other, header):
    """Tell whether two rows say the same, in whatever way their numbers are written."""
    return row == other or all(
        one == two or name == "index" or _number(one) == _number(two)
        for name, one, two in zip(header, row, other, strict=True))


def deal_rows(keys, sizes, *, order="hash", seed=0):
    """Deal rows out to subsets.

    Parameters
    ----------
    keys : list of str
        What tells one lens from another; rows with the same key stay together.
    sizes : dict of str to float or None
        For ``training``, ``validation`` and ``testing``, as far as they are there: a fraction below 1 or a
        number of rows; None, once, is the rest.
    order : {"hash", "file"}
        Lenses are dealt out in the order of a hash of their key and the seed, so that the order of the rows
        does not matter; or as they stand in the file, which is droulette's way: training first, then testing,
        then validation.
    seed : int
        Of the hash.

    Returns
    -------
    dict of str to (n,) int ndarray
        Rows of each subset, ascending.

    Raises
    ------
    UsageError
        If the sizes make no sense, or ask for more rows than there are.
    """
    if order not in ORDERS:
        raise UsageError(f"unknown order of the split {order!r}.{nearest(str(order), ORDERS)} "
                         f"Known: {', '.join(ORDERS)}.")
    counts = _counts(sizes, len(keys))
    groups = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    if order == "hash":
        groups = dict(sorted(groups.items(), key=lambda item: _hashed(item[0], seed)))
    waiting, dealt = list(groups.values()), {}
    for name in (name for name in _FILE_ORDER if name in counts):
        rows = []
        while waiting and len(rows) < counts[name]:
            rows += waiting.pop(0)
        dealt[name] = np.array(sorted(rows), int)
        if not rows:
            raise UsageError(f"the split leaves no row for {name}: {_words(sizes)}; the table has "
                             f"{len(keys)}.")
    return {name: dealt[name] for name in counts}


def _counts(sizes, total):
    """Return the number of rows of each subset."""
    for name, size in sizes.items():
        if size is not None and not (0 < size < 1 or (size >= 1 and size == int(size))):
            raise UsageError(f"dataset.{name}: size must be a fraction below 1 or a number of rows. "
                             f"Received: {size!r}.")
    counts = {name: None if size is None else int(size * total + 0.5) if size < 1 else int(size)
              for name, size in sizes.items()}
    open_ones, asked = [name for name, count in counts.items() if count is None], \
        sum(count for count in counts.values() if count is not None)
    if len(open_ones) > 1:
        raise UsageError(f"only one subset can be the rest; {' and '.join(open_ones)} have no size.")
    rounded = sum(size is not None and size < 1 for size in sizes.values())
    if asked > total + rounded // 2:
        raise UsageError(f"the split asks for {asked} rows ({_words(sizes)}) and the table has {total}. Ask "
                         "for less, for example with --set dataset.training.size=0.7, or make more lenses.")
    return counts | dict.fromkeys(open_ones, max(total - asked, 0))


def _words(sizes):
    return ", ".join(f"{name} {'the rest' if size is None else f'{size:g}'}" for name, size in sizes.items())


def _hashed(key, seed):
    return hashlib.sha256(f"{seed}\0{key}".encode("utf-8", "surrogateescape")).digest()


def subset_table(table, rows, names, further=None):
    """Return some rows and columns of a table as CSV text, beginning with ``filename``.

    Parameters
    ----------
    table : RouletteTable
    rows : (n,) int ndarray
    names : list of str
        Columns; numbers stay as they are written.
    further : dict of str to list of str, optional
        Columns that the table does not have, for the same rows.
    """
    text, further = io.StringIO(newline=""), further or {}
    columns = [table.header.index(name) for name in ("filename", *names)]
    cells = ((*(table.rows[row][place] for place in columns), *(texts[number] for texts in further.values()))
             for number, row in enumerate(np.asarray(rows).tolist()))
    write_csv(text, ["filename", *names, *further], (map(number_as_written, row) for row in cells),
              lineterminator="\n")
    return text.getvalue()
