"""Images as they are stored: 8 bit, cut to their middle."""

import numpy as np

from otrain.errors import DataError

__all__ = ["crop_middle", "quantise"]


def quantise(image):
    """Return an image in 8 bit as CosmoSim stores it.

    Parameters
    ----------
    image : (...) float ndarray
        Grey levels; above 255 is saturated, below 0 black. NaN is black.

    Returns
    -------
    (...) uint8 ndarray
        Rounded to the nearest level, halves up.
    """
    levels = np.atleast_1d(np.asarray(image) + np.float32(0.5))
    np.fmax(levels, 0, out=levels)  # of NaN and 0, 0
    np.minimum(levels, 255, out=levels)
    return levels.astype(np.uint8).reshape(np.shape(image))


def crop_middle(image, size):
    """Return the middle of an image as CosmoSim cuts it.

    Parameters
    ----------
    image : (..., N, N) ndarray
    size : int
        Side of the result [pixel]; pixel ``N // 2`` becomes ``size // 2`` where N and `size` are both even.

    Returns
    -------
    (..., size, size) ndarray
        A view.

    Raises
    ------
    DataError
        If the image is smaller than `size`.
    """
    rows, columns = image.shape[-2:]
    if size > min(rows, columns):
        raise DataError(f"`size` must not exceed the image's {rows} x {columns} pixel. Received: {size}. "
                        "Simulate a larger image or cut less.")
    top, left = (rows - size) // 2, (columns - size) // 2
    return image[..., top:top + size, left:left + size]
