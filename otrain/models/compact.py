"""A small residual network for cutouts: our default.

Batch normalisation and few parameters let it learn from some hundred labels
and in some hundred updates; a strided first layer keeps it cheap on a CPU.
"""

import keras
from keras import layers, ops

from otrain.errors import DataError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_compact"]

# With Keras' 0.99 the running averages lag behind for several hundred updates,
# which is all that a small training set has.
MOMENTUM = 0.9
SMALLEST = 12  # pixel


def build_compact(inputs, outputs, *, normalise="robust", dropout=0.3, width=32, seed=None):
    """Return a residual network with global pooling, uncompiled.

    A 5x5 convolution on every second pixel, then three residual blocks, each on
    a map of half the side. The features are the mean over the whole map and the
    mean over its central quarter, where the candidate is: with the first alone
    the network could not tell the candidate from its neighbours.

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
    seed : int, optional
        Of the first weights and of the dropout.

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, units)`` probabilities.
    """
    (image,) = inputs
    if min(image.shape[:2]) < SMALLEST:
        raise DataError(f"compact needs cutouts of at least {SMALLEST}x{SMALLEST} pixel. "
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    seeds = seed_stream(seed)
    cutout = keras.Input(image.shape, name=image.name)
    x = normalised(cutout, normalise)
    x = _convolution(x, width // 2, seeds, size=5, strides=2)
    x = layers.ReLU()(x)
    for filters in (width, 2 * width, 4 * width):
        x = _block(x, filters, seeds)
    x = ops.concatenate([ops.mean(x, axis=(1, 2)), ops.mean(_centre(x), axis=(1, 2))], axis=-1)
    x = layers.Dropout(dropout, seed=next(seeds), name="features")(x)
    head = score_head(x, outputs, initialiser=keras.initializers.GlorotUniform(seed=next(seeds)))
    return keras.Model(cutout, head, name="compact")


def _block(x, filters, seeds):
    """Two convolutions and a shortcut, to a map of half the side."""
    # Average-pool, then 1x1: strided 1x1 convolutions corrupt the heap in TensorFlow 2.21.
    shortcut = layers.AveragePooling2D(2, padding="same")(x)
    shortcut = _convolution(shortcut, filters, seeds, size=1)
    x = _convolution(x, filters, seeds, strides=2)
    x = layers.ReLU()(x)
    x = _convolution(x, filters, seeds)
    return layers.ReLU()(layers.Add()([x, shortcut]))


def _convolution(x, filters, seeds, *, size=3, strides=1):
    """Convolution and batch normalisation."""
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False,
                      kernel_initializer=keras.initializers.HeNormal(seed=next(seeds)))(x)
    return layers.BatchNormalization(momentum=MOMENTUM)(x)


def _centre(x):
    """Central half of each side of a feature map; a map of three or fewer keeps its middle."""
    _, height, width, _ = x.shape
    top, left = height // 4, width // 4
    return x[:, top:height - top, left:width - left]
