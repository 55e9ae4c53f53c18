"""What tables say of images: rows of several of them, joined by the names of the files."""

import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from otrain.data.inputs.listing import is_one_source
from otrain.domains.labels.names import FileNames
from otrain.domains.lenses.known_names import header_tells_lenses
from otrain.domains.lenses.truth_table import DIFFERENT, NO_SUBSET, read_truth_table
from otrain.errors import DataError

__all__ = ["Found", "Truth", "read_truth", "tables_beside"]

_ALIKE = 1e-3  # of values in two tables, which CosmoSim writes with four digits behind the point


@dataclass(frozen=True)
class Found:
    """What is known of one image.

    Parameters
    ----------
    columns : dict
        Values by canonical name.
    tables : tuple of str
        Names of the tables that have a row of it.
    fault : tuple of (str, str), optional
        Reason and words, where its rows cannot be used.
    """

    columns: dict
    tables: tuple = ()
    fault: tuple | None = None


class Truth:
    """Several tables, looked up by the names of files.

    Parameters
    ----------
    tables : list of TruthTable
        Where two tell one value, the first counts.
    """

    def __init__(self, tables):
        self.tables = list(tables)
        self._names = [FileNames({name: row for row, name in enumerate(table.files)})
                       for table in self.tables]

    def __len__(self):
        return sum(map(len, self.tables))

    @cached_property
    def leaves_out(self):
        """Whether there is a row whose image is not asked for."""
        return any(NO_SUBSET in table.texts.get("subset", ()) for table in self.tables)

    def rows_of(self, files):
        """Return for each table the row of each file, None where there is none."""
        return [names.find_all(files) for names in self._names]

    def find(self, path, name):
        """Return what is known of an image.

        Parameters
        ----------
        path, name : str
            Where it lies, and its name relative to the source.

        Returns
        -------
        Found
            Without tables where no table has a row of it.
        """
        columns, tables, fault = {}, [], None
        for table, (row,) in zip(self.tables, self.rows_of([(path, name)]), strict=True):
            if row is None:
                continue
            tables.append(table.name)
            if words := table.faults.get(table.files[row]):
                fault = fault or ("label-conflict" if words == DIFFERENT else "bad-column",
                                  f"{table.name}: {words}.")
            values = table.row(row)
            if (subset := values.get("subset")) and subset != columns.get("subset", subset):
                fault = fault or ("label-conflict", f"the image is in two subsets: {columns['subset']} and "
                                                    f"{subset} ({', '.join(tables)}).")
            columns |= {name: value for name, value in values.items() if columns.get(name) in (None, "")
                        or columns[name] != columns[name]}
        return Found(columns, tuple(tables), fault)

    def differing(self):
        """Return a note for each column on which two tables do not agree."""
        notes = []
        for number, first in enumerate(self.tables):
            places = {name: row for row, name in enumerate(first.files)}
            for second in self.tables[number + 1:]:
                pairs = np.array([(places[name], row) for row, name in enumerate(second.files)
                                  if name in places], int).reshape(-1, 2)
                for name in first.numbers.keys() & second.numbers.keys():
                    one, other = first.numbers[name][pairs[:, 0]], second.numbers[name][pairs[:, 1]]
                    with np.errstate(invalid="ignore"):
                        count = int((np.abs(one - other) > _ALIKE * (1 + np.abs(one))).sum())
                    if count:
                        notes.append(f"{name} differs between {first.name} and {second.name} for {count} "
                                     f"images; that of {first.name} counts.")
        return notes


def tables_beside(source):
    """Return the tables about lenses that lie in the folders of a source, else in those that hold them.

    Parameters
    ----------
    source : path-like, or iterable of path-like

    Returns
    -------
    list of str
        CSV files that have a column ``filename`` and one that only tables of lenses have; tables of
        parameters before those of amplitudes, these before those of subsets.
    """
    folders = []
    for one in [source] if is_one_source(source) else source:
        one = os.fsdecode(one)
        folders.append(one if os.path.isdir(one) else os.path.dirname(one) or ".")
    for level in (folders, [os.path.dirname(os.path.abspath(folder)) for folder in folders]):
        found = [path for folder in dict.fromkeys(level) for path in _tables_in(folder)]
        if found:
            return found
    return []


def _tables_in(folder):
    try:
        names = sorted(name for name in os.listdir(folder) if name.lower().endswith(".csv")
                       and not name.endswith(".subsets.csv"))  # which one conversion has made for itself
    except OSError:
        return []
    found = [path for path in (os.path.join(folder, name) for name in names) if header_tells_lenses(path)]
    return sorted(found, key=lambda path: ("dataset" not in os.path.basename(path).lower(),
                                           "roulette" not in os.path.basename(path).lower()))


def read_truth(labels):
    """Return the tables that a user names, joined.

    Parameters
    ----------
    labels : path-like, iterable of path-like, Truth or None

    Returns
    -------
    Truth or None

    Raises
    ------
    UsageError, DataError
        As `read_truth_table`.
    """
    if labels is None or isinstance(labels, Truth):
        return labels
    paths = [labels] if is_one_source(labels) else list(labels)
    truth = Truth([read_truth_table(path) for path in paths])
    if not len(truth):
        raise DataError(f"{', '.join(map(os.fsdecode, paths))}: the table has no row.")
    return truth
