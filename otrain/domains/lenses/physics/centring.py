"""Where a lensed image lies: its centre of light, the point xi of its amplitudes, and CosmoSim's columns.

Images are centred on their light, so that a network cannot learn from the frame where the lens is.
Coordinates are relative to the middle of the image, y up [pixel].
"""

from math import floor

import numpy as np

from otrain.domains.lenses.physics.images import quantise

__all__ = ["apparent_position", "centre_image", "centre_of_light", "place_columns", "shift_image"]

_TOLERANCE = 0.02  # pixel, CosmoSim's
_MOST_STEPS = 201


def centre_of_light(image):
    """Return the mean position of the light.

    Parameters
    ----------
    image : (H, W) ndarray
        Not negative.

    Returns
    -------
    x, y : float
        (0, 0) for an image without light.
    """
    of_columns, of_rows = (np.sum(image, axis=axis, dtype=float) for axis in (0, 1))
    total = of_columns.sum()
    if not total > 0:
        return 0.0, 0.0
    x = of_columns @ np.arange(len(of_columns)) / total - len(of_columns) / 2
    y = len(of_rows) / 2 - of_rows @ np.arange(len(of_rows)) / total
    return float(x), float(y)


def shift_image(image, x, y):
    """Return an image whose middle shows what was at (x, y), between pixels by linear interpolation.

    Parameters
    ----------
    image : (H, W) ndarray
    x, y : float
        [pixel]

    Returns
    -------
    (H, W) ndarray
        0 where the image has no light to give; 8 bit is rounded to 8 bit.
    """
    columns, rows = floor(x), floor(-y)
    height, width = image.shape
    # One row and one column more than the image: what lies between pixels needs the next one.
    moved = np.zeros((height + 1, width + 1), np.result_type(image.dtype, np.float32))
    target, source = _overlap(moved.shape, image.shape, rows, columns)
    moved[target] = image[source]
    moved = _between(moved[:, :-1], moved[:, 1:], x - columns)
    moved = _between(moved[:-1], moved[1:], -y - rows)
    return quantise(moved) if image.dtype == np.uint8 else moved


def centre_image(image):
    """Return the image moved so that its centre of light is in its middle, and where that was.

    Parameters
    ----------
    image : (H, W) ndarray

    Returns
    -------
    image : (H, W) ndarray
    centre : (float, float)
        Centre of light of the image that was given; (0, 0) if it is black.
    """
    centre = centre_of_light(image)
    return shift_image(image, *centre), centre


def apparent_position(lens, x, y):
    """Return where a point of the source plane is seen: the reference point xi of the amplitudes.

    Parameters
    ----------
    lens : lens model
    x, y : float or ndarray
        Position in the source plane [pixel]; with arrays, one of each lens of a batch.

    Returns
    -------
    xi_x, xi_y : float or ndarray
        A solution of ``xi - deflection(xi) = (x, y)``, to about 0.02 pixel.

    Notes ----- CosmoSim's fixed-point iteration, with its tolerance, so that its columns are found again; a
    point mass has the closed form. It may stop after 201 steps without a solution: the offset of
    `place_columns` tells.
    """
    if hasattr(lens, "apparent_position"):
        return lens.apparent_position(x, y)
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    shape = np.broadcast_shapes(x.shape, np.shape(lens.deflection(0.0, 0.0)[0]))
    x, y = np.broadcast_to(x, shape), np.broadcast_to(y, shape)
    xi_x, xi_y = x.copy()[()], y.copy()[()]
    going = np.ones(shape, bool)[()]
    for _ in range(_MOST_STEPS):
        ax, ay = lens.deflection(xi_x, xi_y)
        step_x, step_y = (x + ax - xi_x) * going, (y + ay - xi_y) * going
        xi_x, xi_y = xi_x + step_x, xi_y + step_y
        going = going & (step_x * step_x + step_y * step_y >= _TOLERANCE**2)
        if not going.any():
            break
    return xi_x, xi_y


def place_columns(lens, x, y, *, centre=(0.0, 0.0), xi=None, cosmosim_offset=False):
    """Return the columns of CosmoSim's table that say where things are.

    Parameters
    ----------
    lens : lens model
    x, y : float
        Position of the source in the source plane [pixel].
    centre : (float, float)
        What `centre_image` found; (0, 0) for an image that is not centred.
    xi : (float, float), optional
        Reference point relative to the lens plane's origin; by default the `apparent_position`.
    cosmosim_offset : bool
        Write ``offsetY`` as CosmoSim 3.3 does, which takes the deflection along x for that along y.

    Returns
    -------
    dict of str -> float
        ``lensX lensY centreX centreY reletaX reletaY offsetX offsetY xiX xiY`` [pixel]. `lens` is the
        origin of the lens plane, and `xi` the reference point, both relative to the middle of the centred
        image; `offset` the position of the source, as it follows from xi, minus the true one.
    """
    xi_x, xi_y = apparent_position(lens, x, y) if xi is None else xi
    ax, ay = lens.deflection(xi_x, xi_y)
    if cosmosim_offset:
        ay = ax
    values = {"lensX": -centre[0], "lensY": -centre[1], "centreX": centre[0], "centreY": centre[1],
              "reletaX": x - centre[0], "reletaY": y - centre[1],
              "offsetX": xi_x - ax - x, "offsetY": xi_y - ay - y,
              "xiX": xi_x - centre[0], "xiY": xi_y - centre[1]}
    return {name: float(value) for name, value in values.items()}


def _between(first, second, share):
    """Return the linear mean of two images, `share` of it of the second."""
    if share == 0:
        return first
    mean = second - first
    mean *= mean.dtype.type(share)
    mean += first
    return mean


def _overlap(target, source, rows, columns):
    """Return the parts of two images that lie over each other, the source `rows` further down."""
    slices = [(slice(max(0, -by), max(0, min(n, m - by))), slice(max(0, by), max(0, min(m, n + by))))
              for n, m, by in zip(target, source, (rows, columns), strict=True)]
    return tuple(over for over, _ in slices), tuple(under for _, under in slices)
