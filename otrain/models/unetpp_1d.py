"""U-Net++ for curves: the bridges between encoder and decoder are filled with blocks of their own."""

import keras
from keras import layers, ops

from otrain.models.layers.curves import CurveBlocks, curve_input, whole_curve
from otrain.models.layers.head import point_head

__all__ = ["build_unetpp"]


def build_unetpp(inputs, outputs, *, normalise="log", dropout=0.05, seed=None, depth=5, features=8, kernel=7,
                 dilation=1, stride=1):
    """Return a U-Net++ of one dimension, uncompiled.

    Block ``j`` of a level takes all blocks before it on the same level, and
    block ``j - 1`` of the level below at twice its points. The blocks are those of
    `otrain.models.unet_1d.build_unet`; there is no supervision of the shallower outputs.

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
    Zhou et al. 2018, https://arxiv.org/abs/1807.10165.
    """
    (spec,) = inputs
    blocks = CurveBlocks(kernel=kernel, dilation=dilation, dropout=dropout, seed=seed)
    curve, x = curve_input(spec, blocks, normalise=normalise, depth=depth, stride=stride)
    done = []  # by level, the blocks so far
    for level in range(depth):
        done.append([blocks.block(layers.MaxPooling1D(2)(done[-1][0]) if level else x, features * 2**level)])
    for turn in range(1, depth):
        for level in range(depth - turn):
            filters = features * 2**level
            below = blocks.spread(done[level + 1][turn - 1], filters)
            done[level].append(blocks.block(ops.concatenate([*done[level], below], axis=-1), filters))
    x = whole_curve(done[0][-1], blocks, length=spec.shape[0], stride=stride, filters=features)
    return keras.Model(curve, point_head(x, outputs, seed=blocks.seed()), name="unetpp")
