"""Examples on their way into a data cube: images in an unnamed file, columns in blocks of arrays.

Which rows a cube gets is known only when all inputs have been read. Until then
they wait here, so that memory does not grow with their number.
"""

import os
import tempfile
from array import array

import numpy as np

from otrain.data.positioned import PositionedImages, Segment

__all__ = ["Spool"]

_BLOCK = 4096  # rows whose columns are held as Python objects
_BUFFER = 4 << 20  # bytes of images per write
_PIECES = 512  # images per write; the system takes at most 1024 pieces


class Spool:
    """Grow-only rows of equal shape.

    Parameters
    ----------
    folder : path-like
        Where the images wait; the file has no name and vanishes with the process.
    columns : dict of str to (type, missing value)
        What is kept of each example's columns.
    """

    def __init__(self, folder, columns):
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by __exit__
        self._pending, self._waiting = [], 0
        self._columns = columns
        self._rows, self._blocks = [], []
        self._digests, self._labels, self.positions = bytearray(), array("q"), array("q")
        self._masked = bytearray()
        self.shape = self.channels = None

    def __len__(self):
        return len(self._labels)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def append(self, example):
        """Add an example with `label` and `digest`; all images must have one shape."""
        self.shape, self.channels = example.image.shape, example.channels
        self._pending.append(np.ascontiguousarray(example.image, "<f4").reshape(-1).view(np.uint8).data)
        self._waiting += example.image.nbytes
        if self._waiting >= _BUFFER or len(self._pending) >= _PIECES:
            self._flush()
        self._digests += example.digest
        self._labels.append(example.label)
        self.positions.append(example.position)
        self._masked.append(bool(np.isnan(example.image.min())))  # the minimum passes NaN on
        self._rows.append(example.columns)
        if len(self._rows) >= _BLOCK:
            self._settle()

    def _flush(self):
        """Write what is waiting straight from the arrays, in one call where possible."""
        pending, self._pending, self._waiting = self._pending, [], 0
        while pending:
            written = os.writev(self._file.fileno(), pending)
            while pending and written >= len(pending[0]):
                written -= len(pending.pop(0))
            if pending:
                pending[0] = pending[0][written:]

    def _settle(self):
        """Turn the rows that are still Python objects into arrays."""
        rows, self._rows = self._rows, []
        self._blocks.append({
            name: np.array([missing if row.get(name) is None else row[name] for row in rows],
                           dtype=np.str_ if kind is str else {float: np.float64, bool: np.bool_,
                                                              int: np.int64}[kind])
            for name, (kind, missing) in self._columns.items()
        })

    @property
    def labels(self):
        """Class index of each row, ``(N,)`` int64."""
        return np.array(self._labels, dtype=np.int64)

    @property
    def digests(self):
        """SHA-256 of the pixels of each row, ``(N, 32)`` uint8."""
        return np.frombuffer(bytes(self._digests), np.uint8).reshape(-1, 32)

    @property
    def masked(self):
        """Whether each row has a pixel without a value, ``(N,)`` bool."""
        return np.frombuffer(bytes(self._masked), np.bool_)

    def columns(self):
        """Return the columns as a dict of ``(N,)`` arrays."""
        if self._rows or not self._blocks:
            self._settle()
        return {name: np.concatenate([block[name] for block in self._blocks]) for name in self._columns}

    def batches(self, rows, size=8 << 20):
        """Yield the images of the given rows, about `size` bytes at a time."""
        self._flush()
        images = PositionedImages([Segment(self._file.fileno(), 0, len(self))], self.shape, "<f4")
        step = max(1, size // (4 * int(np.prod(self.shape))))
        for start in range(0, len(rows), step):
            yield images.read(rows[start:start + step])

    def free_bytes(self):
        """Return the room that is left where the file lies [byte]."""
        status = os.fstatvfs(self._file.fileno())
        return status.f_bavail * status.f_frsize
