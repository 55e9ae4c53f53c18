"""Read gotorb's folders: `data_stamps.h5` with the images and `data_labels.csv` beside it."""

import csv
from pathlib import Path

import numpy as np

from otrain.data.example import Example
from otrain.data.quarantine import InputRejected

__all__ = ["CHANNELS", "READER", "GotorbReader"]

IMAGES = "data_stamps.h5"
LABELS = "data_labels.csv"
CHANNELS = ("science", "template", "difference", "peak_to_peak", "minimum", "maximum")

_HDF5 = b"\x89HDF\r\n\x1a\n"
_TEXT = {"id": "candid", "fits_filepath": "original_file", "metalabel": "kind"}
_NUMBERS = {"x": "x", "y": "y", "ra": "ra", "dec": "dec", "mag": "mag", "fwhm": "fwhm",
            "realbogus": "survey_score"}


class GotorbReader:
    """Reader of gotorb's training sets, many candidates in one pair of files."""

    name = "gotorb"

    def recognises(self, probe):
        """Return whether the file is HDF5 and a table of gotorb lies beside it."""
        if not probe.head.startswith(_HDF5):
            return False
        return _labels_beside(probe.path) is not None

    def read(self, probe):
        """Yield the candidates of a pair of files, those of `probe.rows` only if given."""
        table = _labels_beside(probe.path)
        if table is None:
            raise InputRejected("unreadable", f"{LABELS} does not lie beside it.")
        with _open(probe.path) as file:
            images = _images(file)
            start, stop = probe.rows or (0, len(images))
            for row, values in _rows(table, start, stop, len(images)):
                image = images[row].astype(np.float32)
                channels = CHANNELS[:image.shape[-1]]
                if image.shape[-1] > len(CHANNELS):
                    channels = tuple(f"channel_{index}" for index in range(image.shape[-1]))
                yield Example(image, channels, _columns(values), values.get("label"), row)


def _labels_beside(path):
    """Return the path of the table that belongs to an image file, or None."""
    path = Path(path)
    # clean_data of gotorb writes copies with a prefix before both names.
    prefix = path.name.removesuffix(IMAGES) if path.name.endswith(IMAGES) else ""
    table = path.with_name(prefix + LABELS)
    return table if table.is_file() else None


def _open(path):
    import h5py

    return h5py.File(path, "r", locking=False)


def _images(file):
    """Return the array of images, refusing whatever leads out of the file."""
    import h5py

    if not isinstance(file.get("src", getlink=True), h5py.HardLink):
        raise InputRejected("no-image", "there is no array /src of its own in the file.")
    images = file["src"]
    if not isinstance(images, h5py.Dataset) or images.is_virtual or images.external:
        raise InputRejected("corrupt", "/src is not an array that lies in the file itself.")
    if images.ndim != 4 or images.dtype.kind not in "fiu":
        raise InputRejected("bad-shape", f"/src must be numbers (N, height, width, channels). "
                                         f"Received: {images.dtype} {images.shape}.")
    return images


def _rows(table, start, stop, count):
    """Yield (row, values) for rows start to stop of a table that must have `count` rows."""
    with table.open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.DictReader(stream)
        total = -1
        for total, values in enumerate(lines):
            if start <= total < stop:
                yield total, values
    if total + 1 != count:
        raise InputRejected("corrupt", f"{table.name} has {total + 1} rows and the images are {count}.")


def _columns(values):
    """Return the canonical columns of one row."""
    columns = {ours: values[theirs] for theirs, ours in _TEXT.items() if values.get(theirs)}
    for theirs, ours in _NUMBERS.items():
        try:
            columns[ours] = float(values[theirs])
        except (KeyError, TypeError, ValueError):
            continue
    return columns


READER = GotorbReader()
