"""Functions that kill their process, hang, or take all memory, on purpose."""

import ctypes
import io
import os
import signal
import subprocess
import time

import numpy as np

from otrain.errors import MissingExtraError


def square(number):
    return number * number


def picture(number):
    return np.full((8, 8), number, np.float32)


def nothing_survives(number):
    os._exit(3)


def deadly(number):
    if number == 3:
        ctypes.string_at(0)  # SIGSEGV
    if number == 5:
        os.kill(os.getpid(), signal.SIGFPE)
    if number == 7:
        os._exit(9)
    if number == 11:
        bytearray(64 << 30)
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


class Damaged:
    """Number 3 leaves its process damaged: it dies with the next number in hand, or while it sends."""

    def __init__(self, dies_while_sending):
        self.dies_while_sending, self.damaged = dies_while_sending, False

    def __call__(self, number):
        if self.damaged and not self.dies_while_sending:
            os.abort()
        self.damaged |= number == 3
        return number

    def flush(self):
        if self.damaged and self.dies_while_sending:
            os.abort()


def decode(data):
    """Read a compressed FITS image as astropy does, unseen by our look at its tiles."""
    from astropy.io import fits

    with fits.open(io.BytesIO(data), memmap=False) as hdus:
        return float(hdus[1].data.sum())


def slow(number):
    if number == 2:
        while True:
            pass
    return number


def hung_in_c(number):
    if number == 2:
        9 ** (9 ** 9)  # one call of the interpreter, which sees no signal until it is over
    return number


def hundred_megabytes(number):
    return len(bytearray(100 << 20))


def asleep(number):
    if number == 2:
        time.sleep(60)
    return number


class OnceSlow:
    """Number 2 takes for ever, but not a second time; its neighbours say in which process they were."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, number):
        if number == 2 and not self.mark.exists():
            self.mark.touch()
            while True:
                pass
        return number


def compute(seconds):
    """Take some processor time, and return what was asked for."""
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass
    return seconds


class Stopped:
    """Number 2 is stopped in the middle, as by Ctrl-Z or a batch system, and continued after `seconds`."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self, number):
        if number == 2:
            continuing = subprocess.Popen(["/bin/sh", "-c", f"sleep {self.seconds}; kill -CONT {os.getpid()}"])
            os.kill(os.getpid(), signal.SIGSTOP)
            continuing.wait()
        return number


def imports(number):
    """Import a module that takes its time, within the first item."""
    import slow_module

    return slow_module.NUMBER + number


def asks_for_an_extra(number):
    if number == 4:
        raise MissingExtraError("fastavro", "alerts")
    return number


def nothing_survives_start(*arguments):
    os._exit(1)


def longer(item):
    return item + bytes(1_000_000)


class Lazy:
    """Write its items down only when it is flushed."""

    def __init__(self, path, together=1):
        self.path, self.held, self.together = path, [], together

    def __call__(self, item):
        self.held.append(item)
        return item

    def flush(self):
        with open(self.path, "a") as file:
            file.write("".join(f"{item}\n" for item in self.held))
        with open(f"{self.path}.flushes", "a") as file:
            file.write(" ".join(map(str, self.held)) + "\n")
        self.held = []


def process(number):
    """Take a moment, and say where."""
    time.sleep(0.01)
    return number, os.getpid()


def exits(number):
    if number == 3:
        os._exit(9)
    return number


def _refuse(pid):
    if os.getpid() != pid:
        raise ImportError("not installed here")
    return HomeOnly()


class HomeOnly:
    """A function that no other process can have."""

    def __reduce__(self):
        return _refuse, (os.getpid(),)

    def __call__(self, item):
        return item


def tenths(number):
    """How long a number may take [s]."""
    return 0.1 + 0.1 * number
