"""Signals that ask a command to stop: each unwinds the stack once, so that everything is left whole."""

import contextlib
import os
import select
import signal

__all__ = ["STOPS", "Stopped", "stopped_by_signals"]

# A scheduler or `kill`; a closed terminal or a lost connection; Ctrl-\. Python itself knows Ctrl-C.
STOPS = ("SIGTERM", "SIGHUP", "SIGQUIT")


class Stopped(BaseException):
    """A signal arrived.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number):
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.exit_code = 128 + number


@contextlib.contextmanager
def stopped_by_signals():
    """Raise `Stopped` at a signal of `STOPS` while the block runs.

    A signal that is ignored at the start stays so: ``nohup`` means it.
    """
    numbers = [getattr(signal, name) for name in STOPS]
    previous = {number: handler for number in numbers
                if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in previous:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _stop(number, frame):
    if number == signal.SIGHUP:
        _leave_terminal()
    raise Stopped(number)


def _leave_terminal():
    """Print into nowhere where the terminal is gone: an error there would hide the signal."""
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            poll = select.poll()
            poll.register(descriptor, 0)
            if any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0)):
                nowhere = os.open(os.devnull, os.O_RDWR)
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
