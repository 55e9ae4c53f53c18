"""A small residual network for curves that gives one answer for each: is this star variable?"""

import keras
from keras import layers, ops

from otrain.models.layers.curves import MOMENTUM, CurveBlocks, curve_input
from otrain.models.layers.head import score_head

__all__ = ["build_cnn_1d"]

WIDEST = 4  # times `features`: deeper levels have no more channels, or they would hold all weights


def build_cnn_1d(inputs, outputs, *, normalise="log", dropout=0.3, seed=None, depth=6, features=16, kernel=7):
    """Return a residual network of one dimension with global pooling, uncompiled.

    Each level is a residual block of two convolutions; between levels every second point is kept
    by max-pooling. The features are the mean of the last level, which tells what a curve does
    all the time (a pulsation), and its maximum, which tells what it does once (a flare, an eclipse).

    Parameters
    ----------
    inputs : list of InputSpec
        One curve ``(L, C)`` in units of its noise, NaN where there is no value.
    outputs : OutputSpec
        The head, for the whole curve.
    normalise : {"log", "none"}
        How large amplitudes are compressed; the mask of valid points is given to the network in any case.
    dropout : float
        Fraction of the features that are dropped in training.
    seed : int, optional
        Of the first weights and of the dropout.
    depth : int
        Levels, each on half the points of the one before.
    features : int
        Channels of the first level; the others have twice and four times as many.
    kernel : int
        Points of each convolution; odd.

    Returns
    -------
    keras.Model
        ``(N, L, C)`` to ``(N, units)``.

    References
    ----------
    He et al. 2016, https://arxiv.org/abs/1512.03385; Wang et al. 2017,
    https://arxiv.org/abs/1611.06455, for curves.
    """
    (spec,) = inputs
    blocks = CurveBlocks(kernel=kernel, dilation=1, dropout=0.0, seed=seed)
    curve, x = curve_input(spec, blocks, normalise=normalise, depth=depth)
    for level in range(depth):
        if level:
            x = layers.MaxPooling1D(2)(x)
        x = _residual(x, features * min(WIDEST, 2**level), blocks)
    x = ops.concatenate([ops.mean(x, axis=1), ops.max(x, axis=1)], axis=-1)
    x = layers.Dropout(dropout, seed=blocks.seed(), name="features")(x)
    head = score_head(x, outputs, initialiser=keras.initializers.GlorotUniform(seed=blocks.seed()))
    return keras.Model(curve, head, name="cnn1d")


def _residual(x, filters, blocks):
    """Return two convolutions and a shortcut of one point, added."""
    first = keras.initializers.HeNormal(seed=blocks.seed())
    shortcut = layers.BatchNormalization(momentum=MOMENTUM)(
        layers.Conv1D(filters, 1, use_bias=False, kernel_initializer=first)(x))
    x = blocks.convolution(blocks.convolution(x, filters), filters)
    return layers.Add()([shortcut, x])
