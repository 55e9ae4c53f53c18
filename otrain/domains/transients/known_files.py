"""Which files of a folder may hold candidates: by their endings, else by their first bytes."""

import io
import json
import os
from pathlib import Path

from otrain.data.files.safe_hdf5 import HDF5
from otrain.data.inputs.counted import CountedStream, compression_of
from otrain.data.inputs.stacks import NPY
from otrain.errors import OtrainError

__all__ = ["ALONE", "ARCHIVES", "ENDINGS", "PICTURES", "looks_like_candidates"]

_COMPRESSIONS = ("", ".gz", ".bz2", ".xz", ".z", ".zst")
ALONE = (*(f"{kind}{packed}" for kind in (".fits", ".fit", ".fts") for packed in (*_COMPRESSIONS, ".fz")),
         *(f".avro{packed}" for packed in _COMPRESSIONS))  # that are read whole
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tar.z",
            ".zip")
ENDINGS = (*ALONE, *ARCHIVES, ".npy", ".npz", ".h5", ".hdf5")
TABLES = (".parquet",
          *(f"{kind}{packed}" for kind in (".json", ".jsonl", ".ndjson") for packed in _COMPRESSIONS))
PICTURES = (".png", ".jpg", ".jpeg")
_SMALL_JSON = 1 << 20  # bytes of JSON that are parsed to see whether they are sound
_LOOK = 1 << 16  # bytes that tell whether JSON speaks of cutouts
_PARQUET = b"PAR1"
_TAR = slice(257, 262), b"ustar"


def looks_like_candidates(path):
    """Return whether a file without a known ending may hold candidates, by its first bytes.

    Tables and JSON may be about anything: those that are sound and name no cutout are passed over, broken
    ones are not, so that somebody says what is wrong with them.

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
        elif head.startswith(_PARQUET):
            from otrain.domains.transients.readers.alert_table import names_cutouts

            return names_cutouts(path) is not False
    except (OSError, OtrainError):
        return os.path.isfile(path) and os.fspath(path).lower().endswith(TABLES)
    if os.fspath(path).lower().endswith(TABLES):
        return b"utout" in head or not _is_sound(path, head)
    if b"utout" in head:
        from otrain.domains.transients.readers.json_alert import looks_like_json_alerts

        if looks_like_json_alerts(head):
            return True
    return head.startswith((b"SIMPLE  =", b"Obj\x01", HDF5, NPY)) or head[_TAR[0]] == _TAR[1]


def _is_sound(path, head):
    """Return whether a file that should be JSON is, as far as a look at a small one can tell."""
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return False
    try:
        if compression_of(head) is not None or os.stat(path).st_size > _SMALL_JSON:
            return True
        data = Path(path).read_bytes()
        if b"utout" in data:
            return False
        for text in ([data] if b"\n{" not in data else data.splitlines()):
            if text.strip():
                json.loads(text)
    except (OSError, ValueError, RecursionError):
        return False
    return True
