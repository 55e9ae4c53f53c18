"""Rows of an array read by position out of open files, without loading the array.

One `preadv` per run of neighbouring rows copies straight from the page cache
into the result: as fast as a memory map, but what was read does not count as
memory of the process.
"""

import os
from dataclasses import dataclass

import numpy as np

from otrain.errors import DataError

__all__ = ["MemoryImages", "PositionedImages", "Segment", "as_float32", "checked_rows", "is_converted"]


@dataclass(frozen=True)
class Segment:
    """A stretch of consecutive rows in one file.

    Parameters
    ----------
    path : path-like or int
        The file, or its descriptor, which stays the caller's.
    offset : int
        Position of the first row [byte].
    rows : int
        Number of rows.
    """

    path: object
    offset: int
    rows: int


def checked_rows(rows, count):
    """Return row numbers as an integer array, checked against the number of rows.

    Raises
    ------
    IndexError
        If a row does not exist; negative numbers are refused too.
    """
    rows = np.asarray(rows)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise IndexError("rows must be a list of whole numbers. "
                         f"Received: {rows.dtype} of shape {rows.shape}")
    rows = rows.astype(np.int64, copy=False)
    if rows.size and (rows.min() < 0 or rows.max() >= count):
        raise IndexError(f"rows must lie between 0 and {count - 1}. "
                         f"Received: {rows.min()} to {rows.max()}")
    return rows


def is_converted(dtype):
    """Return whether values of a type may be beyond float32: those of 64 bits and more."""
    return dtype.kind == "f" and dtype.itemsize > 4


def as_float32(images):
    """Return images as float32; what is beyond its range becomes infinite without a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return images.astype(np.float32, copy=False)


class MemoryImages:
    """Images that are in memory already.

    Parameters
    ----------
    array : (N, ..., C) ndarray
    """

    def __init__(self, array):
        self._array = np.ascontiguousarray(array)
        self.converted = is_converted(self._array.dtype)
        self.rows, self.shape = len(array), array.shape[1:]

    def read(self, rows):
        """Return ``(len(rows), ..., C)`` float32, a copy."""
        return as_float32(self._array[checked_rows(rows, self.rows)])

    def close(self):
        """Nothing to close."""


class PositionedImages:
    """Images that lie one behind the other in one or several files.

    Parameters
    ----------
    segments : list of Segment
        In row order.
    shape : tuple of int
        Shape of one image, channels last.
    dtype : numpy dtype
        Type on disk, any byte order; rows are returned as float32.

    Raises
    ------
    DataError
        If a file is shorter than its rows need.
    """

    def __init__(self, segments, shape, dtype):
        self.shape, self._dtype = tuple(shape), np.dtype(dtype)
        self.converted = is_converted(self._dtype)
        self._segments = list(segments)
        self._size = int(np.prod(self.shape, dtype=object)) * self._dtype.itemsize
        self._starts = np.concatenate([[0], np.cumsum([s.rows for s in self._segments], dtype=np.int64)])
        self.rows = int(self._starts[-1])
        self._files = []
        try:
            for segment in self._segments:
                self._files.append(os.dup(segment.path) if isinstance(segment.path, int)
                                   else os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC))
                self._require_length(segment)
        except BaseException:
            self.close()
            raise

    def _require_length(self, segment):
        length = os.fstat(self._files[-1]).st_size
        need = segment.offset + segment.rows * self._size
        if length < need:
            raise DataError(f"{segment.path}: truncated: {need} bytes are needed for {segment.rows} "
                            f"images of shape {self.shape}. Received: {length} bytes.")

    def read(self, rows):
        """Return ``(len(rows), ..., C)`` float32."""
        rows = checked_rows(rows, self.rows)
        out = np.empty((len(rows), *self.shape), self._dtype)
        if out.size:
            flat = out.reshape(len(rows), -1).view(np.uint8)
            where = np.searchsorted(self._starts, rows, side="right") - 1
            breaks = np.flatnonzero((np.diff(rows) != 1) | (np.diff(where) != 0)) + 1
            for start, stop in zip([0, *breaks.tolist()], [*breaks.tolist(), len(rows)], strict=True):
                self._fill(flat[start:stop].reshape(-1), int(where[start]), int(rows[start]))
        return as_float32(out)

    def _fill(self, target, segment, row):
        place = self._segments[segment]
        position = place.offset + (row - int(self._starts[segment])) * self._size
        view = memoryview(target)
        while view:  # one call moves at most 2 GiB
            got = os.preadv(self._files[segment], [view], position)
            if got == 0:
                raise DataError(f"{place.path}: ends at byte {position}, in the middle of its images.")
            view, position = view[got:], position + got

    def close(self):
        """Close the files."""
        while self._files:
            os.close(self._files.pop())

    def __del__(self):
        self.close()
