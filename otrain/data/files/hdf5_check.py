"""Read an HDF5 file of weights in a child process first: of a damaged one the library may never come back.

The child has little memory and little processor time. What it has read to the end, every
array and every attribute of it, this process may open.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from otrain.data.files.safe_hdf5 import LARGEST_ATTRIBUTE, open_hdf5, survey
from otrain.errors import IntegrityError

__all__ = ["require_readable"]

SECONDS = 10  # of processor time, imports included; a network of 10 MB takes a twentieth
BYTES_PER_SECOND = 20e6
MEMORY = 4 << 30  # bytes of address space
LONGEST = 900  # s of the clock: the processor time ends a child that works, this one that waits
_REFUSED = 3  # exit code: the reason stands on standard output
_PIECE = 8 << 20  # bytes that are read at a time


def require_readable(path, *, largest):
    """Refuse a file of weights that cannot be read to its end by a process that may fail.

    Parameters
    ----------
    path : path-like
        It must not be changed by others until it is opened.
    largest : int
        Bytes that its arrays may have together.

    Raises
    ------
    IntegrityError
        If the file is refused, the library crashes on it, or it takes more time or memory than such a
        file can need.
    """
    seconds = SECONDS + int(os.stat(path).st_size / BYTES_PER_SECOND)
    command = [sys.executable, "-m", "otrain.data.files.hdf5_check", os.fspath(path), str(largest),
               str(seconds)]
    home = os.fspath(Path(__file__).resolve().parents[3])
    search = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST,
                              env=os.environ | {"PYTHONPATH": search})
    except subprocess.TimeoutExpired:
        raise IntegrityError(f"damaged: HDF5 did not read it within {LONGEST} s. Copy or make the file "
                             "again.") from None
    if done.returncode == _REFUSED:
        raise IntegrityError(json.loads(done.stdout))
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise IntegrityError(f"damaged: HDF5 has not read it after {seconds} s of processor time, or takes "
                             "all memory. Copy or make the file again.")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no words given"]
        raise IntegrityError(f"damaged: HDF5 fails on it (exit code {done.returncode}: {last[0][:200]}). "
                             "Copy or make the file again.")


def read_everything(path, largest):
    """Read every array and attribute of a file of weights.

    Raises
    ------
    IntegrityError
        As `otrain.data.files.safe_hdf5.survey`.
    """
    try:
        with open_hdf5(path) as file:
            stored = survey(file, largest=largest)
            _read_attributes(stored)
            stored.visititems(lambda name, item: _read(item))
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, IntegrityError):
            raise
        words = " ".join(str(error).split())
        raise IntegrityError(f"damaged: {words[:300]}. Copy or make the file again.") from None


def _read(item):
    _read_attributes(item)
    if hasattr(item, "shape") and item.size:
        rows = item.shape[0] if item.shape else 1
        step = max(1, _PIECE * rows // max(item.nbytes, 1))
        for start in range(0, rows, step):
            item[start:start + step] if item.shape else item[()]


def _read_attributes(item):
    # One that cannot be read is refused by whoever asks for it; here it counts that it comes to an end.
    with contextlib.suppress(OSError, RuntimeError, TypeError, ValueError):
        for name in item.attrs:
            if item.attrs.get_id(name).get_storage_size() <= LARGEST_ATTRIBUTE:
                item.attrs[name]


def _limit(seconds):
    import resource

    limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: MEMORY, resource.RLIMIT_CORE: 0}
    for what, most in limits.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, hard))


def main(path, largest, seconds):
    """Read a file within limits; say why it is refused."""
    _limit(int(seconds))
    try:
        read_everything(path, int(largest))
    except IntegrityError as error:
        print(json.dumps(str(error)))
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
