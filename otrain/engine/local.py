"""Map a function over many inputs in worker processes that may die.

A decoder that is fed broken data can kill its process, hang or ask for all
memory. Here that costs exactly the input in hand: shared memory says which one
it was, everything else is done again by a new worker. What hangs is known by the
processor time that it takes, so that the same input has the same fate on a busy
machine, and on one that was suspended.
"""

import collections
import contextlib
import errno
import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from otrain.engine.worker import BUSY_NONE, SENDING, allowed, receive, serve
from otrain.errors import ResourceError

__all__ = ["Done", "Failed", "run_restartable"]

# Libraries that start threads of their own; a fork would copy their locks as they happen to be.
_THREADED = ("tensorflow", "keras", "jax", "torch", "onnxruntime", "openvino", "ray")
_TICK = 0.25  # s between two looks at the clock
_QUEUED = 2 if sys.platform == "linux" else 1  # chunks that a worker holds, not to wait while we are busy
_SMALL = 32 << 10  # bytes of a chunk that certainly fits into a pipe nobody reads from (not on macOS)
_AHEAD = 8  # chunks per worker that may be finished before the oldest one is
_BUFFERED = 128 << 20  # bytes of results that may wait for the oldest one
_MEMORY = 4 << 30  # bytes that a worker may take beyond what it starts with
_ASLEEP = 12  # times its processor time that an input may wait for something, such as a disk
_PATIENCE = 5  # workers in a row that may die before their first input


@dataclass(frozen=True, slots=True)
class Done:
    """The function returned `value`."""

    value: object


@dataclass(frozen=True)
class Failed:
    """The input was lost: ``decoder-crash``, ``timeout`` or ``out-of-memory``."""

    reason: str
    words: str


@dataclass(eq=False)
class _Worker:
    """A process, our end of its pipe, and the inputs that it was given and has not answered for."""

    process: object
    pipe: object
    beat: object  # shared: index of the input in hand, or BUSY_NONE
    parts: collections.deque = field(default_factory=collections.deque)  # of (first index, items)
    seen: int = BUSY_NONE  # last beat
    used: int = 0  # processor time of the process at the last look [ticks]
    asleep: float = 0.0  # how long the input in hand has waited [s]

    def holds(self, index):
        """Tell whether an input is among those that it was given."""
        return any(first <= index < first + len(items) for first, items in self.parts)


def run_restartable(function, items, *, workers, timeout=30.0, chunk=64, memory=_MEMORY):
    """Yield ``(index, Done or Failed)`` for every item, in order.

    Parameters
    ----------
    function : callable
        ``function(item)``; picklable, as it may have to be sent to a new process.
        An exception that it raises ends the run and is raised here. A worker calls its
        method `flush`, if it has one, before the results that it has are sent. Where
        many are flushed at the cost of one, its attribute `together` says how many.
    items : sequence
        Picklable inputs.
    workers : int
        Number of processes; 0 calls the function here, without protection.
    timeout : float or callable
        Processor time that one item may take [s], without that of imports, or ``timeout(item)`` that
        tells it; picklable. An item that takes more is tried once more, alone. One that neither takes
        processor time nor ends, as it waits for a disk, is given up after twelve times as long.
    chunk : int
        Most items that are handed to a worker at once.
    memory : int
        Address space that a worker may take beyond what it starts with [byte].

    Yields
    ------
    index : int
    result : Done or Failed
        Arrays in a `Done` value may be views of a larger block of memory.

    Raises
    ------
    ResourceError
        If workers cannot be started at all.
    """
    if workers < 1 or not len(items):
        yield from _run_here(function, items)
        return
    together = getattr(function, "together", 1)
    # Small pieces, that all workers end together, if nothing is saved by large ones.
    chunk = max(1, min(chunk, -(-len(items) // (4 * workers if together == 1 else workers))))
    crew = _Crew(function, items, chunk, timeout, memory)
    try:
        yield from crew.run(min(workers, -(-len(items) // chunk)))
    finally:
        crew.dismiss()


def _run_here(function, items):
    for index, item in enumerate(items):
        try:
            yield index, Done(function(item))
        except MemoryError as error:
            yield index, Failed("out-of-memory", f"decoding needs too much memory ({error}).")


class _Crew:
    """The workers of one run, what they still have to do and what they have done."""

    def __init__(self, function, items, chunk, timeout, memory):
        self.function, self.items, self.timeout, self.memory = function, items, timeout, memory
        self.chunk = chunk
        self.todo = collections.deque(range(0, len(items), chunk))
        self.again = collections.deque()  # (first, items) of chunks that a dead worker left
        self.ready = {}  # index -> (result, bytes), not yet yielded
        self.next = 0  # index to be yielded next
        self.buffered = 0
        self.live = []
        self.early_deaths = 0
        self.suspects = set()  # inputs in whose hand a worker died once
        self.looked = time.monotonic()

    def run(self, workers):
        """Yield every result in order of index."""
        for _ in range(workers):
            self.start()
        while self.next < len(self.items):
            for worker in self.live:
                self.give(worker)
            self.collect()
            while self.next in self.ready:
                result, size = self.ready.pop(self.next)
                self.buffered -= size
                yield self.next, result
                self.next += 1

    def start(self):
        """Start a worker: by fork while that is safe (4 ms), else from a clean process."""
        context = multiprocessing.get_context(_method())
        ours, theirs = context.Pipe()
        beat = _shared_integer(context)
        # A forked child holds copies of our ends; it closes them so that our death reaches everyone.
        inherited = [w.pipe for w in self.live] + [ours] if context.get_start_method() == "fork" else []
        process = context.Process(target=serve, daemon=True,
                                  args=(theirs, self.function, beat, self.memory, inherited,
                                        self.timeout))
        with _anonymous_main():
            process.start()
        theirs.close()
        self.live.append(_Worker(process, ours, beat))

    def give(self, worker):
        """Hand a worker its next chunks, unless too much is finished ahead of its turn."""
        while len(worker.parts) < _QUEUED:
            if self.again:
                first, items = self.again.popleft()
            elif self.todo and (self.todo[0] == self.next or self.may_run_ahead(self.todo[0])):
                first = self.todo.popleft()
                items = self.items[first:first + self.chunk]
            else:
                return
            message = ForkingPickler.dumps((first, items))
            if worker.parts and len(message) > _SMALL:  # we would wait for each other
                self.again.appendleft((first, items))
                return
            worker.parts.append((first, items))
            try:
                worker.pipe.send_bytes(message)
            except OSError:  # it died while idle, or of what it has in hand: its pipe tells
                return

    def may_run_ahead(self, index):
        return self.buffered < _BUFFERED and index < self.next + _AHEAD * self.chunk * max(len(self.live), 1)

    def collect(self):
        """Take what workers have sent; replace those that are dead or too slow."""
        # When much is waiting, only the worker with the oldest input is listened to; the
        # others block on their pipes, which their beat shows, so that no timeout strikes them.
        listen = [w for w in self.live if w.parts and (self.buffered < _BUFFERED or w.holds(self.next))]
        by_pipe = {worker.pipe: worker for worker in listen}
        for pipe in wait(list(by_pipe), timeout=_TICK):
            self.take(by_pipe[pipe])
        now = time.monotonic()
        if now - self.looked < _TICK:
            return
        # Between two looks we may have been stopped ourselves, or the machine suspended.
        passed, self.looked = min(now - self.looked, 2 * _TICK), now
        for worker in [w for w in self.live if w.parts]:
            self.watch(worker, passed)

    def watch(self, worker, passed):
        """Give up an input that waits for ever; what computes for ever the worker ends itself."""
        beat = worker.beat.value
        if beat != worker.seen:
            worker.seen, worker.asleep = beat, 0.0
        elif beat >= 0:  # in hand, neither waiting for us nor sending
            state, used = _activity(worker.process.pid)
            if state in "SD" and used == worker.used:  # not stopped, and not without a processor
                worker.asleep += passed
            worker.used = used
            most = _ASLEEP * allowed(self.timeout, self.items[beat])
            if worker.asleep > most:
                self.lose(worker, Failed("timeout", f"not decoded: it waited {most:g} s for something, such "
                                                   "as a disk."))

    def take(self, worker):
        """Store the results of one message."""
        try:
            results, error, size = receive(worker.pipe)
        except Exception:  # dead, or its memory is so damaged that it sends nonsense
            worker.process.join(1)
            self.lose(worker, self.epitaph(worker))
            return
        first, items = worker.parts.popleft()
        for offset, (good, value) in enumerate(results):
            share = size // len(results)
            self.ready[first + offset] = (Done(value) if good else Failed(*value), share)
            self.buffered += share
        if rest := items[len(results):]:
            worker.parts.appendleft((first + len(results), rest))
        self.early_deaths = 0
        if error is not None:
            raise error

    def epitaph(self, worker):
        """Return what the exit code of a dead worker says about the input in hand."""
        code, beat = worker.process.exitcode, worker.beat.value
        if code == -signal.SIGPROF and beat >= 0:
            most = allowed(self.timeout, self.items[beat])
            return Failed("timeout", f"not decoded within {most:g} s of processor time.")
        return _epitaph(code)

    def lose(self, worker, failure):
        """Replace a worker; the input in hand is lost, the others that it was given are done again.

        A decoder may damage the memory of its worker and return; the worker then dies of a later
        input, or while it sends. So the first death of an input is only a suspicion: the new worker
        begins with it, alone.
        """
        self.live.remove(worker)
        worker.process.kill()
        worker.process.join()
        beat = worker.beat.value
        last = SENDING - beat if beat <= SENDING else beat  # input in hand, or the last of those being sent
        worker.pipe.close()
        if not worker.holds(last):
            self.early_deaths += 1
            if self.early_deaths > _PATIENCE:
                raise ResourceError(f"workers cannot be started: {_PATIENCE} in a row died before their "
                                    f"first input (exit code {worker.process.exitcode}). Try --jobs 0.")
        left = []
        for first, items in worker.parts:
            hand = last - first
            if not 0 <= hand < len(items):
                left.append((first, items))
            elif beat <= SENDING and hand:  # which of several it was shows when each is sent alone
                left += [(first + i, items[i:i + 1]) for i in range(hand + 1)]
                left.append((last + 1, items[hand + 1:]))
            else:
                if last in self.suspects:
                    self.ready[last] = (failure, 0)
                else:
                    self.suspects.add(last)
                    left.insert(0, (last, items[hand:hand + 1]))
                # Before it lies what was finished but not sent, behind it what was not begun.
                left += [(first, items[:hand]), (last + 1, items[hand + 1:])]
        self.again.extendleft(part for part in reversed(left) if part[1])
        self.start()
        self.give(self.live[-1])

    def dismiss(self):
        """End every worker; they hold nothing that must be saved."""
        for worker in self.live:
            worker.process.kill()
        for worker in self.live:
            worker.process.join()
            worker.pipe.close()


def _activity(pid):
    """Return the state of a process in the letter of the kernel, and its processor time [ticks].

    Elsewhere than on Linux every process looks as if it slept: what is stopped for long is tried again.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[0].decode(), int(fields[11]) + int(fields[12])
    except (OSError, IndexError, ValueError):
        return "S", 0


@contextlib.contextmanager
def _anonymous_main():
    """Hide where the main module lies: a worker that is not forked would run a script of the user's again."""
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    main.__spec__ = None
    if "__file__" in kept:
        del main.__file__
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


def _method():
    if not sys.platform.startswith("linux"):
        return "spawn"
    clean = threading.active_count() == 1 and not any(name in sys.modules for name in _THREADED)
    return "fork" if clean else "forkserver"


def _shared_integer(context):
    """Return an integer that a worker shares with its parent.

    Raises
    ------
    ResourceError
        If no memory can be shared; the message names the place and what is wrong with it.
    """
    try:
        return context.Value("q", BUSY_NONE, lock=False)
    except OSError as error:
        place = os.path.dirname(os.fsdecode(error.filename)) if error.filename else "/dev/shm"
        if error.errno == errno.EFBIG:
            cause, remedy = "the limit of the size of files is below that", "Raise it (ulimit -f)"
        elif error.errno in (errno.ENOSPC, errno.EDQUOT):
            cause, remedy = f"{place} is full", "Make room there"
        elif error.errno == errno.EMFILE:
            cause, remedy = "too many files are open", "Raise the limit (ulimit -n)"
        else:
            cause = f"{place} cannot be written ({error.strerror})"
            remedy = "Make it writable (in a container, mount it with `--tmpfs /dev/shm`)"
        raise ResourceError("workers cannot be started: they share memory through a file of 4 MiB, and "
                            f"{cause}. {remedy}, or read without workers (--jobs 0).") from error


def _epitaph(code):
    """What the exit code of a dead worker says about the input in hand."""
    if code == -signal.SIGKILL:
        return Failed("out-of-memory", "the system killed the decoder, as it does when memory is short.")
    try:
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    except ValueError:
        cause = f"exit code {code}"
    return Failed("decoder-crash", f"the decoder killed its process ({cause}).")
