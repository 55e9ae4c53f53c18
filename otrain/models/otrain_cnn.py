"""The convolutional network of O'TRAIN, layer by layer as published (Makhlouf et al. 2022)."""

import keras
from keras import layers

from otrain.errors import DataError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_otrain_cnn"]

SMALLEST = 8  # pixel; three halvings leave one


def build_otrain_cnn(inputs, outputs, *, normalise="none", dropout=0.3, seed=None):
    """Return the published network, uncompiled.

    C16-C32-AvgPool2-Dropout-C64-MaxPool2-Dropout-C128-C256-MaxPool2-Flatten-
    Dense512-Dropout-Dense256-softmax2; 3x3 kernels, ``same`` padding, ReLU;
    8.9 million parameters at 64x64 pixels. Published training: Adam, learning
    rate 1e-3, batches of 1024.

    Parameters
    ----------
    inputs : list of InputSpec
        One image ``(H, W, C)``.
    outputs : OutputSpec
        Number of classes; a softmax also for two of them. Numbers are linear.
    normalise : {"none", "robust", "l2"}
        ``none``, as published: raw pixels, NaN as 0, no mask channel.
    dropout : float
        Fraction of each of the three dropouts.
    seed : int, optional
        Of the first weights and of the dropouts.

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, max(units, 2))``: probabilities in label order.
    """
    (image,) = inputs
    if min(image.shape[:2]) < SMALLEST:
        raise DataError(f"otrain-cnn halves the cutout three times and needs {SMALLEST} pixel a side. "
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    seeds = seed_stream(seed)
    x = cutout = keras.Input(image.shape, name=image.name)
    x = normalised(x, normalise, mask=normalise != "none")
    x = _convolution(x, 16, seeds)
    x = _convolution(x, 32, seeds)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    x = _convolution(x, 64, seeds)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    x = _convolution(x, 128, seeds)
    x = _convolution(x, 256, seeds)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Flatten()(x)
    x = _dense(x, 512, seeds)
    x = layers.Dropout(dropout, seed=next(seeds))(x)
    x = _dense(x, 256, seeds)
    head = outputs if outputs.activation == "linear" else type(outputs)(max(outputs.units, 2), "softmax")
    return keras.Model(cutout, score_head(x, head, initialiser=_glorot(seeds)), name="otrain_cnn")


def _convolution(x, filters, seeds):
    return layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer=_glorot(seeds))(x)


def _dense(x, units, seeds):
    return layers.Dense(units, activation="relu", kernel_initializer=_glorot(seeds))(x)


def _glorot(seeds):
    return keras.initializers.GlorotUniform(seed=next(seeds))
