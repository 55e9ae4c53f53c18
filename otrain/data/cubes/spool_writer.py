"""Images written into a spool by the processes that read them, at their place or one behind the other."""

import fcntl
import hashlib
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain.data.cubes.npz_store import ROOM
from otrain.data.files.atomic import explained

__all__ = ["Waiting", "Writer", "write_at"]

_HELD = 16  # neighbouring images per write: one large write costs half as much as many small ones


@dataclass(frozen=True, slots=True)
class Waiting:
    """An image that lies in a spool, and what is known of its pixels.

    Parameters
    ----------
    offset : int
        Where it begins [byte]; ``~offset`` in the second file, for images without a place.
    shape : tuple of int
    masked : bool
        Whether a pixel has no value.
    crc : int
        CRC-32 of its bytes.
    """

    offset: int
    shape: tuple[int, ...]
    masked: bool
    crc: int

    def __reduce__(self):  # faster than a dataclass does it
        return Waiting, (self.offset, self.shape, self.masked, self.crc)


class Writer:
    """Puts images into a spool, in the process that read them.

    Parameters
    ----------
    places, others : str
        The spool's files, as this process and its children may open them.
    mark : bytes
        What the first file holds as long as the spool is that of this process.
    """

    local = True  # other hosts may not see these files, nor keep their locks

    def __init__(self, places, others, mark):
        self._paths, self._mark = (places, others), mark
        self._owner = self._size = None
        self._held, self._begin, self._end = [], 0, 0

    def __reduce__(self):  # without what this process has opened
        return Writer, (*self._paths, self._mark)

    def __call__(self, example, place=None):
        """Do as `put`."""
        self.put(example, place)

    def put(self, example, place=None):
        """Move the image of an example into the spool, and note its SHA-256.

        Parameters
        ----------
        example : Example
            Its image becomes a `Waiting`.
        place : int, optional
            Row that it has if every input is kept. Only images of one size can
            have a place; the first of any process tells it.
        """
        if self._owner != os.getpid():
            self._open()
        image = np.ascontiguousarray(example.image, "<f4")
        view = image.data.cast("B")
        if place is None or len(view) != self._agree(len(view)):
            offset = ~self._append(view)
        else:
            offset = ROOM + place * len(view)
            self._hold(view, offset)
        masked = np.isnan(np.minimum.reduce(image, axis=None))  # the minimum passes NaN on
        example.digest = hashlib.sha256(view).digest()  # as `row_digests` has it
        example.image = Waiting(offset, image.shape, bool(masked), zlib.crc32(view))

    def _open(self):
        # Every process needs a description of its own: its position tells where an image was appended.
        self._places = os.open(self._paths[0], os.O_RDWR | os.O_CLOEXEC)
        self._others = os.open(self._paths[1], os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        with suppress(OSError):  # a disk without locks
            fcntl.flock(self._places, fcntl.LOCK_SH)
        if os.pread(self._places, 8, 8) != self._mark:
            raise OSError(f"{self._paths[0]}: is that of another process now")
        self._owner, self._size, self._held = os.getpid(), None, []

    def _hold(self, view, offset):
        """Keep an image until its neighbours are here as well."""
        if offset != self._end or len(self._held) >= _HELD:
            self.flush()
            self._begin = offset
        self._held.append(view)
        self._end = offset + len(view)

    def flush(self):
        """Write what is held; must be called before anything is read, or said to be done."""
        position, held, self._held = self._begin, self._held, []
        with explained(Path(self._paths[0]), needed=position + sum(map(len, held))):
            written = os.pwritev(self._places, held, position) if held else 0
            for view in held:  # a nearly full disk takes a part: the rest says why
                if written < len(view):
                    write_at(self._places, view[written:], position + written)
                written = max(0, written - len(view))
                position += len(view)
        self._begin = position

    def _agree(self, size):
        """Return the size of a place [byte], which all processes find in the first bytes of the file."""
        if self._size is None:
            self._size = 0
            with suppress(OSError):  # without locks on this disk there are no places
                fcntl.lockf(self._places, fcntl.LOCK_EX, 8)
                try:
                    known = int.from_bytes(os.pread(self._places, 8, 0), "little")
                    if not known:
                        write_at(self._places, size.to_bytes(8, "little"), 0)
                    self._size = known or size
                finally:
                    fcntl.lockf(self._places, fcntl.LOCK_UN, 8)
        return self._size

    def _append(self, view):
        """Write at the end of the second file, among what others write there; return where it lies."""
        with explained(Path(self._paths[1]), needed=os.fstat(self._others).st_size + len(view)):
            while (written := os.write(self._others, view)) != len(view):
                # The disk is nearly full; the next write says so. What came between is never read.
                os.write(self._others, view[written:])
        return os.lseek(self._others, 0, os.SEEK_CUR) - len(view)


def write_at(descriptor, view, position):
    """Write all of it; a nearly full disk takes a part first and then says so."""
    while written := os.pwrite(descriptor, view, position):
        if written == len(view):
            return
        view, position = view[written:], position + written
