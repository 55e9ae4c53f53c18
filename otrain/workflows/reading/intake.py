"""Files to prepared examples, in order, with every input accounted for: the way in of convert and infer."""

import hashlib
import os
from functools import partial

from otrain.data.inputs.quarantine import QuarantineRow
from otrain.engine.local import Done, run_restartable
from otrain.errors import UsageError
from otrain.workflows.progress import say
from otrain.workflows.reading.account import Place
from otrain.workflows.reading.checksums import CheckedDoor, judge_checksums

__all__ = ["ENGINES", "default_jobs", "intake", "list_source", "named_inputs"]

ENGINES = ("local", "ray")

TIMEOUT = 10.0  # s of processor time for one file; the slowest good one takes a hundredth of that
SLOWEST = 2e6  # bytes / s; a file of many candidates gets the time that its size asks for
FEW, FEW_BYTES = 16, 1 << 20  # inputs that one worker has read before another has started


def default_jobs(engine="local"):
    """Return the number of cores that this process may use; None for those of a cluster."""
    if engine != "local":
        return None
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def intake(source, domain, recipe, *, workers, labels=None, classes=None, reader=None, mapping=None, tally,
           quarantine, on_progress=None, on_listing=None, finish=None, timeout=None, place=None,
           engine="local", ray_address=None, checksums="stale"):
    """Yield ``(Input, Example)`` for every usable candidate of a source, in input order.

    Parameters
    ----------
    source : path-like or iterable of path-like
        What the domain's `list_inputs` takes.
    domain : Domain
    recipe : dict
        How examples are prepared.
    workers : int
        Worker processes; 0 reads in this process, which a broken file can then kill.
    labels, reader, mapping
        As the user chose them, for the domain; None: recognised.
    classes : optional
        What the domain's `list_inputs` takes, where its examples may have any classes.
    tally : Tally
        Every input is counted here before its example is yielded.
    quarantine : list of QuarantineRow
        Gets a row for each input that is set aside.
    on_progress : callable, optional
        ``on_progress(done, total)`` after each file.
    on_listing : callable, optional
        ``on_listing(listing)`` before the first file is read.
    finish : callable, optional
        ``finish(example, place)`` changes it in the worker that read it; picklable. `place`
        is the number of the input for its first example, None for further ones. Its
        method `flush`, if it has one, is called before examples leave a worker, and
        after at least `together` inputs, if it has that.
    timeout : float, optional
        Processor time that one file may take [s]; by default 10 s and more for a large one.
    place : Place, optional
        Where to begin; moved on before each example is yielded. What lies before it is counted already.
    engine : {"local", "ray"}
        Workers of this host, or of a Ray cluster, whose nodes read the inputs under the same names. There
        `workers` is None for as many as the cluster has CPUs, and what a `finish` writes to the disk
        of this host (its attribute `local`) is written here.
    ray_address : str, optional
        Of a running cluster; by default one is started on this host.
    checksums : {"stale", "verify", "ignore"}
        Of FITS files that do not fit: refuse them but where most files of their telescope have such
        (cards that were copied from another file); refuse them; do not look.

    Raises
    ------
    UsageError, DataError, MissingExtraError
        If the request, not an input, is at fault.
    """
    listing = list_source(domain, source, labels, classes)
    if on_listing is not None:
        on_listing(listing)
    for note in listing.notes:
        say(f"note: {note}")
    place = place or Place()
    if not place.source:
        for reason, count in listing.skipped.items():
            tally.skip(reason, count)
    place.require(named_inputs(listing.inputs, listing.tables))
    more = {} if listing.classes is None else {"classes": listing.asked or listing.classes}
    door = domain.source.make_door(recipe, reader=reader, mapping=mapping,
                                   labels=labels if listing.labels is None else listing.labels, **more)
    total = len(listing.inputs)
    door = CheckedDoor(door, judge_checksums(checksums, door, listing.inputs, timeout=timeout or _patience,
                                             workers=1 if workers is None else workers))
    here = engine == "ray" and getattr(finish, "local", False)
    if finish is not None and not here:
        door = _Finishing(door, finish)
    if engine == "local":
        workers = min(workers, 1) if _are_few(listing.inputs) else workers
    first, done = place.inputs, place.outcomes
    for index, result in _runner(engine, ray_address)(door, listing.inputs[first:], workers=workers,
                                                      timeout=timeout or _patience):
        item = listing.inputs[first + index]
        if isinstance(result, Done):
            if here:
                _finish(finish, result.value, item)
                finish.flush()
            for outcome in result.value[done:]:
                place.outcomes += 1
                example = _settle(item, outcome, tally, quarantine)
                if example is not None:
                    yield item, example
        else:
            tally.quarantine(result.reason)
            quarantine.append(QuarantineRow(item.name, result.reason, result.words))
        if on_progress is not None:
            on_progress(first + index + 1, total)
        place.inputs, place.outcomes, done = first + index + 1, 0, 0


def _runner(engine, address):
    """Return the function that maps a door over the inputs."""
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}. Known: {', '.join(ENGINES)}.")
    if engine == "local":
        if address is not None:
            raise UsageError("--ray-address is for --engine ray.")
        return run_restartable
    from otrain.engine.ray import run_restartable as run_on_cluster

    return partial(run_on_cluster, address=address)


def list_source(domain, source, labels, classes):
    """Return the `Listing` of a source, as the domain makes it."""
    more = {} if classes is None else {"classes": classes}
    return domain.source.list_inputs(source, labels=labels, **more)


def named_inputs(inputs, tables=()):
    """Return what tells a list of inputs from another one: their names, sizes and times of change.

    Parameters
    ----------
    inputs : list of Input
    tables : iterable of str
        Files beside them that say what they are.
    """
    digest, last = hashlib.sha256(), None
    for item in inputs:
        if item.path != last:  # a cube is an input for every window
            last, about = item.path, _size_and_time(item.path)
        digest.update(item.name.encode("utf-8", "surrogateescape") + about)
    for path in tables:
        digest.update(b"\0table " + os.fsencode(os.path.basename(path)) + _size_and_time(path))
    return f"{len(inputs)} inputs {digest.hexdigest()}"


def _size_and_time(path):
    try:
        about = os.stat(path)
    except OSError:
        return b"\0?\0"
    return b"\0%d %d\0" % (about.st_size, about.st_mtime_ns)


def _are_few(inputs):
    """Tell whether a second worker would cost more than it saves."""
    if len(inputs) > FEW:
        return False
    try:
        return sum(os.stat(item.path).st_size for item in inputs) <= FEW_BYTES
    except OSError:
        return False


def _patience(item):
    """Return the processor time that a file may take [s]."""
    try:
        return TIMEOUT + os.stat(item.path).st_size / SLOWEST
    except OSError:
        return TIMEOUT


def _settle(item, outcome, tally, quarantine):
    """Count one outcome; return its example if it is usable."""
    example = getattr(outcome, "example", None)
    if example is not None:
        tally.kept += 1
        if example.remarks:
            tally.remark(example.remarks)
        return example
    if hasattr(outcome, "words"):
        tally.quarantine(outcome.reason)
        quarantine.append(QuarantineRow(item.name, outcome.reason, outcome.words, outcome.position))
    else:
        tally.skip(outcome.reason)
    return None


def _finish(finish, outcomes, item):
    """Do one more thing with every example of an input."""
    place = getattr(item, "number", None)
    for outcome in outcomes:
        if hasattr(outcome, "example"):
            finish(outcome.example, place)
            place = None


class _Finishing:
    """A door that does one more thing with every example before it leaves the worker."""

    def __init__(self, door, finish):
        self.door, self.finish = door, finish
        self.together = getattr(finish, "together", 1)

    def __call__(self, item):
        outcomes = self.door(item)
        _finish(self.finish, outcomes, item)
        return outcomes

    def flush(self):
        if hasattr(self.finish, "flush"):
            self.finish.flush()
