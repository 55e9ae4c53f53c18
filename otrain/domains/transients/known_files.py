"""Which files of a folder may hold candidates: by their endings, else by their first bytes."""

import io
import os

from otrain.data.counted import CountedStream, compression_of
from otrain.data.safe_hdf5 import HDF5
from otrain.data.stacks import NPY
from otrain.domains.transients.readers.alert_table import PARQUET, names_cutouts
from otrain.domains.transients.readers.json_alert import looks_like_json_alerts
from otrain.errors import OtrainError

__all__ = ["ALONE", "ARCHIVES", "ENDINGS", "PICTURES", "looks_like_candidates"]

_COMPRESSIONS = ("", ".gz", ".bz2", ".xz", ".z", ".zst")
ALONE = (*(f"{kind}{packed}" for kind in (".fits", ".fit", ".fts") for packed in (*_COMPRESSIONS, ".fz")),
         *(f".avro{packed}" for packed in _COMPRESSIONS))  # that are read whole
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tar.z", ".zip")
ENDINGS = (*ALONE, *ARCHIVES, ".npy", ".npz", ".h5", ".hdf5")
PICTURES = (".png", ".jpg", ".jpeg")
_LOOK = 1 << 16  # bytes that tell whether JSON speaks of cutouts
_TAR = slice(257, 262), b"ustar"


def looks_like_candidates(path):
    """Return whether a file without a known ending may hold candidates, by its first bytes.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    bool
        False as well for what cannot be read: nobody expects it to hold candidates.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe is not waited for
        with open(descriptor, "rb") as file:
            head = file.read(_LOOK)
        if compression_of(head) is not None:
            head = CountedStream(io.BytesIO(head), 1 << 30).read(1024)
        elif head.startswith(PARQUET):
            return names_cutouts(path)
    except (OSError, OtrainError):
        return False
    return (head.startswith((b"SIMPLE  =", b"Obj\x01", HDF5, NPY)) or head[_TAR[0]] == _TAR[1]
            or looks_like_json_alerts(head))
