"""Where the pixels of a layer's maps lie on the cutout, and maps enlarged accordingly.

Strided convolutions with ``same`` padding move their maps: a pixel of the last
maps of the compact network looks up to seven pixels further right and down than
its share of a 63-pixel cutout. So the places are measured, not assumed.
"""

import numpy as np
import tensorflow as tf

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
    rows : (h,) ndarray
        Increasing [pixel].
    columns : (w,) ndarray
    """
    height, width, _ = network.image_shape
    rng = np.random.default_rng(seed)
    blank = [np.zeros((PROBES, *shape), np.float32) for shape in network.input_shapes]
    noise = rng.standard_normal((PROBES, *network.image_shape)).astype(np.float32)
    inputs = network.inputs(network.with_image(blank, noise))
    image = network.image_of(inputs)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(image)
        maps, _ = network.maps_and_logits(inputs)
        # Random signs: channels must not cancel each other.
        signed = maps * rng.choice([-1.0, 1.0], maps.shape[1:]).astype(np.float32)
        rows, columns = tf.reduce_sum(signed, (0, 2, 3)), tf.reduce_sum(signed, (0, 1, 3))
        lines = {axis: [(k, sums[k]) for k in _spread(len(sums))] for axis, sums in ((1, rows), (2, columns))}
    return (_positions(tape, image, lines[1], 1, height, network.map_shape[0]),
            _positions(tape, image, lines[2], 2, width, network.map_shape[1]))


def _spread(count):
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(int)).tolist()


def _positions(tape, image, lines, axis, size, count):
    """Return the centre of what each line of the maps sees along one axis of the image."""
    found = []
    for number, value in lines:
        gradient = tape.gradient(value, image)
        weight = np.zeros(size)
        if gradient is not None:
            # The median over images: the few pixels that set the scale of one are others in the next.
            usual = np.median(np.square(gradient.numpy(), dtype=float), axis=0)
            weight = usual.sum(axis=tuple({0, 1, 2} - {axis - 1}))
        even = (number + 0.5) * size / count - 0.5
        found.append(weight @ np.arange(size) / weight.sum() if weight.sum() > 0 else even)
    positions = np.interp(np.arange(count), [number for number, _ in lines], found)
    if (np.diff(positions) <= 0).any():
        # Interpolation needs an increasing order, which layers that see everything do not give.
        positions = np.maximum.accumulate(positions) + 1e-6 * np.arange(count)
    return positions


def enlarge(maps, positions, shape):
    """Return maps at the size of the cutout, linear between the places of their pixels.

    Parameters
    ----------
    maps : (n, h, w) ndarray
    positions : pair of (h,) and (w,) ndarray
        From `cell_positions`.
    shape : (H, W)

    Returns
    -------
    (n, H, W) float32 ndarray
        Constant outside the outermost places.
    """
    down, across = (_interpolation(at, size) for at, size in zip(positions, shape, strict=True))
    return np.einsum("yh,nhw,xw->nyx", down, np.asarray(maps, np.float32), across, optimize=True)


def _interpolation(positions, size):
    """Return the (size, cells) matrix of linear interpolation."""
    pixels = np.arange(size)
    return np.stack([np.interp(pixels, positions, unit) for unit in np.eye(len(positions))],
                    axis=1).astype(np.float32)
