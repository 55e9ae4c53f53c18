"""Whether a training begins, goes on from its checkpoint or is complete already, without Keras."""

import json
from contextlib import contextmanager

from otrain.bundle.bundle import Bundle
from otrain.data.files.checkpoint import Checkpoint
from otrain.data.files.journal import differences, request_id
from otrain.errors import DataError, IntegrityError, OutputError, UsageError
from otrain.workflows.progress import say

__all__ = ["EVERY", "finished_report", "resumable"]

EVERY = 30.0  # s of work between two checkpoints


@contextmanager
def resumable(path, request, surroundings, *, resume=False, overwrite=False, every=EVERY, one_of_many=False):
    """Give the `Keeper` of a run; its checkpoint is gone when the block ends well.

    It also goes where training again would fail again. It stays when the block was stopped, when
    the disk was full, and once the training is complete, whatever fails behind it: what took
    hours is not lost to a figure that cannot be drawn.

    Parameters
    ----------
    path, request, surroundings
        As for `Checkpoint`. With other surroundings the run goes on, and a note says so.
    resume, overwrite : bool
        Whether to go on where an older process stopped; whether to give up what it left.
    every : float
        Seconds of work between two checkpoints.
    one_of_many : bool
        Whether this run is one of a study, which a damaged checkpoint must not end: it is set aside, and the
        run is done anew.

    Raises
    ------
    OutputError, UsageError, IntegrityError
        As `Checkpoint.begin`.
    """
    checkpoint = Checkpoint(path, request, surroundings)
    try:
        snapshot = checkpoint.begin(resume=resume, overwrite=overwrite)
    except (IntegrityError, OutputError) as error:
        if not one_of_many:
            raise
        snapshot = None
        fault = str(error).split(". Begin anew")[0].split(". Remove it")[0]  # which is what is done here
        say(f"note: {fault}; it is set aside as {checkpoint.set_aside()}, and this run is done anew")
    if snapshot is not None:
        _say_start(snapshot, surroundings)
    from otrain.workflows.training.keeper import Keeper  # Keras, once nothing is left to refuse

    keeper = Keeper(checkpoint, snapshot, every=every)
    try:
        yield keeper
    except BaseException as error:
        if isinstance(error, (DataError, IntegrityError, UsageError)) and not keeper.trained:
            checkpoint.remove()
        if checkpoint.exists:
            say(f"the training is kept in {checkpoint.path}; --resume continues it")
        raise
    checkpoint.remove()


def _say_start(snapshot, surroundings):
    state = snapshot.state
    say("training was complete, what follows it is done again" if state["finished"] else
        f"continuing after {state['position']} updates and {state['seconds']:.0f} s")
    for note in snapshot.notes:
        say(f"note: {note}")
    if changed := differences(snapshot.surroundings, surroundings):
        say(f"note: the last bits may differ from those of an uninterrupted run ({changed})")


def finished_report(run, request):
    """Return the report of a run that answers a request and is complete, else None.

    Raises
    ------
    IntegrityError
        If its bundle is not as it was written.
    """
    try:
        made = json.loads(run.run_json.read_text(encoding="utf-8"))
        if made.get("request_id") != request_id(request):
            return None
        report = json.loads(run.report_json.read_text(encoding="utf-8"))
    except (OSError, ValueError, AttributeError):
        return None
    if run.bundle.is_dir():
        Bundle.open(run.bundle)  # compares its files with their hashes
    say(f"{run.path}: is complete already")
    Checkpoint(run.checkpoint, {}, {}).remove()
    return report
