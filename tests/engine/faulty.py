"""Functions that kill their process, hang, or take all memory, on purpose."""

import ctypes
import os
import signal
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


def slow(number):
    if number == 2:
        time.sleep(60)
    return number


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

    def __init__(self, path):
        self.path, self.held = path, []

    def __call__(self, item):
        self.held.append(item)
        return item

    def flush(self):
        with open(self.path, "a") as file:
            file.write("".join(f"{item}\n" for item in self.held))
        self.held = []
