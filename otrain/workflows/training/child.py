"""One otrain-train in a process of its own, which is stopped as its parent is."""

import contextlib
import signal
import subprocess
import sys
import time

from otrain.data.files.hidden import hidden
from otrain.data.files.lock import take_lock
from otrain.errors import OutputError
from otrain.workflows.progress import say

__all__ = ["train_in_child", "wait_for_other"]

POLL = 0.5  # s


def train_in_child(config, log, *, on_wait=lambda: None):
    """Run otrain-train with a configuration, or go on with what it has begun, and return its exit code.

    Parameters
    ----------
    config : Path
    log : Path
        What it says, added at the end.
    on_wait : callable
        Called again and again while it runs.

    Returns
    -------
    int
        Below 0: the number of the signal that ended it.
    """
    command = [sys.executable, "-m", "otrain.cli.train", "--config", str(config), "--resume"]
    with open(log, "ab") as file:
        # In a group of its own: Ctrl-C reaches it through us, once.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                   process_group=0)
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(POLL)
                on_wait()
        except BaseException as stop:
            # Whatever stops us stops it, by the same signal; it saves its progress first.
            number = getattr(stop, "exit_code", 128 + signal.SIGINT) - 128
            process.send_signal(number if number > 0 else signal.SIGTERM)
            process.wait()
            raise


def wait_for_other(path):
    """Wait while another process writes a run directory: the child of a batch that was killed lives on.

    Parameters
    ----------
    path : Path
    """
    lock, said = hidden(path, "lock"), False
    while lock.exists():
        try:
            take_lock(lock, path)()
        except OutputError:
            if not said:
                say(f"{path}: another process is writing it; waiting for its end")
            said = True
            time.sleep(POLL)
