"""Map a function over many inputs on a Ray cluster, with the interface of `otrain.engine.local`.

An actor that dies takes at most the input in hand with it: what it was given is done again
elsewhere, input by input, and the one that kills a second actor on its own is lost. A node
that goes away costs nothing but time. An actor ends itself when an input takes too much
processor time, as a worker of this host does.
"""

import collections
import os
import time
from dataclasses import dataclass

from otrain.engine.local import Done, Failed
from otrain.engine.worker import Clock, allowed, bound_process, packed_error, unpacked_error
from otrain.errors import MissingExtraError, ResourceError

__all__ = ["run_restartable"]

_TICK = 0.25  # s between two looks at the clock
_QUEUED = 2  # chunks that an actor holds, not to wait for us
_AHEAD = 8  # chunks per actor that may be finished before the oldest one is
_ASLEEP = 12  # times its processor time that a chunk may take before it is given up
_PATIENCE = 5  # actors in a row that may die before they are ready


@dataclass(eq=False)
class _Actor:
    """A process somewhere, and the chunks that it was given and has not answered for."""

    handle: object
    parts: collections.deque  # of (reference, first, items); no items: whether it is ready
    waited: float = 0.0  # how long the oldest of them has been the oldest [s]


def run_restartable(function, items, *, workers=None, timeout=30.0, chunk=64, memory=4 << 30, address=None):
    """Yield ``(index, Done or Failed)`` for every item, in order.

    Parameters
    ----------
    function, items, timeout
        As for `otrain.engine.local.run_restartable`. The function is sent to other hosts, which
        must be able to import otrain and to read the inputs under the same names.
    workers : int, optional
        Number of actors; by default as many as the cluster has CPUs.
    chunk : int
        Most items that are handed to an actor at once.
    memory : int
        Address space that an actor may take beyond what it starts with [byte].
    address : str, optional
        Of a running cluster, as `ray.init` takes it; by default one is started on this host.

    Yields
    ------
    index : int
    result : Done or Failed
        Arrays in a `Done` value cannot be written to.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    ResourceError
        If there is no cluster at `address`, or actors cannot be started.
    """
    ray = _ray()
    if not len(items):
        return
    ours = _join(ray, address, workers)
    crew = None
    try:
        workers = max(1, workers or int(ray.cluster_resources().get("CPU", 1)))
        chunk = max(1, min(chunk, -(-len(items) // (4 * workers))))
        crew = _Crew(ray, function, items, max(chunk, getattr(function, "together", 1)), timeout, memory)
        yield from crew.run(min(workers, -(-len(items) // chunk)))
    finally:
        if crew is not None:
            crew.dismiss()
        if ours:
            ray.shutdown()


def _ray():
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    try:
        import ray
    except ImportError:
        raise MissingExtraError("ray", "ray") from None
    return ray


def _join(ray, address, workers):
    """Connect to a cluster, or start one; return whether it is ours to leave."""
    if ray.is_initialized():
        return False
    try:
        ray.init(address=address or "local", num_cpus=None if address else workers, include_dashboard=None
                 if address else False, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ResourceError(f"--ray-address {address}: no Ray cluster can be reached ({error!s:.200}). "
                            "Start one with `ray start --head`, or leave the address out.") from None
    return True


class _Hand:
    """What runs in an actor: answers for the items of one chunk after the other."""

    def __init__(self, function, memory, timeout):
        self.function, self.timeout, self.clock = function, timeout, Clock()
        bound_process(memory)

    def work(self, items):
        """Return ``(results, fault or None)``; a result is ``(True, value)`` or ``(False, failure)``."""
        results, fault = [], None
        try:
            for item in items:
                self.clock.start(allowed(self.timeout, item))
                try:
                    results.append((True, self.function(item)))
                except MemoryError as error:
                    results.append((False, ("out-of-memory", f"decoding needs too much memory ({error}).")))
        except Exception as error:
            fault = error
        self.clock.stop()
        try:
            if hasattr(self.function, "flush"):
                self.function.flush()
        except Exception as error:
            results, fault = [], fault or error
        return results, packed_error(fault)


class _Crew:
    """The actors of one run, what they still have to do and what they have done."""

    def __init__(self, ray, function, items, chunk, timeout, memory):
        self.ray, self.items, self.timeout, self.memory, self.chunk = ray, items, timeout, memory, chunk
        self.function = ray.put(function)
        # One CPU each; a task that is lost is ours to repeat, with what we know about it.
        self.hand = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(_Hand)
        self.todo = collections.deque(range(0, len(items), chunk))
        self.again = collections.deque()  # (first, items) of chunks that a dead actor left
        self.ready = {}  # index -> result, not yet yielded
        self.next = 0  # index to be yielded next
        self.live, self.suspects, self.early_deaths = [], set(), 0
        self.looked = time.monotonic()

    def run(self, workers):
        """Yield every result in order of index."""
        for _ in range(workers):
            self.start()
        while self.next < len(self.items):
            for actor in self.live:
                self.give(actor)
            self.collect()
            while self.next in self.ready:
                yield self.next, self.ready.pop(self.next)
                self.next += 1

    def start(self):
        handle = self.hand.remote(self.function, self.memory, self.timeout)
        self.live.append(_Actor(handle, collections.deque([(handle.work.remote([]), 0, [])])))

    def give(self, actor):
        """Hand an actor its next chunks, unless too much is finished ahead of its turn."""
        if actor.parts and not actor.parts[0][2]:  # it waits for a place in the cluster; others may have one
            return
        while len(actor.parts) < _QUEUED and not self.holds_suspect(actor):
            ahead = self.next + _AHEAD * self.chunk * max(len(self.live), 1)
            if self.again:
                # Nothing before or behind a suspect in one actor: whose death it is must be certain.
                if self.again[0][0] in self.suspects and actor.parts:
                    return
                first, items = self.again.popleft()
            elif self.todo and (self.todo[0] == self.next or self.todo[0] < ahead):
                first = self.todo.popleft()
                items = self.items[first:first + self.chunk]
            else:
                return
            if not actor.parts:
                actor.waited = 0.0
            actor.parts.append((actor.handle.work.remote(list(items)), first, items))

    def holds_suspect(self, actor):
        return any(first in self.suspects for _, first, _ in actor.parts)

    def collect(self):
        """Take what actors have answered; replace those that are dead or too slow."""
        oldest = {actor.parts[0][0]: actor for actor in self.live if actor.parts}
        finished, _ = self.ray.wait(list(oldest), num_returns=1, timeout=_TICK)
        for reference in finished:
            self.take(oldest[reference])
        now = time.monotonic()
        # Between two looks we may have been stopped, or the machine suspended.
        passed, self.looked = min(now - self.looked, 2 * _TICK), now
        for actor in [actor for actor in self.live if actor.parts]:
            actor.waited += passed
            most = _ASLEEP * self.allowed(actor)
            if actor.parts[0][2] and actor.waited > most:
                self.lose(actor, Failed("timeout", f"not decoded: it waited {most:g} s for something, such "
                                                   "as a disk."))

    def allowed(self, actor):
        """Return the processor time that the oldest chunk of an actor may take [s]."""
        return sum(allowed(self.timeout, item) for item in actor.parts[0][2])

    def take(self, actor):
        """Store the results of one chunk."""
        reference, first, _ = actor.parts[0]
        try:
            results, fault = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            if getattr(error, "actor_init_failed", False):
                raise ResourceError("workers cannot be started on the Ray cluster: is otrain installed on "
                                    f"every node, in one version? ({error!s:.300})") from None
            self.lose(actor, self.epitaph(actor, error))
            return
        actor.parts.popleft()
        actor.waited, self.early_deaths = 0.0, 0
        for offset, (good, value) in enumerate(results):
            self.ready[first + offset] = Done(value) if good else Failed(*value)
        if fault is not None:
            raise unpacked_error(fault)

    def epitaph(self, actor, error):
        """Return why an actor died of the input in its hand; Ray does not tell by which signal.

        One that takes too much processor time cannot die of it earlier than after that time.
        """
        most = self.allowed(actor)
        if actor.waited + 2 * _TICK >= most:
            return Failed("timeout", f"not decoded within {most:g} s of processor time.")
        return Failed("decoder-crash", "the decoder killed its process "
                                       f"({type(error).__name__} on a Ray cluster).")

    def lose(self, actor, failure):
        """Replace an actor; its oldest chunk is done again input by input, which shows the one that kills."""
        self.live.remove(actor)
        self.ray.kill(actor.handle)
        left = [(first, items) for _, first, items in actor.parts]
        first, items = left.pop(0)
        if not items:
            self.early_deaths += 1
            if self.early_deaths > _PATIENCE:
                raise ResourceError(f"workers cannot be started on the Ray cluster: {_PATIENCE} in a row "
                                    f"died before they were ready ({failure.words})")
        elif len(items) > 1:
            left[:0] = [(first + place, items[place:place + 1]) for place in range(len(items))]
        elif first in self.suspects:
            self.ready[first] = failure
        else:
            self.suspects.add(first)
            left.insert(0, (first, items))
        self.again.extendleft(reversed(left))
        self.start()

    def dismiss(self):
        """End every actor; they hold nothing that must be saved."""
        for actor in self.live:
            self.ray.kill(actor.handle)
