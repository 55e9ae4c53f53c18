"""A small residual network for numbers that depend on where something is: positions, sizes, shapes.

Global pooling forgets places. Here two channels hold the coordinates of every pixel, and the
last map, of 4 to 8 pixels a side, is flattened.
"""

import keras
import numpy as np
from keras import layers, ops

from otrain.errors import DataError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_value_cnn", "with_coordinates"]

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
    (image,) = inputs
    if min(image.shape[:2]) < SMALLEST:
        raise DataError(f"value-cnn needs images of at least {SMALLEST}x{SMALLEST} pixel. "
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    seeds = seed_stream(seed)
    cutout = keras.Input(image.shape, name=image.name)
    x = with_coordinates(normalised(cutout, normalise))
    x = layers.ReLU()(_convolution(x, width // 2, seeds, size=5, strides=2))
    level = 0
    while not level or min(x.shape[1:3]) > LARGEST_MAP:
        x = _block(x, width * min(WIDEST, 2**level), seeds)
        level += 1
    x = layers.ReLU()(_convolution(x, FLAT, seeds, size=1))
    x = layers.Flatten()(x)
    x = layers.Dense(dense, activation="relu", kernel_initializer=_he(seeds))(x)
    x = layers.Dropout(dropout, seed=next(seeds), name="features")(x)
    head = score_head(x, outputs, initialiser=keras.initializers.GlorotUniform(seed=next(seeds)))
    return keras.Model(cutout, head, name="value_cnn")


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
