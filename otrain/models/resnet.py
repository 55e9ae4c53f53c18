"""Residual networks laid out as torchvision's: ResNet-50, the one twice as wide inside, and smaller ones."""

import keras
from keras import layers

from otrain.errors import DataError, UsageError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_resnet50", "build_wide_resnet50_2"]

MOMENTUM = 0.9  # of running averages, torchvision's 0.1
SMALLEST = 32  # pixel; five halvings leave one
BLOCKS = {14: (1, 1, 1, 1), 26: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
EXPANSION = 4  # channels that leave a block, in units of those of its stage


def build_resnet50(inputs, outputs, *, depth=50, features=64, normalise="robust", dropout=0.0, seed=None):
    """Return ResNet-50, uncompiled: 25,557,032 weights to train at 3 channels and 1000 classes.

    The layout is torchvision's (v1.5): the 3x3 convolution of a block halves the map, not its
    first 1x1 convolution.

    Parameters
    ----------
    inputs : list of InputSpec
        One image ``(H, W, C)`` of at least 32x32 pixels.
    outputs : OutputSpec
        The head.
    depth : {50, 14, 26, 101, 152}
        Layers with a kernel, three for each block and two more.
    features : int
        Channels of the first convolution; each stage has twice as many as the one before it.
    normalise : {"robust", "l2", "none"}
        How pixels are scaled inside the network; ``none``: raw pixels, without the mask channel.
    dropout : float
        Fraction of the pooled features that are dropped in training.
    seed : int, optional
        Of the first weights and of the dropout.

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, units)``.

    Raises
    ------
    DataError
        If the image is smaller than 32x32 pixels.
    UsageError
        If no network has that depth, or the number of channels is not a whole one above 0.

    References
    ----------
    He et al. 2016, https://arxiv.org/abs/1512.03385.
    """
    return _build("resnet50", 1, inputs, outputs, depth, features, normalise, dropout, seed)


def build_wide_resnet50_2(inputs, outputs, *, depth=50, features=64, normalise="robust", dropout=0.0,
                          seed=None):
    """Return ResNet-50 with 3x3 convolutions of twice the channels: 68,883,240 weights at 3 channels.

    Parameters, result and errors are those of `build_resnet50`.

    References
    ----------
    Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146.
    """
    return _build("wide_resnet50_2", 2, inputs, outputs, depth, features, normalise, dropout, seed)


def _build(name, widening, inputs, outputs, depth, features, normalise, dropout, seed):
    (image,) = inputs
    if min(image.shape[:2]) < SMALLEST:
        raise DataError(f"{name} halves the image five times and needs {SMALLEST} pixel a side. "
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    if depth not in BLOCKS:
        raise UsageError(f"{name}: `depth` must be one of {', '.join(map(str, BLOCKS))}. Received: {depth}.")
    if features != int(features) or features < 1:
        raise UsageError(f"{name}: `features` must be a whole number above 0. Received: {features}.")
    features = int(features)
    seeds = seed_stream(seed)
    cutout = keras.Input(image.shape, name=image.name)
    x = normalised(cutout, normalise, mask=normalise != "none")
    x = layers.ReLU()(_convolution(x, features, 7, seeds, strides=2))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))  # pixels are >= 0 here
    for stage, blocks in enumerate(BLOCKS[depth]):
        for block in range(blocks):
            strides = 2 if stage and not block else 1
            x = _bottleneck(x, features * 2**stage, widening, strides, seeds)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout, seed=next(seeds), name="features")(x)
    head = score_head(x, outputs, initialiser=keras.initializers.GlorotUniform(seed=next(seeds)))
    return keras.Model(cutout, head, name=name)


def _bottleneck(x, filters, widening, strides, seeds):
    """1x1, 3x3 and 1x1 convolution, and a shortcut, which is convolved where the shape changes."""
    shortcut = x
    if strides > 1 or x.shape[-1] != EXPANSION * filters:
        # A strided 1x1 convolution corrupts the heap in TensorFlow 2.21; this takes the same pixels.
        shortcut = layers.MaxPooling2D(1, strides=strides)(x) if strides > 1 else x
        shortcut = _convolution(shortcut, EXPANSION * filters, 1, seeds)
    x = layers.ReLU()(_convolution(x, widening * filters, 1, seeds))
    x = layers.ReLU()(_convolution(x, widening * filters, 3, seeds, strides=strides))
    x = _convolution(x, EXPANSION * filters, 1, seeds)
    return layers.ReLU()(layers.Add()([x, shortcut]))


def _convolution(x, filters, size, seeds, *, strides=1):
    """Convolution, padded alike on all sides, and batch normalisation."""
    if size > 1:
        x = layers.ZeroPadding2D(size // 2)(x)
    x = layers.Conv2D(filters, size, strides=strides, use_bias=False,
                      kernel_initializer=keras.initializers.HeNormal(seed=next(seeds)))(x)
    return layers.BatchNormalization(momentum=MOMENTUM, epsilon=1e-5)(x)
