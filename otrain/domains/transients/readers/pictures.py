"""Read cutouts that somebody has saved as PNG or JPEG pictures."""

import os

import numpy as np

from otrain.data.inputs.example import Example
from otrain.domains.pictures import JPEG, PNG, decode_picture

__all__ = ["READER", "PictureReader"]

COLOURS = ("red", "green", "blue")


class PictureReader:
    """Reader of one cutout per picture.

    Grey pictures have one channel, `difference`; so have coloured ones whose colours are the same. Those of
    other colours have the channels red, green, blue: nobody can tell which image each colour was. Transparent
    pixels have no value. The first row of the picture is the first of the image.
    """

    name = "picture"
    formats = ("png", "jpeg")

    def recognises(self, probe):
        """Return whether the file begins as PNG or JPEG do."""
        return probe.head.startswith((PNG, JPEG))

    def read(self, probe):
        """Yield the cutout of a file."""
        pixels, transparent = decode_picture(probe.data)
        if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
            pixels = pixels[..., 0]
        image = (pixels if pixels.ndim == 3 else pixels[..., None]).astype(np.float32)
        if transparent is not None:
            image[transparent] = np.nan
        stem = os.path.basename(probe.path).rsplit(".", 1)[0]
        yield Example(np.ascontiguousarray(image), COLOURS if image.shape[-1] == 3 else ("difference",),
                      {"candid": stem})


READER = PictureReader()
