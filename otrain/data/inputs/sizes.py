"""The largest image that is read as one example."""

import math
from functools import lru_cache

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["LARGEST_SIDE", "check_size"]

LARGEST_SIDE = 4096  # pixel
LARGEST_AREA = 16_000_000  # pixel
MOST_VALUES = 1 << 26  # of all images of an HDU


@lru_cache(64)
def check_size(shape):
    """Refuse what is larger than a cutout can be, before its pixels are decoded."""
    lengths = sorted(shape, reverse=True)
    height, width = lengths[:2] if len(lengths) > 1 else (lengths[0], 1)
    if max(shape[-2:]) > LARGEST_SIDE or height * width > LARGEST_AREA or math.prod(shape) > MOST_VALUES:
        raise InputRejected("too-large", f"an image of {'x'.join(map(str, shape))} (planes, height, width) "
                                         f"is no cutout; at most {LARGEST_SIDE} pixel a side are read.")
