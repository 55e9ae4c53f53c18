"""Columns of a cube folder, read when they are asked for: all of one, or some rows of all.

A text costs four bytes a character, so the columns of ten million examples would fill the
memory that their images are kept out of. Each shard's part of a column is checked by its
CRC-32 the first time that anything of it is read.
"""

import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from otrain.data.cubes.positioned import checked_rows
from otrain.errors import IntegrityError

__all__ = ["ColumnPlace", "StoredColumns", "column_blocks", "columns_between"]

_KEPT = 32 << 20  # bytes; columns that are smaller altogether stay in memory once they are read
_BLOCK = 1 << 14  # rows read at a time
_PIECE = 1 << 20  # bytes


class ColumnPlace(NamedTuple):
    """Where an array of one shard lies: its ``.npy`` begins at `offset`, its values `header` bytes on."""

    offset: int
    header: int
    dtype: np.dtype
    crc: int


def column_blocks(columns, name, size=1 << 16):
    """Yield a column in blocks of rows, without holding the whole of one that is stored.

    Parameters
    ----------
    columns : mapping of str to (N,) ndarray
        Read in parts if it has a method `take`, as `StoredColumns` does.
    name : str
    size : int
        Rows of a block.
    """
    if hasattr(columns, "take"):
        for start in range(0, columns.rows, size):
            rows = np.arange(start, min(start + size, columns.rows))
            yield columns.take(rows, [name])[name]
    else:
        values = np.asarray(columns[name])
        yield from (values[start:start + size] for start in range(0, len(values), size))


def columns_between(columns, start, stop):
    """Return the values of neighbouring rows, as a dict; `columns` as for `column_blocks`."""
    if hasattr(columns, "take"):
        return columns.take(np.arange(start, stop))
    return {name: values[start:stop] for name, values in columns.items()}


class StoredColumns(Mapping):
    """Columns by name; every value is a whole ``(N,)`` array, read from the disk when it is asked for.

    Parameters
    ----------
    shards : list of (Path, int, dict of str to ColumnPlace)
        File, rows and the places of its columns, in row order; all with the same names.
    """

    def __init__(self, shards):
        self._shards = shards
        self._starts = np.cumsum([0, *(rows for _, rows, _ in shards)], dtype=np.int64)
        self.rows = int(self._starts[-1])
        self._types = {name: np.result_type(*(places[name].dtype for _, _, places in shards))
                       for name in shards[0][2]}
        for name, dtype in self._types.items():
            if dtype.kind == "f":
                self._types[name] = np.dtype(np.float64)
        self._kept, self._checked = {}, set()
        self._keep = self.rows * sum(dtype.itemsize for dtype in self._types.values()) <= _KEPT

    def __len__(self):
        return len(self._types)

    def __iter__(self):
        return iter(self._types)

    def __contains__(self, name):
        return name in self._types

    def __getitem__(self, name):
        if name in self._kept:
            return self._kept[name]
        values = np.empty(self.rows, self._types[name])
        for shard, (start, stop) in enumerate(zip(self._starts[:-1].tolist(), self._starts[1:].tolist())):
            for first in range(start, stop, _BLOCK):
                last = min(first + _BLOCK, stop)
                values[first:last] = self._piece(name, shard, first - start, last - start)
        if self._keep:
            self._kept[name] = values
        return values

    def dtype(self, name):
        """Return the type of a column without reading it."""
        return self._types[name]

    def without(self, name):
        """Return the same columns but one."""
        return StoredColumns([(path, rows, {key: place for key, place in places.items() if key != name})
                              for path, rows, places in self._shards])

    def take(self, rows, names=None):
        """Return the values of some rows, as a dict of ``(len(rows),)`` arrays.

        Parameters
        ----------
        rows : (K,) ints
            In any order; neighbours are read together.
        names : iterable of str, optional
            Which columns; all by default.
        """
        rows = checked_rows(rows, self.rows)
        names = list(self._types) if names is None else list(names)
        if self._keep:
            return {name: self[name][rows] for name in names}
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        shard = np.searchsorted(self._starts, ordered, side="right") - 1
        ends = np.flatnonzero((np.diff(shard) != 0) | (np.diff(ordered // _BLOCK) != 0)) + 1
        taken = {name: np.empty(len(rows), self._types[name]) for name in names}
        for begin, end in zip([0, *ends.tolist()], [*ends.tolist(), len(rows)]) if len(rows) else ():
            local = ordered[begin:end] - self._starts[shard[begin]]
            for name, values in taken.items():
                block = self._piece(name, int(shard[begin]), int(local[0]), int(local[-1]) + 1)
                values[order[begin:end]] = block[local - local[0]]
        return taken

    def _piece(self, name, shard, first, last):
        """Return rows of one shard, as they are stored."""
        path, _, places = self._shards[shard]
        place = places[name]
        with open(path, "rb", buffering=0) as file:
            if (shard, name) not in self._checked:
                self._check(file, name, shard)
            size = place.dtype.itemsize
            data = bytearray(size * (last - first))
            _read(file.fileno(), data, place.offset + place.header + size * first, path)
        return np.frombuffer(data, place.dtype) if size else np.zeros(last - first, place.dtype)

    def _check(self, file, name, shard):
        """Compare a shard's part of a column with its CRC-32."""
        path, rows, places = self._shards[shard]
        place, crc = places[name], 0
        position, end = place.offset, place.offset + place.header + rows * place.dtype.itemsize
        while position < end:
            data = bytearray(min(_PIECE, end - position))
            _read(file.fileno(), data, position, path)
            crc, position = zlib.crc32(data, crc), position + len(data)
        if crc != place.crc:
            raise IntegrityError(f"{path}: {name}: bad CRC-32. Copy or make the cube again.")
        self._checked.add((shard, name))


def _read(descriptor, data, position, path):
    """Fill `data` from a position of a file."""
    view = memoryview(data)
    while view:
        got = os.preadv(descriptor, [view], position)
        if not got:
            raise IntegrityError(f"{Path(path)}: truncated: it ends at byte {position}. Copy the cube again.")
        view, position = view[got:], position + got
