"""Read the candidates of an O'TRAIN data cube (.npz)."""

import zipfile

import numpy as np

from otrain.data.example import Example
from otrain.data.quarantine import InputRejected
from otrain.domains.transients.readers.images import check_size, plane_names

__all__ = ["READER", "OtrainNpzReader"]

LARGEST_CUBE = 4 << 30  # bytes of all arrays, expanded

_PLURALS = {"mags": "mag", "errmags": "mag_err", "filters": "band", "fwhms": "fwhm", "candids": "candid"}


class OtrainNpzReader:
    """Reader of data cubes as O'TRAIN writes them."""

    name = "otrain-npz"

    def recognises(self, probe):
        """Return whether the file is a zip archive with an array `cube`."""
        if not probe.head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(probe.path) as archive:
                return "cube.npy" in archive.namelist()
        except (zipfile.BadZipFile, OSError):
            return probe.suffixes.endswith(".npz")

    def read(self, probe):
        """Yield the candidates of a cube, those of `probe.rows` only if given."""
        _check_sizes(probe.path)
        with np.load(probe.path, allow_pickle=False) as arrays:
            cube = arrays["cube"]
            if cube.ndim != 4 or cube.dtype.kind not in "fiu":
                raise InputRejected("bad-shape", f"`cube` must be numbers (N, height, width, channels). "
                                                 f"Received: {cube.dtype} {cube.shape}.")
            check_size((cube.shape[3], *cube.shape[1:3]))
            columns = _columns(arrays, len(cube))
            labels = _labels(arrays, len(cube))
        channels = plane_names(cube.shape[-1])
        start, stop = probe.rows or (0, len(cube))
        for row in range(start, min(stop, len(cube))):
            values = {name: array[row].item() for name, array in columns.items()}
            yield Example(cube[row], channels, values, labels[row], row)


def _check_sizes(path):
    """Refuse an archive that would fill the memory."""
    with zipfile.ZipFile(path) as archive:
        total = sum(member.file_size for member in archive.infolist())
    if total > LARGEST_CUBE:
        raise InputRejected("too-large", f"its arrays have {total / 1e9:.1f} GB; "
                                         f"at most {LARGEST_CUBE / 1e9:.1f} GB are read at once.")


def _columns(arrays, count):
    """Return the columns of a cube under their canonical names."""
    from otrain.domains.transients.columns import COLUMNS

    names = {**{name: name for name in COLUMNS}, **_PLURALS}
    found = {ours: arrays[theirs] for theirs, ours in names.items() if theirs in arrays.files}
    for name, values in found.items():
        if values.shape != (count,):
            raise InputRejected("corrupt", f"{name} has the shape {values.shape} for {count} cutouts.")
    return {name: values.astype(COLUMNS[name].kind) for name, values in found.items()}


def _labels(arrays, count):
    """Return a label per candidate; one-hot labels become indices, absent ones None."""
    if "labels" not in arrays.files:
        return [None] * count
    labels = arrays["labels"]
    if labels.ndim == 2:
        labels = labels.argmax(axis=1)
    if labels.shape != (count,):
        raise InputRejected("corrupt", f"labels have the shape {labels.shape} for {count} cutouts.")
    return labels.tolist()


READER = OtrainNpzReader()
