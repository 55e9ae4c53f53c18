"""Read stacks of cutouts in plain arrays: ``.npy`` beside a CSV table (braai, BTSbot), ``.npz``, HDF5.

Names and shapes tell which array is what (`stack_layout`); a mapping decides by hand.
"""

import os
from functools import lru_cache

import numpy as np

from otrain.data.files.safe_hdf5 import HDF5
from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size
from otrain.data.inputs.stacks import NPY, ZIP, is_plain_stack, open_stack
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.readers.alert import read_columns_of_alert
from otrain.domains.transients.readers.gotorb import READER as GOTORB
from otrain.domains.transients.readers.masks import apply_masks
from otrain.domains.transients.readers.stack_layout import find_parts, largest_count
from otrain.domains.transients.readers.stack_table import labels_of, table_beside

__all__ = ["READER", "StackReader", "holds_stack"]

MOST_AT_ONCE = 100_000  # candidates that nobody has divided into windows
_TOGETHER = 64  # candidates that are read at a time


class StackReader:
    """Reader of many cutouts in one array.

    Parameters
    ----------
    mapping : ArrayMapping, optional
        Which array is what; by default their names tell.
    """

    name = "stack"
    formats = ("npy", "npz", "hdf5")

    def __init__(self, mapping=None):
        self._mapping = mapping
        self._last = None  # the file that was read last stays open: its windows come one after the other

    def __reduce__(self):  # a worker opens its own files
        return StackReader, (self._mapping,)

    def recognises(self, probe):
        """Return whether the file is an array, or holds some and is no data cube."""
        if probe.head.startswith(NPY):
            return True
        return probe.head.startswith((ZIP, HDF5)) and not GOTORB.recognises(probe) and (
            self._mapping is not None or holds_stack(probe.path))

    def count(self, probe):
        """Return the number of candidates, and notes on how they are read."""
        with open_stack(probe.path) as stack:
            try:
                return sum(part.count for part in self._parts(stack, probe)), ()
            except InputRejected:  # a mapping may say what is what
                return largest_count(stack.infos), ()

    def read(self, probe):
        """Yield the candidates, those of `probe.rows` only if given."""
        stack, parts, beside = self._opened(probe)
        count = sum(part.count for part in parts)
        if probe.rows is None and count > MOST_AT_ONCE:
            raise InputRejected("too-large", f"{count} cutouts are read in parts only; at once at most "
                                             f"{MOST_AT_ONCE}.")
        start, stop = probe.rows or (0, count)
        before = 0
        for part in parts:
            first, last = max(start - before, 0), min(stop - before, part.count)
            for one in range(first, last, _TOGETHER):
                yield from self._rows(stack, part, beside, one, min(one + _TOGETHER, last), before)
            before += part.count

    def _parts(self, stack, probe):
        return find_parts(stack.infos, self._mapping, alone=probe.head.startswith(NPY))

    def _opened(self, probe):
        """Return the open file, its parts and the columns of a table beside it."""
        about = os.stat(probe.path)
        identity = (probe.path, about.st_size, about.st_mtime_ns)
        if self._last is None or self._last[0] != identity:
            if self._last is not None:
                self._last[1][0].close()
                self._last = None
            stack = open_stack(probe.path)
            parts = self._parts(stack, probe)
            if not parts:
                stack.close()
                raise InputRejected("no-image", _nothing(stack))
            for part in parts:
                check_size((len(part.channels), *part.size))
            beside = table_beside(probe.path, sum(part.count for part in parts)) \
                if probe.head.startswith(NPY) and not parts[0].single else {}
            self._last = identity, (stack, parts, beside)
        return self._last[1]

    def _rows(self, stack, part, beside, start, stop, before):
        """Yield candidates of a part; `before` is how many candidates of the file lie before it."""
        images = _images(stack, part, start, stop)
        table = {name: values[before + start:before + stop] for name, values in beside.items()}
        table |= {column: stack.rows(name, start, stop) for column, name in part.columns.items()}
        labels = labels_of(stack.rows(part.labels, start, stop)) if part.labels else table.pop("label", None)
        masks = {name: np.asarray(stack.rows(name, start, stop)) for name in part.masks}
        remarks = {f"the array {name} beside the images is not used": "" for name in part.unused}
        for place, image in enumerate(images):
            flags = [(name.upper(), {}, mask[place]) for name, mask in masks.items()]
            said = remarks | {f"the mask {odd} {why} and is not used": ""
                              for odd, why in apply_masks(image, part.channels, flags).items()}
            packet = {name: _plain(values[place]) for name, values in table.items()}
            yield Example(image, part.channels, _columns(packet),
                          None if labels is None else _label(labels[place]), before + start + place,
                          remarks=said or None)


def _images(stack, part, start, stop):
    """Return images (N, H, W, C) float32."""
    planes = []
    for name in part.images.values():
        found = stack.rows(name)[None] if part.single else stack.rows(name, start, stop)
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.asarray(found).astype(np.float32)
        found = found.transpose(0, *(axis + 1 for axis in part.order))
        planes.append(found if found.ndim == 4 else found[..., None])
    return np.ascontiguousarray(np.concatenate(planes, axis=-1))


def _columns(packet):
    """Return the columns of a row: those with names of surveys, and those with ours, as they are."""
    columns = read_columns_of_alert(packet)
    for name, value in packet.items():
        if name not in COLUMNS or name in columns or name == "file":
            continue
        try:
            found = COLUMNS[name].kind(value)
        except (TypeError, ValueError):  # a word for a number: it is not known
            continue
        if found == found and found != "":
            columns[name] = found
    return columns


def _plain(value):
    """Return a value of numpy as Python has it."""
    return value.item() if hasattr(value, "item") else value


def _label(value):
    """Return a label, None where it says that nobody knows."""
    value = _plain(value)
    return None if isinstance(value, int) and value < 0 else value


def _nothing(stack):
    """Say which arrays there are, and that none looks like cutouts."""
    listed = ", ".join(f"{name!r} {'x'.join(map(str, info.shape))}" for name, info in stack.infos.items())
    return (f"no array looks like cutouts (count, height, width, channel). Present: {listed or 'none'}. Say "
            "which it is in a mapping: [arrays] with images = \"NAME\".")


def holds_stack(path):
    """Return whether an ``.npz`` or HDF5 file holds arrays that look like cutouts, and is no data cube."""
    try:
        about = os.stat(path)
        return _holds_stack(path, about.st_ino, about.st_size, about.st_mtime_ns)
    except OSError:
        return False


@lru_cache(16)
def _holds_stack(path, *identity):
    """Answer for a file as it is now: it is asked for every window of it."""
    if not is_plain_stack(path):
        return False
    try:
        with open_stack(path) as stack:
            return bool(find_parts(stack.infos))
    except InputRejected:  # several arrays may be the cutouts: the reader says which
        return True


READER = StackReader()
