"""Images by tracing rays back: every pixel shows the point of the source from which its light comes.

A lens conserves surface brightness, so a pixel's value is the source's brightness at ``position -
deflection``. Pixel (row, column) of an image of N x N has its middle at ``x = column - N/2``, ``y = N/2 -
row``, as in CosmoSim: pixel (N/2, N/2) of an even N is the origin.
"""

from functools import cache

import numpy as np

from otrain.domains.lenses.physics.lens_models import singular_points

__all__ = ["bin_rays", "open_grid", "snap_to_raster", "trace", "trace_unlensed"]

_LARGE = 16 * 2**20  # bytes; glibc goes along to 32 MiB
_BLOCK = 64 * 1024


def open_grid(size, *, pixel_scale=1.0, supersampling=1, dtype=np.float32):
    """Return the positions of the rays as a row of x and a column of y, which broadcast to the image.

    Parameters
    ----------
    size : int
        Side of the image [pixel].
    pixel_scale : float
        Side of a pixel in the unit of lens and source.
    supersampling : int
        Rays per pixel along each axis.

    Returns
    -------
    x : (1, size * supersampling) ndarray
    y : (size * supersampling, 1) ndarray
        Largest first: y is up.
    """
    steps = (np.arange(size * supersampling) - (supersampling - 1) / 2) / supersampling - size / 2
    x = (steps * pixel_scale).astype(dtype)
    return x[None, :], -x[:, None]


def trace(lens, source, size, *, pixel_scale=1.0, supersampling=1, snap=False, dtype=np.float32):
    """Return the image of a source behind a lens.

    Parameters
    ----------
    lens : lens model
    source : source
        Its position is where it would be seen without the lens.
    size : int
        Side of the image [pixel].
    pixel_scale : float
        Side of a pixel in the unit in which lens and source are given.
    supersampling : int
        Rays per pixel along each axis; their mean is the pixel's value. 1 for CosmoSim's images; a small
        source or one with a cusp wants 3 or more.
    snap : bool
        Show the source as if it were drawn in whole pixels first, as CosmoSim does: the same pixels to
        rounding, but for sources that are turned.
    dtype : numpy.dtype
        Precision of the rays.

    Returns
    -------
    (size, size) float32 ndarray
        Grey levels, not rounded or saturated; 0 for a ray through a singular centre of the lens. With
        parameters of shape (B, 1, 1): (B, size, size).
    """
    x, y = open_grid(size, pixel_scale=pixel_scale, supersampling=supersampling, dtype=dtype)
    rows = max(supersampling, _BLOCK // x.size // supersampling * supersampling)
    _keep_freed_memory()
    blocks, points = [], singular_points(lens)
    for start in range(0, len(y), rows):
        part = y[start:start + rows]
        ax, ay = lens.deflection(x, part)
        if snap:
            ax, ay = snap_to_raster(source, x - ax, part - ay)
        else:
            ax, ay = np.subtract(x, ax, out=ax), np.subtract(part, ay, out=ay)
        image = source.brightness(ax, ay)
        _blacken(image, x, part, points)
        blocks.append(bin_rays(image, supersampling))
    return np.concatenate(blocks, axis=-2).astype(np.float32, copy=False)


@cache
def _keep_freed_memory():
    """Free one large array: glibc then keeps the memory of freed ones of up to that size for the next.

    Otherwise it returns each image's arrays to the system, and to fetch them anew takes as long as to fill
    them.
    """
    np.empty(_LARGE, np.uint8)


def _blacken(image, x, y, points):
    """Set rays to 0 that meet a singular point of the lens: unbent, they would be a dot that marks it."""
    for px, py in points:
        columns, rows = x == np.asarray(px, x.dtype), y == np.asarray(py, y.dtype)
        if columns.any() and rows.any():
            image[np.broadcast_to(columns & rows, image.shape)] = 0


def trace_unlensed(source, size, *, pixel_scale=1.0, supersampling=1):
    """Return the image of a source without a lens, (size, size) float32; parameters as those of `trace`."""
    x, y = open_grid(size, pixel_scale=pixel_scale, supersampling=supersampling)
    image = source.brightness(x, y)
    return bin_rays(image, supersampling).astype(np.float32, copy=False)


def snap_to_raster(source, x, y):
    """Return positions moved to the pixel of a raster about the source whose value CosmoSim shows there."""
    return source.x + np.floor(x - source.x), source.y + np.ceil(y - source.y)


def bin_rays(image, factor):
    """Return the mean of blocks of `factor` x `factor` rays, one for each pixel."""
    if factor == 1:
        return image
    *batch, rows, columns = image.shape
    blocks = image.reshape(*batch, rows // factor, factor, columns // factor, factor)
    return blocks.mean(axis=(-3, -1), dtype=image.dtype)
