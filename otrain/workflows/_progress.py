"""How a workflow says how far it is: a bar on a terminal, one line at the end always."""

import sys
import time
from contextlib import contextmanager

from otrain.data.score_table import printable

__all__ = ["progress", "say"]

_INTERVAL = 0.1  # s between two drawings


@contextmanager
def progress(title, *, stream=None):
    """Give ``update(done, total)``, which draws a bar on standard error if that is a terminal.

    Parameters
    ----------
    title : str
        What is being done, e.g. ``"reading"``.
    stream : text stream, optional
        Instead of standard error.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    # Without a thread of its own for drawing: workers can then be forked while it is shown.
    with Progress(TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=Console(file=stream), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(title, total=None)
        last = 0.0

        def update(done, total):
            nonlocal last
            now = time.monotonic()
            if now - last >= _INTERVAL or done == total:
                last = now
                bar.update(task, completed=done, total=total, refresh=True)

        yield update


def say(text):
    """Print one line on standard error; standard output is for data.

    What a terminal would obey in the name of a file is shown, not sent.
    """
    print(printable(text), file=sys.stderr, flush=True)
