"""Write simulated images: PNG of 8 or 16 bit, FITS, or all of a set in one npz file."""

import zipfile
from pathlib import Path

import numpy as np

from otrain.domains.lenses.physics.images import quantise
from otrain.errors import ResourceError

__all__ = ["NpzWriter", "fits_bytes", "png_bytes"]

_PER_LEVEL = 257  # of 16 bit in one of 8 bit: 255 becomes 65535


def png_bytes(image, *, bits=8):
    """Return an image as the bytes of a PNG file.

    Parameters
    ----------
    image : (H, W) float ndarray or (H, W) or (H, W, 3) uint8 ndarray
        Grey levels, 255 is white; colours are blue, green, red.
    bits : {8, 16}
        With 16, one grey level is divided into 257 steps.
    """
    import cv2

    image = np.asarray(image)
    if image.dtype != np.uint8:
        image = quantise(image) if bits == 8 else _in_16_bits(image)
    elif bits == 16:
        image = image.astype(np.uint16) * _PER_LEVEL
    good, content = cv2.imencode(".png", image)
    if not good:
        raise ResourceError("a picture could not be packed as PNG.")
    return content.tobytes()


def _in_16_bits(image):
    steps = np.nan_to_num(np.asarray(image, float) * _PER_LEVEL, nan=0.0)
    return np.clip(np.floor(steps + 0.5), 0, 65535).astype(np.uint16)


def fits_bytes(image, cards):
    """Return an image as the bytes of a FITS file of float32, its first row at the bottom.

    Parameters
    ----------
    image : (H, W) ndarray
        Row 0 is the top.
    cards : dict of str to (value, comment)
    """
    import io

    from astropy.io import fits

    hdu = fits.PrimaryHDU(np.ascontiguousarray(np.asarray(image, np.float32)[::-1]))
    for name, (value, comment) in cards.items():
        hdu.header[name] = (value, comment)
    buffer = io.BytesIO()
    hdu.writeto(buffer)
    return buffer.getvalue()


class NpzWriter:
    """Writes the images of a set into one npz file, one after the other, so that few are in memory.

    Parameters
    ----------
    path : path-like
    count : int
        How many images will come.
    side : int
        Of an image [pixel].

    Notes
    -----
    Arrays: ``images`` (N, H, W) float32, row 0 is the top; ``filename`` (N,); one array for each column
    of the tables, by its name.
    """

    def __init__(self, path, count, side):
        self.archive = zipfile.ZipFile(Path(path), "w", zipfile.ZIP_STORED, allowZip64=True)
        self.member = self.archive.open(_member("images"), "w", force_zip64=True)
        header = {"descr": "<f4", "fortran_order": False, "shape": (count, side, side)}
        np.lib.format.write_array_header_1_0(self.member, header)

    def add(self, image):
        """Append an image."""
        self.member.write(np.ascontiguousarray(image, "<f4").tobytes())

    def close(self, columns):
        """Append the columns, a dict of name to array, and finish the file."""
        self.member.close()
        for name, values in columns.items():
            with self.archive.open(_member(name), "w") as member:
                np.lib.format.write_array(member, np.asarray(values), allow_pickle=False)
        self.archive.close()


def _member(name):
    """Return the entry of an array, always of the same time: same seed, same bytes."""
    return zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
