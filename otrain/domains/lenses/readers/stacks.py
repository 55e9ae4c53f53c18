"""Read stacks of lenses in ``.npz`` files: an array of images, and one array for each column."""

import os

import numpy as np

from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size
from otrain.data.inputs.stacks import ZIP, open_stack
from otrain.domains.lenses.columns import COLUMNS
from otrain.errors import OtrainError

__all__ = ["READER", "LensStackReader", "look_into"]

IMAGES, FILES = "images", "filename"
_CHANNELS = ("image", "noise")
_KINDS = {float: "fiub", str: "U"}
_TOGETHER = 64  # images that are read at a time
MOST_AT_ONCE = 100_000  # images that nobody has divided into windows


def look_into(path):
    """Return the number of images of a stack and the names that it gives them.

    Returns
    -------
    count : int
        0 where the file is no stack, or broken.
    names : list of str
        Empty where it names none.
    """
    try:
        with open_stack(path) as stack:
            count, info = _shape(stack)[0], stack.infos.get(FILES)
            named = info is not None and tuple(info.shape) == (count,) and info.dtype.kind in _KINDS[str]
            return count, stack.column(FILES).tolist() if named else []
    except (OtrainError, OSError):
        return 0, []


def _shape(stack):
    """Return the shape of the images, (N, H, W, C).

    Raises
    ------
    InputRejected
        ``no-image`` or ``bad-shape``.
    """
    info = stack.infos.get(IMAGES)
    if info is None or info.dtype.kind not in "fiu":
        raise InputRejected("no-image", f"the file has no array {IMAGES!r} of numbers. It has: "
                                        f"{', '.join(stack.infos)[:200] or 'none'}.")
    shape = tuple(info.shape) + (1,) * (len(info.shape) == 3)
    if len(shape) != 4 or shape[3] > len(_CHANNELS):
        raise InputRejected("bad-shape", "`images` must be (count, height, width), or with a last axis for "
                                         f"image and noise. Received: {'x'.join(map(str, info.shape))}.")
    return shape


class LensStackReader:
    """Reader of many lenses in one ``.npz`` file.

    Its array ``images`` is (N, H, W), or (N, H, W, 2) with a noise map behind each image; ``filename``
    names each, and any array (N,) with the name of a column of lenses is that column.
    """

    name = "lens-stack"
    formats = ("npz",)

    def __init__(self):
        self._last = None  # the file that was read last stays open: its windows come one after the other

    def __reduce__(self):  # a worker opens its own files
        return LensStackReader, ()

    def recognises(self, probe):
        """Return whether the file is a zip archive of arrays of which one is called images."""
        if not probe.head.startswith(ZIP):
            return False
        try:
            with open_stack(probe.path) as stack:
                return IMAGES in stack.infos or IMAGES in stack.refused
        except (OtrainError, OSError):
            return probe.suffixes.endswith(".npz")  # reading it says what is wrong

    def read(self, probe):
        """Yield the images, those of `probe.rows` only if given."""
        stack = self._opened(probe)
        count, *size = _shape(stack)
        if probe.rows is None and count > MOST_AT_ONCE:
            raise InputRejected("too-large", f"{count} images are read in parts only; at once at most "
                                             f"{MOST_AT_ONCE}.")
        check_size((size[2], *size[:2]))
        columns = self._columns(stack, count)
        start, stop = probe.rows or (0, count)
        for first in range(start, min(stop, count), _TOGETHER):
            last = min(first + _TOGETHER, stop, count)
            with np.errstate(over="ignore", invalid="ignore"):
                images = stack.rows(IMAGES, first, last).astype(np.float32).reshape(-1, *size)
            for place, image in enumerate(images, first):
                yield Example(np.ascontiguousarray(image), _CHANNELS[:size[2]], self._row(columns, place),
                              None, place)

    def _opened(self, probe):
        """Return the open file."""
        about = os.stat(probe.path)
        identity = (probe.path, about.st_size, about.st_mtime_ns)
        if self._last is None or self._last[0] != identity:
            if self._last is not None:
                self._last[1].close()
                self._last = None
            self._last = identity, open_stack(probe.path), {}
        return self._last[1]

    def _columns(self, stack, count):
        """Return the arrays that are columns, read once for a file."""
        kept = self._last[2]
        if not kept:
            for name, info in stack.infos.items():
                kind = str if name == FILES else COLUMNS[name].kind if name in COLUMNS else None
                if tuple(info.shape) != (count,) or info.dtype.kind not in _KINDS.get(kind, ""):
                    continue
                values = stack.column(name)
                if kind is float:
                    values = values.astype(np.float64)
                    if not np.isfinite(values).any():
                        continue
                kept[name] = values
        return kept

    def _row(self, columns, place):
        """Return the columns of one image: its name is that of the file that it would have been."""
        row = {name: float(values[place]) if values.dtype.kind == "f" else str(values[place])
               for name, values in columns.items()}
        if FILES in row:
            row["file"] = row.pop(FILES)
            row.setdefault("candid", os.path.splitext(os.path.basename(row["file"]))[0])
        return {name: value for name, value in row.items() if value != ""}


READER = LensStackReader()
