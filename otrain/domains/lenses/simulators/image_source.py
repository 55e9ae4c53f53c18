"""The picture of a real galaxy as a light source behind a lens."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from otrain.domains.lenses.physics.sources import BRIGHTEST, PictureSource
from otrain.errors import DataError

__all__ = ["picture_source", "read_picture"]

_LARGEST = 4096  # pixel along a side
_FINER = 4  # pixels of the picture in one of the image: magnification shows that much detail


def picture_source(path, sigma, theta, x, y):
    """Return the source of a picture.

    Parameters
    ----------
    path : path-like or None
        None: a spiral galaxy that otrain draws itself, where a table only says "Image".
    sigma : float
        Half the longer side of the picture becomes this long [pixel].
    theta, x, y : float
        As those of `PictureSource`.
    """
    picture = _spiral() if path is None else read_picture(str(path))
    finest = max(2, round(2 * sigma * _FINER))
    if max(picture.shape) > finest:
        picture = _shrunk(picture, finest / max(picture.shape))
    return PictureSource(picture, 2 * sigma / max(picture.shape), theta, x, y)


def _shrunk(picture, factor):
    """Return a picture of fewer pixels, each the mean of those that it replaces."""
    import cv2

    height, width = (max(1, round(side * factor)) for side in picture.shape)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=64)
def read_picture(path):
    """Return a picture of a galaxy (PNG, JPEG, FITS or .npy) as levels from 0 to 255, the sky taken off.

    The median of the border is the sky: it becomes 0, and what is below it too.

    Raises
    ------
    DataError
        If there is no such file, it is no picture, it is too large or nothing is in it.
    """
    if not Path(path).is_file():
        raise DataError(f"{path}: there is no such picture of a source.")
    levels = _pixels(path)
    if levels.ndim != 2 or not 2 <= min(levels.shape) <= max(levels.shape) <= _LARGEST:
        raise DataError(
            f"{path}: a picture of 2 to {_LARGEST} pixel along a side is needed. Received: {levels.shape}."
        )
    levels = np.nan_to_num(levels.astype(float), nan=0.0, posinf=0.0, neginf=0.0)
    border = np.concatenate([levels[0], levels[-1], levels[1:-1, 0], levels[1:-1, -1]])
    levels = np.maximum(levels - np.median(border), 0)
    if levels.max() <= 0:
        raise DataError(f"{path}: nothing in this picture is brighter than its border.")
    return levels * (BRIGHTEST / levels.max())


def _pixels(path):
    """Return the pixels of a file as (h, w); colours become grey."""
    ending = Path(path).name.lower()
    if ending.endswith((".fits", ".fit", ".fits.gz", ".fits.fz")):
        from astropy.io import fits

        try:
            with fits.open(path) as hdus:
                images = [hdu.data for hdu in hdus if hdu.is_image and hdu.data is not None]
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"{path}: cannot be read as FITS: {error}") from error
        if not images:
            raise DataError(f"{path}: there is no image in this FITS file.")
        return np.squeeze(np.asarray(images[0]))
    if ending.endswith(".npy"):
        try:
            return np.squeeze(np.load(path, allow_pickle=False))
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot be read as an array: {error}") from error
    import cv2

    levels = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if levels is None:
        raise DataError(f"{path}: is no picture that can be read.")
    if levels.ndim == 3:
        levels = levels[..., :3].astype(float).mean(axis=-1) if levels.shape[-1] > 1 else levels[..., 0]
    return levels


@lru_cache(maxsize=1)
def _spiral(size=201):
    """Return a two-armed spiral: exponential disc, bulge, arms of a pitch of 15 degrees."""
    axis = np.linspace(-1, 1, size)
    x, y = np.meshgrid(axis, -axis)
    radius = np.hypot(x, y) + 1e-6
    phase = 2 * (np.arctan2(y, x) - np.log(radius) / np.tan(np.radians(15)))
    disc = np.exp(-radius / 0.25) * (1 + 0.8 * np.cos(phase) * np.minimum(radius / 0.15, 1))
    levels = (disc + 1.5 * np.exp(-((radius / 0.07) ** 2))) * np.clip((1 - radius) / 0.1, 0, 1)
    return levels * (BRIGHTEST / levels.max())
