"""A door through which some files kill their process, hang or take all memory."""

import os

__all__ = ["Deadly"]


class Deadly:
    """Wrap a door: what ends in 7 kills the process, 40 computes for ever, 50 asks for 64 GB."""

    def __init__(self, door):
        self.door = door

    def __call__(self, item):
        if item.name.endswith("7.fits"):
            os.abort()
        if item.name.endswith("40.fits"):
            while True:
                pass
        if item.name.endswith("50.fits"):
            bytearray(64 << 30)
        return self.door(item)
