"""Whether the checksums of a source are stale: a look at some of its files before any is read."""

import contextlib
import hashlib
import zlib

from otrain.data.inputs.checksums import CHECKSUMS, STALE, CensusDone, Checksums, judging, tell_stale
from otrain.data.inputs.memory import free_memory
from otrain.data.inputs.outcomes import Kept
from otrain.data.inputs.probe import GZIP
from otrain.engine.local import Done, run_restartable
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["CheckedDoor", "judge_checksums", "not_default"]

SAMPLE = 32  # files with checksums that are looked at
MOST = 128  # files of which the beginning is looked at
_HEAD = 1 << 16  # bytes
_MARKS = (b"DATASUM ", b"CHECKSUM")
# Other containers: whether there is FITS inside with checksums, only who opens them can tell.
_CLOSED = (b"Obj\x01", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x1f\x9d")


def judge_checksums(policy, door, inputs, *, workers, timeout):
    """Return what is to be done about checksums that do not fit.

    Which files are looked at, and what follows, depends on the names and contents of the inputs alone:
    not on their order, the number of workers or the load of the machine.

    Parameters
    ----------
    policy : {"stale", "verify", "ignore"}
    door : callable
        What reads an input.
    inputs : list of Input
    workers : int
    timeout : callable or float
        As for `run_restartable`.

    Returns
    -------
    Checksums

    Raises
    ------
    UsageError
        If there is no such policy.
    """
    if policy not in CHECKSUMS:
        raise UsageError(f"unknown way with checksums {policy!r}.{nearest(policy, CHECKSUMS)} Known: "
                         f"{', '.join(CHECKSUMS)}.")
    if policy != "stale":
        return Checksums(policy)
    ordered = sorted(inputs, key=lambda item: hashlib.sha256(item.name.encode("utf-8", "replace")).digest())
    chosen = []
    for item in ordered[:MOST]:
        if _may_have_sums(item.path):
            chosen.append(item)
            if len(chosen) == SAMPLE:
                break
    if not chosen:
        return Checksums("stale")
    census = []
    for _, result in run_restartable(_Census(door), chosen, workers=min(workers, 1), timeout=timeout):
        if isinstance(result, Done):
            census += result.value
    return Checksums("stale", tell_stale(census))


def not_default(policy):
    """Return a policy as part of a request, where somebody asked for one: older work can then be resumed."""
    return {} if policy == "stale" else {"checksums": policy}


class _Census:
    """A door that says of each file with checksums its telescope and whether they are wrong."""

    def __init__(self, door):
        self.door = door

    def __call__(self, item):
        with judging(Checksums("census")) as found, contextlib.suppress(CensusDone):
            self.door(item)
        return found.seen


class CheckedDoor:
    """A door that reads under a policy for checksums, and remarks on those that it let pass.

    Parameters
    ----------
    door : callable
    checksums : Checksums
    """

    def __init__(self, door, checksums):
        self.door, self.checksums = door, checksums

    def __call__(self, item):
        """Return what became of an input."""
        with judging(self.checksums) as found:
            try:
                outcomes = self.door(item)
            finally:
                free_memory()  # the network, which a worker may ask next, has no small file's needs
        if found.kept:
            kept = [outcome for outcome in outcomes if isinstance(outcome, Kept)]
            for outcome in kept[:found.kept]:
                outcome.example.remarks = {**(outcome.example.remarks or {}), STALE: item.name}
        return outcomes


def _may_have_sums(path):
    """Return whether the beginning of a file has a checksum, or hides what it has."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, _HEAD)
        except zlib.error:
            return False
    return head.startswith(_CLOSED) or any(mark in head for mark in _MARKS)
