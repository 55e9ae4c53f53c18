"""Examples on their way into a data cube: images in an unnamed file, columns in blocks of arrays.

Which rows a cube gets is known only when all inputs have been read. Until then
they wait here, so that memory does not grow with their number. The workers
that read the images write them here themselves: they need not pass a pipe.
"""

import os
import tempfile
from array import array
from dataclasses import dataclass

import numpy as np

from otrain.data.cube_meta import row_digests
from otrain.errors import DataError

__all__ = ["Spool", "Waiting", "Writer"]

_BLOCK = 4096  # rows whose columns are held as Python objects
_PIECES = 512  # images per read; the system takes at most 1024 pieces
_TYPES = {str: np.str_, float: np.float64, bool: np.bool_, int: np.int64}


@dataclass(frozen=True)
class Waiting:
    """An image that lies in a spool, and what is known of its pixels.

    Parameters
    ----------
    offset : int
        Where it begins [byte].
    shape : tuple of int
    masked : bool
        Whether a pixel has no value.
    """

    offset: int
    shape: tuple[int, ...]
    masked: bool


class Writer:
    """Appends images to a spool, in the process that read them.

    Parameters
    ----------
    path : str
        The spool's file, as this process and its children may open it.
    """

    def __init__(self, path):
        self.path = path
        self._descriptor = None

    def __getstate__(self):
        return {"path": self.path, "_descriptor": None}

    def put(self, example):
        """Move the image of an example into the spool, and note its SHA-256."""
        if self._descriptor is None or self._owner != os.getpid():
            # Every process needs a description of its own: its position tells where the image went.
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            self._owner = os.getpid()
        image = np.ascontiguousarray(example.image, "<f4")
        view = memoryview(image.reshape(-1).view(np.uint8))
        if (written := os.write(self._descriptor, view)) != len(view):
            # The disk is nearly full; the next write says so. What came between is never read.
            os.write(self._descriptor, view[written:])
            self.put(example)
            return
        offset = os.lseek(self._descriptor, 0, os.SEEK_CUR) - len(view)
        example.digest = row_digests(image[None])[0]
        example.image = Waiting(offset, image.shape, bool(np.isnan(image.min())))  # min passes NaN on



class Spool:
    """Rows that wait for the choice among them.

    Parameters
    ----------
    folder : path-like
        Where the images wait; the file is removed with the spool.
    columns : dict of str to (type, missing value)
        What is kept of each example's columns.
    """

    def __init__(self, folder, columns):
        self._columns = columns
        self._rows, self._blocks = [], []
        self._digests, self._labels, self.positions = bytearray(), array("q"), array("q")
        self._offsets, self._masked = array("q"), bytearray()
        self.shape = self.channels = None
        self._file = tempfile.NamedTemporaryFile(dir=folder, prefix=".spool-")  # noqa: SIM115 - see __exit__
        self.writer = Writer(self._file.name)

    def __len__(self):
        return len(self._labels)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def append(self, example):
        """Add an example that a `Writer` has put here; all must have one shape."""
        image = example.image
        self.shape, self.channels = image.shape, example.channels
        self._offsets.append(image.offset)
        self._masked.append(image.masked)
        self._digests += example.digest
        self._labels.append(example.label)
        self.positions.append(example.position)
        self._rows.append(example.columns)
        if len(self._rows) >= _BLOCK:
            self._settle()

    def _settle(self):
        """Turn the rows that are still Python objects into arrays."""
        rows, self._rows = self._rows, []
        self._blocks.append({
            name: np.array([missing if row.get(name) is None else row[name] for row in rows],
                           dtype=_TYPES[kind])
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
        """Yield the images of the given rows, about `size` bytes at a time.

        The array is used again: each must be done with before the next is taken.
        """
        offsets = np.array(self._offsets, dtype=np.int64)[rows]
        step = max(1, min(_PIECES, size // (4 * int(np.prod(self.shape)))))
        out = np.empty((min(step, len(rows)), *self.shape), "<f4")
        for start in range(0, len(rows), step):
            part = offsets[start:start + step]
            self._read(part, out[:len(part)])
            yield out[:len(part)]

    def _read(self, offsets, out):
        """Fill the images from their offsets; those that lie side by side by one call."""
        flat = out.reshape(len(out), -1).view(np.uint8)
        size = flat.shape[1]
        order = np.argsort(offsets)
        gaps = np.flatnonzero(np.diff(offsets[order]) != size) + 1
        for run in np.split(order, gaps):
            want, position = size * len(run), int(offsets[run[0]])
            got = os.preadv(self._file.fileno(), [flat[row] for row in run], position)
            if got != want:  # a signal or a network disk: image by image
                for row in run:
                    if os.preadv(self._file.fileno(), [flat[row]], int(offsets[row])) != size:
                        raise DataError(f"{self._file.name}: {size} bytes of a waiting image are gone.")

    def free_bytes(self):
        """Return the room that is left where the file lies [byte]."""
        status = os.fstatvfs(self._file.fileno())
        return status.f_bavail * status.f_frsize
