"""U-Net for curves: an encoder, a decoder, and a bridge between them at each scale."""

import keras
from keras import layers, ops

from otrain.models.layers.curves import CurveBlocks, curve_input, whole_curve
from otrain.models.layers.head import point_head

__all__ = ["build_unet"]


def build_unet(inputs, outputs, *, normalise="log", dropout=0.05, seed=None, depth=5, features=8, kernel=7,
               dilation=1, stride=1):
    """Return a U-Net of one dimension, uncompiled.

    Blocks of channel dropout and two convolutions with `features` x 1, 2, 4, 8,
    16 channels, max-pooling on the way down, transposed convolutions of two points
    on the way up.

    Parameters
    ----------
    inputs : list of InputSpec
        One curve ``(L, C)`` in units of its noise, NaN where there is no value.
    outputs : OutputSpec
        The head, for each point.
    normalise, dropout, seed, depth, features, kernel, dilation, stride
        As for `otrain.models.unet3p_1d.build_unet3p`.

    Returns
    -------
    keras.Model
        ``(N, L, C)`` to ``(N, L, units)`` probabilities.

    References
    ----------
    Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597.
    """
    (spec,) = inputs
    blocks = CurveBlocks(kernel=kernel, dilation=dilation, dropout=dropout, seed=seed)
    curve, x = curve_input(spec, blocks, normalise=normalise, depth=depth, stride=stride)
    x = blocks.block(x, features)
    bridges = []
    for level in range(1, depth):
        bridges.append(x)
        x = blocks.block(layers.MaxPooling1D(2)(x), features * 2**level)
    for level in reversed(range(depth - 1)):
        filters = features * 2**level
        x = ops.concatenate([bridges[level], blocks.spread(x, filters)], axis=-1)
        x = blocks.block(x, filters)
    x = whole_curve(x, blocks, length=spec.shape[0], stride=stride, filters=features)
    return keras.Model(curve, point_head(x, outputs, seed=blocks.seed()), name="unet")
