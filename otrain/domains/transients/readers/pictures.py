"""Read cutouts that somebody has saved as PNG or JPEG pictures."""

import io
import os
import warnings

import numpy as np

from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.images import check_size

__all__ = ["READER", "PictureReader"]

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
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
        pixels, transparent = _decode(probe.data)
        if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
            pixels = pixels[..., 0]
        image = (pixels if pixels.ndim == 3 else pixels[..., None]).astype(np.float32)
        if transparent is not None:
            image[transparent] = np.nan
        stem = os.path.basename(probe.path).rsplit(".", 1)[0]
        yield Example(np.ascontiguousarray(image), COLOURS if image.shape[-1] == 3 else ("difference",),
                      {"candid": stem})


def _decode(data):
    """Return pixels (H, W) or (H, W, 3), and which are transparent, or None."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
                check_size((picture.height, picture.width))
                if getattr(picture, "n_frames", 1) > 1:
                    raise InputRejected("bad-shape", f"the picture is a film of {picture.n_frames} images.")
                return _arrays(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputRejected("too-large", "the picture is larger than a cutout can be.") from None
    except (UnidentifiedImageError, SyntaxError, ValueError, EOFError, OSError) as error:
        words = str(error)
        raise InputRejected("truncated" if "truncated" in words else "corrupt",
                            f"the picture cannot be decoded: {words}.") from None


def _arrays(picture):
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    if picture.mode in ("1", "CMYK", "YCbCr", "HSV", "LAB"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    pixels, transparent = np.asarray(picture), None
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        pixels, alpha = pixels[..., :-1], pixels[..., -1]
        transparent = alpha == 0 if (alpha == 0).any() else None
        pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    if pixels.dtype.kind not in "uif" or pixels.ndim not in (2, 3):
        raise InputRejected("bad-shape", f"a picture of mode {picture.mode!r} is no image of numbers.")
    return pixels, transparent


READER = PictureReader()
