"""How a workflow says how far it is: a bar on a terminal, else a line every five seconds.

The only module that speaks to the terminal. Work that can say how much of it is done uses `progress`,
work that cannot uses `working`; no work is silent for longer than `EVERY`.
"""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager

from otrain.data.tables.written import printable

__all__ = ["EVERY", "hushed", "progress", "say", "working"]

EVERY = 5.0  # s between two lines where there is no terminal
_INTERVAL = 0.1  # s between two drawings of a bar

_hushed = {"signs": False, "words": False}
_shown = []  # titles of the work that goes on, the innermost last: it alone is spoken of


@contextmanager
def hushed(*, words=False):
    """Print no signs of life meanwhile, as ``--json`` asks; no notes either, as ``--quiet`` asks."""
    before = dict(_hushed)
    _hushed.update(signs=True, words=words)
    try:
        yield
    finally:
        _hushed.update(before)


@contextmanager
def progress(title, *, stream=None):
    """Give ``update(done, total)``, which shows on standard error how far some work is.

    Parameters
    ----------
    title : str
        What is being done, e.g. ``"reading"``.
    stream : text stream, optional
        Instead of standard error. A bar is drawn on a terminal; elsewhere a line is printed every
        `EVERY` seconds.
    """
    stream = stream or sys.stderr
    if _hushed["signs"] or (_shown and stream.isatty()):
        yield lambda done, total: None
    else:
        with _innermost(title), (_bar if stream.isatty() else _lines)(title, stream) as update:
            yield update


@contextmanager
def working(title, *, stream=None):
    """Show that some work goes on whose length nobody knows, such as judging or drawing.

    No process may be forked meanwhile: on a terminal a thread draws.
    """
    stream = stream or sys.stderr
    if _hushed["signs"] or (_shown and stream.isatty()):
        yield
    else:
        with _innermost(title), (_status if stream.isatty() else _clock)(title, stream):
            yield


def say(text):
    """Print one line on standard error; standard output is for data.

    What a terminal would obey in the name of a file is shown, not sent.
    """
    if not _hushed["words"]:
        print(printable(text), file=sys.stderr, flush=True)


@contextmanager
def _innermost(title):
    _shown.append(title)
    try:
        yield
    finally:
        _shown.pop()


def _status(title, stream):
    from rich.console import Console

    return Console(file=getattr(stream, "plain", stream)).status(f"{title} ...")


@contextmanager
def _bar(title, stream):
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    # Without a thread of its own for drawing: workers can then be forked while it is shown.
    console = Console(file=getattr(stream, "plain", stream))
    with Progress(TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(title, total=None)
        last = 0.0

        def update(done, total):
            nonlocal last
            now = time.monotonic()
            if now - last >= _INTERVAL or done == total:
                last = now
                bar.update(task, completed=done, total=total, refresh=True)

        yield update


@contextmanager
def _lines(title, stream):
    """Give ``update``; the alarm of the clock says how far it is: beside a thread nothing is forked."""
    write, begun = _writer(stream), time.monotonic()
    depth, said, state = len(_shown), begun, (None, None)

    def say_so(*signal_and_frame):
        nonlocal said
        now = time.monotonic()
        if len(_shown) == depth and now - said >= EVERY / 2:
            said = now
            write(line_of(title, *state, now - begun))

    def update(done, total):
        nonlocal state
        state = done, total
        if time.monotonic() - said >= EVERY:  # where another one has the alarm
            say_so()

    with _alarm(say_so):
        yield update


@contextmanager
def _alarm(ring):
    """Call a function every `EVERY` seconds, between two steps of the main thread; not where one is set."""
    if (threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL):
        yield
        return
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


@contextmanager
def _clock(title, stream):
    """Say from a thread for how long the work has gone on: one long step of NumPy holds signals up."""
    over, begun, depth = threading.Event(), time.monotonic(), len(_shown)

    def line():
        return line_of(title, None, None, time.monotonic() - begun) if len(_shown) == depth else ""

    thread = threading.Thread(target=beat, daemon=True,
                              args=(lambda: over.wait(EVERY), line, _writer(stream)))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def beat(is_over, line, write):
    """Write a line each time that a wait ends before the work does.

    Parameters
    ----------
    is_over : callable
        Waits a while; true once the work is done.
    line, write : callable
        ``write(line())``, unless the line is empty.
    """
    while not is_over():
        if text := line():
            write(text)


def line_of(title, done, total, seconds):
    """Return what is said of some work.

    Examples
    --------
    >>> line_of("reading", 120, 480, 35.2)
    'reading: 120 of 480 (25 %), 35 s'
    >>> line_of("judging", None, None, 65.0)
    'judging: 65 s'
    >>> line_of("validation", 12, None, 7.0)
    'validation: 12, 7 s'
    """
    if done is None:
        return f"{title}: {seconds:.0f} s"
    share = f" of {total} ({100 * done / total:.0f} %)" if total else ""
    return f"{title}: {done}{share}, {seconds:.0f} s"


def _writer(stream):
    """Return what writes a line at once and holds no lock of Python's: a worker may be forked meanwhile."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # a stream in memory
        return lambda text: stream.write(text + "\n")
    return lambda text: os.write(descriptor, (text + "\n").encode())
