"""Hold back the signals that ask to stop until the work has come to a good place."""

import os
import signal
import threading
import time
from contextlib import contextmanager

__all__ = ["StopRequest", "held_signals"]

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


class StopRequest:
    """Whether the process was asked to stop.

    Attributes
    ----------
    held : bool
        While it is true, the first signal only waits here until `obey` is called.
    since : float
        When the signal came, on the clock of `time.monotonic` [s].
    """

    def __init__(self, previous):
        self.held, self.since = False, 0.0
        self._previous, self._number = previous, None

    def __bool__(self):
        return self._number is not None

    def note(self, number, frame):
        """Take a signal; act on it at once if nothing is to be saved, or if it is the second."""
        second, self._number, self.since = self._number is not None, number, time.monotonic()
        if second or not self.held:
            self.obey()

    def obey(self):
        """Do what a signal that came would have done: as a rule an exception that unwinds the stack."""
        if self._number is None:
            return
        handler = self._previous[self._number]
        if callable(handler):
            handler(self._number, None)
        elif handler is not signal.SIG_IGN:
            signal.signal(self._number, signal.SIG_DFL)
            os.kill(os.getpid(), self._number)


@contextmanager
def held_signals():
    """Give a `StopRequest` that takes Ctrl-C, SIGTERM, SIGHUP and SIGQUIT while the block runs.

    A signal that was still held when the block ends acts then; one that is ignored, as under ``nohup``,
    stays so. In a thread other than the main one, where Python delivers no signals, nothing is ever
    requested.
    """
    if threading.current_thread() is not threading.main_thread():
        yield StopRequest({})
        return
    previous = {number: handler for number in SIGNALS
                if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    request = StopRequest(previous)
    for number in previous:
        signal.signal(number, request.note)
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    request.obey()
