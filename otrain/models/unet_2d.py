"""U-Net for images: the class of each pixel, from what lies around it at several scales."""

import keras
from keras import layers, ops

from otrain.errors import DataError, UsageError
from otrain.models.layers.head import point_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_unet_2d"]

# With Keras' 0.99 the running averages lag behind for several hundred updates,
# which is all that a small training set has.
MOMENTUM = 0.9


def build_unet_2d(inputs, outputs, *, normalise="robust", dropout=0.1, seed=None, depth=4, features=16):
    """Return a U-Net of two dimensions, uncompiled.

    Blocks of two 3x3 convolutions with `features` x 1, 2, 4, 8 channels, max-pooling on the way
    down, transposed convolutions of 2x2 pixels on the way up, and a bridge at each scale.

    Parameters
    ----------
    inputs : list of InputSpec
        One image ``(H, W, C)``. Any size: inside, it is continued by reflection and cut off again.
    outputs : OutputSpec
        The head, for each pixel.
    normalise : {"robust", "l2", "none"}
        How pixels are scaled inside the network; the mask of finite pixels is given to it in any case.
    dropout : float
        Share of the channels that the deepest level loses in training.
    seed : int, optional
        Of the first weights and of the dropout.
    depth : int
        Levels.
    features : int
        Channels of the first level.

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, H, W, units)`` probabilities.

    Raises
    ------
    UsageError
        If `depth` is less than 1.
    DataError
        If the image is smaller than the deepest level needs.

    References
    ----------
    Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597.
    """
    (spec,) = inputs
    if depth < 1:
        raise UsageError(f"`depth` must be at least 1. Received: {depth}.")
    height, width = spec.shape[:2]
    multiple = 2 ** (depth - 1)
    if min(height, width) < max(2, multiple):
        raise DataError(f"unet2d of {depth} levels needs images of at least {max(2, multiple)} pixel a side. "
                        f"Received: {height}x{width}. Lower `depth`.")
    seeds = seed_stream(seed)
    image = keras.Input(spec.shape, name=spec.name)
    x = normalised(image, normalise)
    below, right = -height % multiple, -width % multiple
    if below or right:
        x = ops.pad(x, ((0, 0), (0, below), (0, right), (0, 0)), mode="reflect")
    x, bridges = _block(x, features, seeds), []
    for level in range(1, depth):
        bridges.append(x)
        x = _block(layers.MaxPooling2D(2)(x), features * 2**level, seeds)
    x = layers.SpatialDropout2D(dropout, seed=next(seeds))(x)
    for level in reversed(range(depth - 1)):
        filters = features * 2**level
        x = _block(ops.concatenate([bridges[level], _spread(x, filters, seeds)], axis=-1), filters, seeds)
    x = x[:, :height, :width]
    return keras.Model(image, point_head(x, outputs, seed=next(seeds)), name="unet2d")


def _block(x, filters, seeds):
    """Return two 3x3 convolutions with batch normalisation and ReLU."""
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False,
                          kernel_initializer=keras.initializers.HeNormal(seed=next(seeds)))(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    return x


def _spread(x, filters, seeds):
    """Return 2x2 pixels for each by a transposed convolution of as many, which do not overlap."""
    _, height, width, _ = x.shape
    x = layers.Conv2D(4 * filters, 1,
                      kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)))(x)
    x = ops.transpose(ops.reshape(x, (-1, height, width, 2, 2, filters)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, 2 * height, 2 * width, filters))
