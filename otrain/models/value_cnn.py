"""A small residual network for numbers that depend on where something is: positions, sizes, shapes.

Global pooling forgets places. Here two channels hold the coordinates of every pixel, and the
last map, of 4 to 8 pixels a side, is flattened. Of a large image a fovea sees the middle as it
is and what lies around it in ever coarser pixels, as an eye does.
"""

import keras
import numpy as np
from keras import layers, ops

from otrain.errors import DataError, UsageError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_value_cnn", "build_value_fovea", "foveated", "with_coordinates"]

MOMENTUM = 0.9  # of running averages; with Keras' 0.99 they lag behind for several hundred updates
SMALLEST = 12  # pixel
LARGEST_MAP = 8  # pixel a side of the map that is flattened
WIDEST = 4  # times `width`: later maps have no more channels
FLAT = 32  # channels of the flattened map


def build_value_cnn(inputs, outputs, *, normalise="robust", dropout=0.1, width=32, dense=256, seed=None):
    """Return a residual network whose last map is flattened, uncompiled.

    A 5x5 convolution on every second pixel, then residual blocks, each on a map of half the side,
    until it is 8 pixels or fewer; a 1x1 convolution to 32 channels, one dense layer, the head.

    Parameters
    ----------
    inputs : list of InputSpec
        One image ``(H, W, C)`` of at least 12x12 pixels.
    outputs : OutputSpec
        The head.
    normalise : {"robust", "l2", "none"}
        How pixels are scaled inside the network; the mask of finite pixels is
        given to it in any case.
    dropout : float
        Fraction of the features that are dropped in training.
    width : int
        Filters of the first block; the others have twice and four times as many.
    dense : int
        Features behind the flattened map.
    seed : int, optional
        Of the first weights and of the dropout.

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, units)``.

    References
    ----------
    Liu et al. 2018, https://arxiv.org/abs/1807.03247, for the coordinates.
    """
    cutout = _cutout(inputs, "value-cnn")
    x = normalised(cutout, normalise)
    return keras.Model(cutout, _numbers(x, outputs, dropout, width, dense, seed), name="value_cnn")


def build_value_fovea(inputs, outputs, *, normalise="robust", dropout=0.1, width=32, dense=256, fovea=64,
                      seed=None):
    """Return the network of `build_value_cnn` behind a fovea, uncompiled.

    The middle of `fovea` pixels a side is seen as it is, twice as much in means of 2x2 pixels, and so on
    until the whole image is seen: maps of the same size, one behind the other. An image of 256 pixels
    costs little more than one of 64, and neither its small nor its large lenses are lost.

    Parameters
    ----------
    inputs : list of InputSpec
        One image ``(H, W, C)`` of at least 12x12 pixels.
    outputs : OutputSpec
        The head.
    normalise, dropout, width, dense, seed
        As for `build_value_cnn`.
    fovea : int
        Side of the maps [pixel].

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, units)``.
    """
    cutout = _cutout(inputs, "value-fovea")
    if fovea < SMALLEST:
        raise UsageError(f"`fovea` must be {SMALLEST} pixel at least. Received: {fovea}.")
    x = foveated(normalised(cutout, normalise), fovea)
    return keras.Model(cutout, _numbers(x, outputs, dropout, width, dense, seed), name="value_fovea")


def foveated(x, side):
    """Return the middle of maps and ever coarser maps of all that is around it.

    Parameters
    ----------
    x : (N, H, W, C) KerasTensor
    side : int
        Of the maps that are returned [pixel].

    Returns
    -------
    (N, side, side, C L) KerasTensor
        L levels; in level l a pixel is the mean of 2^l x 2^l pixels, and pixel ``side // 2`` begins with the
        pixel ``(H // 2, W // 2)``. Where there was no image it is 0.
    """
    levels, step = [], 1
    while True:
        window = side * step
        level = _middle(x, window)
        levels.append(layers.AveragePooling2D(step)(level) if step > 1 else level)
        if window >= max(x.shape[1:3]):
            return levels[0] if step == 1 else layers.Concatenate()(levels)
        step *= 2


def _middle(x, side):
    """Return the square of a map about its central pixel, cut or filled with 0."""
    firsts = [length // 2 - side // 2 for length in x.shape[1:3]]  # negative: so much is filled
    lasts = [first + side - length for first, length in zip(firsts, x.shape[1:3])]
    cut = [(max(first, 0), max(-last, 0)) for first, last in zip(firsts, lasts)]
    fill = [(max(-first, 0), max(last, 0)) for first, last in zip(firsts, lasts)]
    if any(map(any, cut)):
        x = layers.Cropping2D(cut)(x)
    return layers.ZeroPadding2D(fill)(x) if any(map(any, fill)) else x


def _cutout(inputs, name):
    """Return the input layer of the only image."""
    (image,) = inputs
    if min(image.shape[:2]) < SMALLEST:
        raise DataError(f"{name} needs images of at least {SMALLEST}x{SMALLEST} pixel. "
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    return keras.Input(image.shape, name=image.name)


def _numbers(x, outputs, dropout, width, dense, seed):
    """Return the head of a residual network on normalised maps."""
    seeds = seed_stream(seed)
    x = with_coordinates(x)
    x = layers.ReLU()(_convolution(x, width // 2, seeds, size=5, strides=2))
    level = 0
    while not level or min(x.shape[1:3]) > LARGEST_MAP:
        x = _block(x, width * min(WIDEST, 2**level), seeds)
        level += 1
    x = layers.ReLU()(_convolution(x, FLAT, seeds, size=1))
    x = layers.Flatten()(x)
    x = layers.Dense(dense, activation="relu", kernel_initializer=_he(seeds))(x)
    x = layers.Dropout(dropout, seed=next(seeds), name="features")(x)
    return score_head(x, outputs, initialiser=keras.initializers.GlorotUniform(seed=next(seeds)))


def with_coordinates(x):
    """Return maps (N, H, W, C + 2) with the column and the row of each pixel behind them, from -1 to 1."""
    nothing = 0.0 * x[..., :1]
    columns, rows = (np.linspace(-1, 1, n, dtype=np.float32) for n in (x.shape[2], x.shape[1]))
    return ops.concatenate([x, nothing + columns.reshape(1, 1, -1, 1), nothing + rows.reshape(1, -1, 1, 1)],
                           axis=-1)


def _block(x, filters, seeds):
    """Two convolutions and a shortcut, to a map of half the side."""
    # Average-pool, then 1x1: strided 1x1 convolutions corrupt the heap in TensorFlow 2.21.
    shortcut = layers.AveragePooling2D(2, padding="same")(x)
    shortcut = _convolution(shortcut, filters, seeds, size=1)
    x = layers.ReLU()(_convolution(x, filters, seeds, strides=2))
    x = _convolution(x, filters, seeds)
    return layers.ReLU()(layers.Add()([x, shortcut]))


def _convolution(x, filters, seeds, *, size=3, strides=1):
    """Convolution and batch normalisation."""
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False,
                      kernel_initializer=_he(seeds))(x)
    return layers.BatchNormalization(momentum=MOMENTUM)(x)


def _he(seeds):
    return keras.initializers.HeNormal(seed=next(seeds))
