"""Images as files: PNG, JPEG, TIFF, FITS, npy, as arrays of numbers."""

import os
import warnings
from pathlib import Path

import numpy as np

from otrain.errors import DataError

__all__ = ["ENDINGS", "in_same_colours", "list_pictures", "read_picture", "write_png"]

_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
ENDINGS = (*_PICTURES, ".fits", ".fits.gz", ".fit", ".npy")
LARGEST = 1 << 28  # pixels


def list_pictures(folder):
    """Return the images in a folder and below it, by their path within it with slashes.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    def refuse(error):
        raise DataError(f"{folder}: the folder cannot be read: {error.strerror}.")

    found = {}
    for where, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                path = Path(where, name)
                found[path.relative_to(folder).as_posix()] = path
    return found


def read_picture(path):
    """Return the pixels of an image.

    Returns
    -------
    (H, W) or (H, W, 3) ndarray
        Of grey or of colours; what is transparent is not told. Of FITS the first image with two axes or,
        where it has more, the first plane.

    Raises
    ------
    DataError
        If the file is no image.
    """
    path = Path(path)
    try:
        if path.suffix.lower() in _PICTURES:
            pixels = _decoded(path)
        elif path.suffix.lower() == ".npy":
            pixels = np.load(path, allow_pickle=False)
        else:
            pixels = _from_fits(path)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError) as error:
        raise DataError(f"{path}: the image cannot be read: {error}") from None
    if pixels.dtype.kind not in "buif" or pixels.ndim not in (2, 3) or not 0 < pixels.size <= LARGEST or (
            pixels.ndim == 3 and pixels.shape[-1] != 3):
        raise DataError(f"{path}: not an image of numbers. Received: shape {pixels.shape}, {pixels.dtype}.")
    return pixels


def _decoded(path):
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as picture:
                if picture.mode in ("P", "CMYK", "YCbCr", "HSV", "LAB", "1"):
                    picture = picture.convert("L" if picture.mode == "1" else "RGB")
                pixels = np.asarray(picture)
                return pixels[..., :-1] if picture.mode in ("LA", "RGBA", "La", "RGBa") else pixels
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ValueError(str(error)) from None


def _from_fits(path):
    from astropy.io import fits

    with fits.open(path, memmap=False) as units:
        pixels = next(unit.data for unit in units if unit.is_image and unit.data is not None)
    while pixels.ndim > 2:
        pixels = pixels[0]
    return np.asarray(pixels, float)


def in_same_colours(first, second):
    """Return two images both grey or both in colours: grey is a colour whose three parts are the same."""
    if first.ndim == second.ndim:
        return first, second
    return tuple(image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=-1)
                 for image in (first, second))


def write_png(path, pixels):
    """Write 8-bit pixels as a PNG file, whole or not at all."""
    from PIL import Image

    from otrain.data.files.atomic import atomic_file

    with atomic_file(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG")
