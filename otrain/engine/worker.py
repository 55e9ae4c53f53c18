"""The other end of a worker's pipe: decode, say which input is in hand, send results in blocks."""

import builtins
import contextlib
import faulthandler
import io
import os
import signal
import threading
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np

from otrain.data.inputs.memory import make_expendable

__all__ = ["BUSY_NONE", "SENDING", "Clock", "allowed", "bound_process", "packed_error", "receive", "serve",
           "unpacked_error"]

BUSY_NONE = -1  # no input is in hand
SENDING = -2  # minus the index of the last input whose result is being sent
_BLOCK = 1 << 20  # bytes of results per message, about
_MOST = 64  # results per message


class Clock:
    """Ends this process when an input has taken more than its share of processor time.

    Processor time is the same on a busy machine as on an idle one, and stands still while the process or
    the machine is stopped. The kernel keeps the count, so that it ends a decoder as well that never
    comes back. What an import takes is not counted: the first input of a process would pay for all.
    """

    def __init__(self):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        self._importing, self._import, self._owner = False, builtins.__import__, threading.get_ident()
        builtins.__import__ = self._uncounted

    def start(self, seconds):
        """Begin to count anew."""
        signal.setitimer(signal.ITIMER_PROF, seconds)

    def stop(self):
        """Count no further."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _uncounted(self, *arguments, **options):
        """Import as usual, while the count stands still."""
        if self._importing or threading.get_ident() != self._owner:
            return self._import(*arguments, **options)
        left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        self._importing = True
        try:
            return self._import(*arguments, **options)
        finally:
            self._importing = False
            signal.setitimer(signal.ITIMER_PROF, left)


def allowed(timeout, item):
    """Return the processor time that an item may take [s]."""
    return timeout(item) if callable(timeout) else timeout


def serve(pipe, function, beat, memory, inherited, timeout):
    """Answer for the items of one list after the other until the pipe closes.

    Parameters
    ----------
    pipe : multiprocessing.connection.Connection
        Lists of items come in, each with the index of its first; blocks of results go out.
    function : callable
        Its method `flush`, if it has one, is called before results are sent; they
        are sent at least `together` at a time, if it has that, but at the end of a list.
    beat : shared integer
        Set to the index of the item in hand, or to `SENDING` minus it.
    memory : int
        Address space that may be taken beyond the present [byte].
    inherited : list of Connection
        Ends of other pipes that a fork has copied; closed.
    timeout : float or callable
        Processor time that one item may take [s], or ``timeout(item)`` that tells it.
    """
    for other in inherited:
        other.close()
    _settle(memory)
    clock = Clock()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        most = getattr(function, "together", 1)  # results per message; up to about a megabyte
        while True:
            most = _work(pipe, function, beat, clock, timeout, *pipe.recv(), most)


def _settle(memory):
    """Take the signals and limits of a process that is meant to be expendable."""
    # To be asked to stop is the parent's affair, also where the whole group is asked: an input in hand
    # would else be taken for the cause of death. The parent ends its workers by SIGKILL, and without
    # it their pipes close.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    faulthandler.disable()
    bound_process(memory)


def bound_process(memory):
    """Bound the address space of this process, which may fail for want of memory and leaves no core behind.

    Parameters
    ----------
    memory : int
        Address space that may be taken beyond the present [byte]; never above the hard limit.
    """
    make_expendable()
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _work(pipe, function, beat, clock, timeout, first, items, most):
    """Answer for one list of items; return how many results fill a message."""
    results = []
    for index, item in enumerate(items, start=first):
        beat.value = index
        clock.start(allowed(timeout, item))
        try:
            results.append((True, function(item)))
        except MemoryError as error:
            results.append((False, ("out-of-memory", f"decoding needs too much memory ({error}).")))
        except Exception as error:
            clock.stop()
            beat.value = SENDING - index
            _deliver(pipe, function, results, error)
            return most
        if len(results) >= most:
            clock.stop()
            beat.value = SENDING - index
            size = _deliver(pipe, function, results)
            most = max(getattr(function, "together", 1),
                       min(_MOST, 2 * most, _BLOCK * len(results) // max(size, 1)))
            results = []
    clock.stop()
    if results:
        beat.value = SENDING - index
        _deliver(pipe, function, results)
    beat.value = BUSY_NONE
    return most


def _deliver(pipe, function, results, error=None):
    """Send results once the function has finished with them."""
    try:
        if hasattr(function, "flush"):
            function.flush()
    except Exception as fault:
        results, error = [], error or fault
    return _send(pipe, results, error)


def _send(pipe, results, error=None):
    """Send results with their arrays behind them, uncopied by pickle; return the bytes."""
    arrays = []
    head = io.BytesIO()
    # The pickler that every pipe of multiprocessing uses; only our own workers are at its other end.
    ForkingPickler(head, 5, True, arrays.append).dump((results, packed_error(error)))
    views = [array.raw() for array in arrays]
    pipe.send((head.getvalue(), [len(view) for view in views]))
    _write_all(pipe.fileno(), views)
    return head.tell() + sum(map(len, views))


def packed_error(error):
    """Return the parts of an exception, which pickling does not lose whatever its signature, or None."""
    return None if error is None else (type(error), error.args, error.__dict__)


def unpacked_error(parts):
    """Return the exception of which `packed_error` gave the parts, or None."""
    if parts is None:
        return None
    kind, arguments, state = parts
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(state)
    return error


def _write_all(descriptor, views):
    """Write straight from the arrays: the methods of a Connection would copy them twice."""
    for start in range(0, len(views), _MOST):  # one call takes a limited number of pieces
        pending = views[start:start + _MOST]
        while pending:
            sent = os.writev(descriptor, pending)
            while pending and sent >= len(pending[0]):
                sent -= len(pending.pop(0))
            if sent:
                pending[0] = pending[0][sent:]


def _read_all(descriptor, block):
    while block:
        got = os.readv(descriptor, [block])
        if not got:
            raise EOFError
        block = block[got:]


def receive(pipe):
    """Return ``(results, error or None, bytes)`` of one message of a worker.

    Arrays are views of one block of memory.

    Raises
    ------
    EOFError, OSError
        If the worker is dead.
    """
    head, sizes = pipe.recv()
    block = memoryview(np.empty(sum(sizes), np.uint8))
    _read_all(pipe.fileno(), block)
    views, start = [], 0
    for size in sizes:
        views.append(block[start:start + size])
        start += size
    results, fault = ForkingPickler.loads(head, buffers=views)
    return results, unpacked_error(fault), len(head) + start
