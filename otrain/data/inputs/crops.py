"""The square in the middle of an image."""

from otrain.errors import DataError

__all__ = ["crop_centre"]


def crop_centre(image, size):
    """Return the central square of an image.

    Parameters
    ----------
    image : (H, W, ...) ndarray
        The cutout; further axes (channels) are kept.
    size : int
        Side of the square [pixel]. Pixel ``(H // 2, W // 2)`` becomes pixel
        ``(size // 2, size // 2)``, for odd and even sizes alike.

    Returns
    -------
    (size, size, ...) ndarray
        A view, not a copy.

    Raises
    ------
    DataError
        If the image is smaller than `size`.

    Examples
    --------
    >>> import numpy as np
    >>> crop_centre(np.arange(25).reshape(5, 5), 3)
    array([[ 6,  7,  8],
           [11, 12, 13],
           [16, 17, 18]])
    """
    if min(image.shape[:2]) < size:
        raise DataError(f"`image` must have at least {size}x{size} pixel. "
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    top, left = image.shape[0] // 2 - size // 2, image.shape[1] // 2 - size // 2
    return image[top:top + size, left:left + size]
