"""Where the pixels of a layer's maps lie on the cutout, and maps enlarged accordingly.

Strided convolutions with ``same`` padding move their maps: a pixel of the last
maps of the compact network looks up to seven pixels further right and down than
its share of a 63-pixel cutout. So the places are measured, not assumed.
"""

import numpy as np
import tensorflow as tf
from scipy.stats import theilslopes

__all__ = ["cell_positions", "enlarge"]

PROBES = 8  # noise images
MOST = 12  # rows and columns that are measured; others lie between them


def cell_positions(network, *, seed=0):
    """Return the row and the column of the cutout that each row and column of a map looks at.

    For each row of the maps, the mean row of the squared gradient of its values with respect to
    the pixels of noise images: the centre of what the network effectively sees there.

    Parameters
    ----------
    network : CutNetwork
    seed : int
        Of the noise.

    Returns
    -------
    tuple of ndarray
        Of rows (h,) and of columns (w,), or of points (l,) of a curve; increasing [pixel].
    """
    rng = np.random.default_rng(seed)
    blank = [np.zeros((PROBES, *shape), np.float32) for shape in network.input_shapes]
    noise = rng.standard_normal((PROBES, *network.image_shape)).astype(np.float32)
    inputs = network.inputs(network.with_image(blank, noise))
    image = network.image_of(inputs)
    axes = range(1, len(network.image_shape))
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(image)
        maps, _ = network.maps_and_logits(inputs)
        # Random signs: channels must not cancel each other.
        signed = maps * rng.choice([-1.0, 1.0], maps.shape[1:]).astype(np.float32)
        lines = {}
        for axis in axes:
            sums = tf.reduce_sum(signed, [other for other in range(len(maps.shape)) if other != axis])
            lines[axis] = [(k, sums[k]) for k in _spread(len(sums))]
    return tuple(_positions(tape, image, lines[axis], axis, network.map_shape[axis - 1]) for axis in axes)


def _spread(count):
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(int)).tolist()


def _positions(tape, image, lines, axis, count):
    """Return the centre of what each line of the maps sees along one axis of the image."""
    size, found = image.shape[axis], []
    for number, value in lines:
        gradient = tape.gradient(value, image)
        weight = np.zeros(size)
        if gradient is not None:
            # The median over images: the few pixels that set the scale of one are others in the next.
            usual = np.median(np.square(gradient.numpy(), dtype=float), axis=0)
            weight = usual.sum(axis=tuple(other for other in range(usual.ndim) if other != axis - 1))
        even = (number + 0.5) * size / count - 0.5
        found.append(weight @ np.arange(size) / weight.sum() if weight.sum() > 0 else even)
    numbers = [number for number, _ in lines]
    if image.ndim == 3 and count > 1:
        # Maps of a curve look at many points, unevenly: the line through all is surer than each.
        slope, start, *_ = theilslopes(found, numbers)
        positions = start + slope * np.arange(count)
    else:
        positions = np.interp(np.arange(count), numbers, found)
    if (np.diff(positions) <= 0).any():
        # Interpolation needs an increasing order, which layers that see everything do not give.
        positions = np.maximum.accumulate(positions) + 1e-6 * np.arange(count)
    return positions


def enlarge(maps, positions, shape):
    """Return maps at the size of the cutout, linear between the places of their pixels.

    Parameters
    ----------
    maps : (n, h, w) or (n, l) ndarray
    positions : tuple of ndarray
        From `cell_positions`, one for each axis.
    shape : (H, W) or (L,)

    Returns
    -------
    (n, H, W) or (n, L) float32 ndarray
        Constant outside the outermost places.
    """
    enlarged = np.asarray(maps, np.float32)
    for axis, (at, size) in enumerate(zip(positions, shape, strict=True), start=1):
        enlarged = np.moveaxis(np.tensordot(enlarged, _interpolation(at, size), (axis, 1)), -1, axis)
    return enlarged


def _interpolation(positions, size):
    """Return the (size, cells) matrix of linear interpolation."""
    pixels = np.arange(size)
    return np.stack([np.interp(pixels, positions, unit) for unit in np.eye(len(positions))],
                    axis=1).astype(np.float32)
