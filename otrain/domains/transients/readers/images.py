"""From the images of a file to one array with named channels.

The names of the extensions are those of O'TRAIN (DIFF), gotorb (IMAGE, TEMPLATE,
DIFFERENCE) and the usual short forms.
"""

from functools import lru_cache

import numpy as np

from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size

__all__ = ["MOST_PLANES", "ROLES", "TRIPLET", "join_channels", "plane_names", "planes_first", "squeeze",
           "to_planes"]

TRIPLET = ("science", "template", "difference")

ROLES = {
    "SCI": "science", "SCIENCE": "science", "IMAGE": "science", "NEW": "science",
    "TEMPLATE": "template", "TEMP": "template", "REF": "template", "REFERENCE": "template",
    "DIFF": "difference", "DIFFERENCE": "difference", "SUB": "difference",
}

MOST_PLANES = 16  # of one candidate


def plane_names(count):
    """Return the names of the planes of a 3-D image."""
    if count == 1:
        return ("difference",)
    return TRIPLET if count == 3 else tuple(f"channel_{index}" for index in range(count))


def to_planes(pixels):
    """Return an image of 2 or 3 axes as ``(H, W, C)`` and the names of its channels.

    Axes of length one are dropped first, so ``(1, 1, H, W)`` is a single plane.

    Raises
    ------
    InputRejected
        ``bad-shape`` if neither 2 nor 3 axes are left; ``too-large``.
    """
    if pixels.ndim != 2:
        pixels = squeeze(pixels)
    check_size(pixels.shape)
    if pixels.ndim == 2:
        return _as_float32(pixels)[..., None], ("difference",)
    pixels = planes_first(pixels)
    if len(pixels) > MOST_PLANES:
        raise InputRejected("bad-shape", f"{len(pixels)} planes are more than one candidate has (at most "
                                         f"{MOST_PLANES}); none of these images was read. Say in a mapping "
                                         f"which to take: --mapping, {{hdu = 0, plane = 0}}.")
    return _as_float32(np.moveaxis(pixels, 0, -1)), plane_names(len(pixels))


@lru_cache(64)
def _planes_are_last(shape):
    """Tell whether the third axis counts planes: a short one behind two long ones."""
    first, second, last = shape
    return last <= MOST_PLANES and last < min(first, second) and (first == second or first > MOST_PLANES)


def planes_first(pixels):
    """Return an image of 3 axes with its planes first, as FITS has them; some programs write them last."""
    return np.moveaxis(pixels, -1, 0) if _planes_are_last(pixels.shape) else pixels


def _as_float32(pixels):
    """Return pixels as float32; what is beyond its range becomes infinite."""
    if pixels.dtype.kind == "f" and pixels.dtype.itemsize == 4:
        return pixels.astype(np.float32, order="C")
    with np.errstate(over="ignore", invalid="ignore"):
        return pixels.astype(np.float32, order="C")


def squeeze(pixels):
    """Return the image without leading and trailing axes of length one, of 2 or 3 axes."""
    shape = tuple(length for length in pixels.shape if length != 1)
    if len(shape) not in (2, 3):
        raise InputRejected("bad-shape", f"an image needs 2 axes, or 3 with its planes first. "
                                         f"Received: {'x'.join(map(str, pixels.shape))}.")
    return pixels.reshape(shape)


def join_channels(planes, names):
    """Return planes of one shape as ``(H, W, C)`` float32.

    Raises
    ------
    InputRejected
        ``bad-shape`` if a plane is not 2-D or the shapes differ.
    """
    shapes = {plane.shape for plane in planes}
    if len(shapes) != 1 or planes[0].ndim != 2:
        found = ", ".join(f"{name} {'x'.join(map(str, plane.shape))}"
                          for name, plane in zip(names, planes, strict=True))
        raise InputRejected("bad-shape", f"the images of one candidate must be 2-D and of one shape. "
                                         f"Received: {found}.")
    check_size(planes[0].shape)
    image = np.empty((*planes[0].shape, len(planes)), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for channel, plane in enumerate(planes):
            image[..., channel] = plane
    return image
