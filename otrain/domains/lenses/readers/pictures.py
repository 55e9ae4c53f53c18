"""Read images of lenses in PNG files, grey or coloured, of 8 or 16 bits."""

import numpy as np

from otrain.data.inputs.example import Example
from otrain.domains.pictures import PNG, decode_picture

__all__ = ["READER", "LensPictureReader"]

CROWDED = 0.01  # share of saturated pixels from which it is said


class LensPictureReader:
    """Reader of one lens per PNG picture.

    The image is the values of the file, from 0 to 255 or 65535, as float32; of colours their mean. The column
    `saturation` is the share of the pixels at the largest of these values. Transparent pixels have no value.
    The first row of the file is the first of the image, the top.
    """

    name = "lens-picture"
    formats = ("png",)

    def recognises(self, probe):
        """Return whether the file begins as PNG does."""
        return probe.head.startswith(PNG)

    def read(self, probe):
        """Yield the image of a file."""
        pixels, transparent = decode_picture(probe.data, formats=("PNG",))
        largest = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 65535
        full, remarks = pixels == largest, {}
        image = pixels.astype(np.float32)
        if pixels.ndim == 3:
            if not (pixels == pixels[..., :1]).all():
                remarks["pictures in colour were made grey, the mean of red, green and blue"] = ""
            image, full = image.mean(axis=-1, dtype=np.float32), full.all(axis=-1)
        if transparent is not None:
            image[transparent] = np.nan
        saturation = float(full.mean())
        if saturation > CROWDED:
            remarks[f"images have more than {100 * CROWDED:.0f} % of their pixels at the largest value, "
                    f"{largest}"] = f"{100 * saturation:.1f} %"
        yield Example(np.ascontiguousarray(image[..., None]), ("image",), {"saturation": saturation},
                      remarks=remarks or None)


READER = LensPictureReader()
