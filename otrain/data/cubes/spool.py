"""Examples on their way into a data cube: images in hidden files, columns in blocks of arrays.

Which rows a cube gets is known only when all inputs have been read. Until then
they wait here, so that memory does not grow with their number. The workers
that read the images write them here themselves: they need not pass a pipe.

The first image of every file goes to the place that it has in a ``.npz`` cube if
all inputs are kept. The spool's file then becomes the cube without being copied.
"""

import fcntl
import json
import os
import zlib
from array import array
from collections import Counter
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Thread

import numpy as np

from otrain.data.cubes.crc import joined_crc32
from otrain.data.cubes.npz_store import ROOM
from otrain.data.cubes.spool_writer import Writer, write_at
from otrain.data.files.atomic import explained
from otrain.data.files.hidden import hidden, require_usable
from otrain.errors import DataError

__all__ = ["Chosen", "Spool", "files_of_spool", "remove_files"]

_BLOCK = 4096  # rows whose columns are held as Python objects
_PIECES = 512  # images per read; the system takes at most 1024 pieces
_BATCH = 8 << 20  # bytes of images at a time
_FILES = ("progress-images", "progress-others")  # keys of `HIDDEN`
_TYPES = {str: np.str_, float: np.float64, bool: np.bool_, int: np.int64}


def files_of_spool(folder, name):
    """Return the paths of the hidden files of a spool."""
    return tuple(hidden(Path(folder) / name, kind) for kind in _FILES)


def remove_files(paths):
    """Remove those of some files that are there."""
    for path in paths:
        path.unlink(missing_ok=True)


class Spool:
    """Rows that wait for the choice among them.

    Parameters
    ----------
    folder : path-like
        Where the images wait; the files are removed with the spool.
    columns : dict of str to (type, missing value)
        What is kept of each example's columns.
    name : str
        Of the output, which may become that of the spool's file.
    log : WorkLog, optional
        Where `part` is written; as long as that lies on the disk, the files are kept with it.
    overwrite : bool
        Whether to begin anew, whatever lies under the names of the files.

    Raises
    ------
    OutputError
        If something else than files of otrain lies there, and `overwrite` is not set.
    """

    def __init__(self, folder, columns, name="cube", log=None, *, overwrite=False):
        self._columns, self._log = columns, log
        self._told = self._told_blocks = 0
        self._rows, self._blocks = [], []
        self._digests, self._labels, self.positions = bytearray(), array("q"), array("q")
        self._offsets, self._masked, self._crcs = array("q"), bytearray(), array("L")
        self.shape = self.channels = None
        self._known, self._layouts = {}, array("H")  # (shape, channels) by number; that of each row
        # Not files of `tempfile`: one may become the cube, which has the permissions of any output,
        # and both are found again by the process that continues a killed one.
        self._files = files_of_spool(folder, name)
        self.path = self._files[0]
        for path, kind in zip(self._files, _FILES, strict=True):
            require_usable(path, kind, overwrite=overwrite)
        if overwrite or not self.is_kept:
            self._remove()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with explained(self.path):
            self.descriptor, self._others = (os.open(path, flags, 0o666) for path in self._files)
        # Workers of a killed process may still be writing; they end within a moment, and those that have
        # not opened the files yet find another mark in them.
        with suppress(OSError):  # a disk without locks
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        mark = os.urandom(8)
        with explained(self.path):
            write_at(self.descriptor, mark, 8)
        with suppress(OSError):
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self.writer = Writer(*map(str, self._files), mark)

    def __len__(self):
        return len(self._labels)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self._others)
        os.close(self.descriptor)
        if not self.is_kept:
            self._remove()

    def _remove(self):
        remove_files(self._files)

    @property
    def is_kept(self):
        """Whether a process that continues after a kill would find the images here."""
        return self._log is not None and self._log.path.exists()

    def append(self, example):
        """Add an example that a `Writer` has put here; if not all have one layout, `choose` one."""
        image = example.image
        layout = (tuple(image.shape), tuple(example.channels))
        if self.shape is None:
            self.shape, self.channels = layout
        self._layouts.append(self._known.setdefault(layout, len(self._known)))
        self._offsets.append(image.offset)
        self._masked.append(image.masked)
        self._crcs.append(image.crc)
        self._digests += example.digest
        self._labels.append(example.label)
        self.positions.append(example.position)
        self._rows.append(example.columns)
        if len(self._rows) >= _BLOCK:
            self._settle()

    @property
    def layouts(self):
        """How many rows there are of each ``(shape, channels)``, a Counter."""
        return Counter({layout: int(count) for layout, count in zip(
            self._known, np.bincount(np.array(self._layouts), minlength=len(self._known)), strict=True)})

    def choose(self, layout):
        """Read images of one ``(shape, channels)`` from now on; return its rows, (K,) int."""
        self.shape, self.channels = layout
        return np.flatnonzero(np.array(self._layouts) == self._known[layout])

    def layout_of(self, row):
        """Return ``(shape, channels)`` of a row."""
        return list(self._known)[self._layouts[row]]

    def _settle(self):
        """Turn the rows that are still Python objects into arrays."""
        rows, self._rows = self._rows, []
        known = set().union(*rows)  # most inputs lack most columns
        self._blocks.append({name: _column(rows, name, missing, _TYPES[kind]) if name in known
                             else np.full(len(rows), missing, _TYPES[kind])
                             for name, (kind, missing) in self._columns.items()})

    def part(self):
        """Return the rows since the last call as arrays, for a `WorkLog`."""
        if self._rows:
            self._settle()
        blocks, self._told_blocks = self._blocks[self._told_blocks:], len(self._blocks)
        rows, self._told = slice(self._told, None), len(self)
        arrays = {f"column-{name}": np.concatenate([block[name] for block in blocks])
                  for name in self._columns} if blocks else {}
        return arrays | {
            "labels": np.array(self._labels[rows], np.int64),
            "positions": np.array(self.positions[rows], np.int64),
            "offsets": np.array(self._offsets[rows], np.int64), "crcs": np.array(self._crcs[rows], np.uint32),
            "masked": np.frombuffer(bytes(self._masked[rows]), np.bool_),
            "digests": np.frombuffer(bytes(self._digests[32 * rows.start:]), np.uint8),
            "layouts": np.array(self._layouts[rows], np.int64),
            "known": np.array([json.dumps(list(self._known))])}

    def take(self, part):
        """Add the rows of a `part` of an earlier process; tell whether their images are as they were."""
        rows = len(part["labels"])
        if not rows:
            return True
        for shape, channels in json.loads(str(part["known"][0])):
            self._known.setdefault((tuple(shape), tuple(channels)), len(self._known))
        for layout, number in self._known.items():
            these = part["layouts"] == number
            offsets, crcs = part["offsets"][these], part["crcs"][these]
            if these.any() and not self._are_as_they_were(layout, offsets, crcs):
                return False
        self.shape, self.channels = next(iter(self._known))
        self._layouts.extend(part["layouts"].tolist())
        for name, mine in {"labels": self._labels, "positions": self.positions, "offsets": self._offsets,
                           "crcs": self._crcs}.items():
            mine.extend(part[name].tolist())
        self._masked += part["masked"].tobytes()
        self._digests += part["digests"].tobytes()
        self._blocks.append({name: part[f"column-{name}"] for name in self._columns})
        self._told, self._told_blocks = len(self), len(self._blocks)
        return True

    def _are_as_they_were(self, layout, offsets, crcs):
        """Tell whether images of an earlier process have the checksums that it noted."""
        self.shape, self.channels = layout
        waiting = Chosen(self, offsets, crcs, _BATCH)
        try:
            found = [zlib.crc32(image) for batch in waiting for image in batch]
        except DataError:
            return False
        if (offsets >= 0).any():
            # The cube that this file nearly became may have overwritten what `Writer` agrees on.
            write_at(self.descriptor, waiting.image_bytes.to_bytes(8, "little"), 0)
        return found == crcs.tolist()

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

    def batches(self, rows, size=_BATCH):
        """Return the images of the given rows, to be read about `size` bytes at a time."""
        self.writer.flush()  # if images were read in this process
        rows = np.asarray(rows)
        offsets, crcs = np.array(self._offsets, np.int64), np.array(self._crcs, np.uint32)
        return Chosen(self, offsets[rows], crcs[rows], size)

    def read_into(self, out, offsets):
        """Fill ``(k, *shape)`` images from their offsets; those that lie side by side by one call."""
        flat = out.reshape(len(out), -1).view(np.uint8)
        apart = offsets < 0
        self._gather(self.descriptor, flat, np.flatnonzero(~apart), offsets)
        self._gather(self._others, flat, np.flatnonzero(apart), ~offsets)

    def _gather(self, descriptor, flat, rows, offsets):
        size = flat.shape[1]
        order = rows[np.argsort(offsets[rows])]
        gaps = np.flatnonzero(np.diff(offsets[order]) != size) + 1
        for run in np.split(order, gaps) if len(order) else ():
            want, position = size * len(run), int(offsets[run[0]])
            got = os.preadv(descriptor, [flat[row] for row in run], position)
            if got != want:  # a signal or a network disk: image by image
                for row in run:
                    if os.preadv(descriptor, [flat[row]], int(offsets[row])) != size:
                        raise DataError(f"{self.path}: {size} bytes of a waiting image are gone.")

    def give_up(self):
        """Let a kill lose what is here from now on."""
        if self._log is not None:
            self._log.path.unlink(missing_ok=True)

    def free_bytes(self):
        """Return the room that is left where the files lie [byte]."""
        status = os.fstatvfs(self.descriptor)
        return status.f_bavail * status.f_frsize


def _column(rows, name, missing, dtype):
    """Return one column of rows that are dicts."""
    values = [row.get(name, missing) for row in rows]
    if None in values:
        values = [missing if value is None else value for value in values]
    return np.array(values, dtype)


class Chosen:
    """Some rows of a spool in their order: to be read, or to become a cube where they lie.

    Parameters
    ----------
    spool : Spool
    offsets : (N,) int64 ndarray
        Where each image begins, as `Waiting` has it.
    crcs : (N,) uint32 ndarray
        CRC-32 of each image.
    size : int
        About how many bytes are read at a time.
    """

    def __init__(self, spool, offsets, crcs, size):
        self._spool, self._offsets, self._crcs = spool, offsets, crcs
        self.image_bytes = 4 * int(np.prod(spool.shape))
        self._step = max(1, min(_PIECES, size // self.image_bytes))
        self._sync = self._error = None

    def __len__(self):
        return len(self._offsets)

    def __iter__(self):
        """Yield the images in batches. The array is used again: be done with each before the next."""
        return (batch for _, batch in self._batches(0))

    def _batches(self, first):
        """Yield ``(row of the first, images)`` from a row on."""
        out = np.empty((min(self._step, len(self)), *self._spool.shape), "<f4")
        for start in range(first, len(self), self._step):
            part = self._offsets[start:start + self._step]
            self._spool.read_into(out[:len(part)], part)
            yield start, out[:len(part)]

    def read(self, rows):
        """Return the images of some of these rows, ``(len(rows), *shape)`` float32."""
        out = np.empty((len(rows), *self._spool.shape), "<f4")
        if len(rows):
            self._spool.read_into(out, self._offsets[rows])
        return out

    @cached_property
    def movable(self):
        """Whether every image has a place, so that the spool's file can become the cube.

        Images that a kill must not lose are moved only if there is no room for a copy.
        """
        targets = self._targets()
        if self._spool.is_kept and (self._offsets != targets).any():
            return bool((self._offsets >= targets).all()) and (
                self._spool.free_bytes() < len(self) * self.image_bytes)
        return bool((self._offsets >= targets).all())

    def _targets(self):
        """Where the images of a cube of these rows begin [byte]."""
        return ROOM + np.arange(len(self), dtype=np.int64) * self.image_bytes

    def begin(self):
        """Begin to bring the images to the disk, while something else is done."""
        def sync():
            try:
                os.fdatasync(self._spool.descriptor)
            except OSError as error:
                self._error = error

        self._sync = Thread(target=sync, daemon=True)
        self._sync.start()

    def move(self, path):
        """Close the gaps between the images, give the spool's file a new name; return their CRC-32.

        The images lie from byte `ROOM` on; the spool can no longer be read.
        """
        if self._sync is not None:
            self._sync.join()
        if self._error is not None:
            raise self._error
        misplaced = np.flatnonzero(self._offsets != self._targets())
        if len(misplaced):
            self._spool.give_up()
        # In order of rows each image moves towards the start, over what has been read already.
        for start, batch in self._batches(int(misplaced[0])) if len(misplaced) else ():
            write_at(self._spool.descriptor, batch.data.cast("B"), ROOM + start * self.image_bytes)
        if self._spool.is_kept:
            os.link(self._spool.path, path)
        else:
            os.replace(self._spool.path, path)
        return joined_crc32(self._crcs, self.image_bytes)
