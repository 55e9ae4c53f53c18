"""How much memory one input may take: a small file that asks for much is refused before it has it."""

import contextlib
import os
from pathlib import Path

__all__ = ["SMALL_FILE", "bound_memory", "free_memory", "make_expendable"]

SMALL_FILE = 10_000_000  # bytes
_ROOM = 832 << 20  # bytes beyond those at the start of the worker: below 1 GiB with everything it imports
_state = {}  # of this process: where its limit is, once it is expendable


def make_expendable():
    """Say that this process may fail for want of memory: a worker that reads the files of strangers.

    Libraries of numbers that are loaded later start no threads of their own: there is a worker for
    each core, and the stacks of such threads would count as memory.
    """
    import resource

    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    _state.clear()
    with contextlib.suppress(OSError, ValueError, IndexError):  # systems that do not tell
        taken = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = taken + _ROOM
        if hard == resource.RLIM_INFINITY or most < hard:
            _state.update(small=(most, hard), large=(soft, hard), now="large")


def bound_memory(size):
    """Set the memory that this process may take from now on, for an input of so many bytes.

    Nothing happens in a process that is not expendable.

    Parameters
    ----------
    size : int
        Of the file [byte].
    """
    if not _state:
        return
    _set("small" if size < SMALL_FILE else "large")


def free_memory():
    """Take the limit of an input away again: what is done with it, such as scoring it, has its own needs."""
    if _state:
        _set("large")


def _set(kind):
    if _state["now"] != kind:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, _state[kind])
        _state["now"] = kind
