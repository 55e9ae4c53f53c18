"""U-Net 3+ for curves: every level of the decoder sees every scale. Our default for light curves."""

import keras
from keras import layers, ops

from otrain.models.layers.curves import CurveBlocks, curve_input, upsampled
from otrain.models.layers.head import point_head

__all__ = ["build_unet3p"]


def build_unet3p(inputs, outputs, *, normalise="log", dropout=0.05, seed=None, depth=5, features=8, kernel=7,
                 dilation=1):
    """Return a U-Net 3+ of one dimension, uncompiled.

    The layers of Panopticon (Vivien et al. 2025): blocks of channel dropout and
    two convolutions, with `features` x 1, 2, 4, 8, 16 channels, each on half the
    points of the one above. A level of the decoder takes `features` channels from
    every scale, finer ones by max-pooling and coarser ones by linear
    upsampling, and mixes these ``depth * features`` channels in one more convolution.

    Parameters
    ----------
    inputs : list of InputSpec
        One curve ``(L, C)`` in units of its noise, NaN where there is no value. Any
        length: inside, its end is continued by reflection and cut off again.
    outputs : OutputSpec
        The head, for each point.
    normalise : {"log", "none"}
        How large amplitudes are compressed; the mask of valid points is given to the
        network in any case.
    dropout : float
        Share of the channels that are dropped in training.
    seed : int, optional
        Of the first weights and of the dropout.
    depth : int
        Levels.
    features : int
        Channels of the first level.
    kernel, dilation : int
        Points of each convolution (odd), and the distance between them.

    Returns
    -------
    keras.Model
        ``(N, L, C)`` to ``(N, L, units)`` probabilities.

    References
    ----------
    Huang et al. 2020, https://arxiv.org/abs/2004.08790; Vivien et al. 2025,
    https://arxiv.org/abs/2409.03466.
    """
    (spec,) = inputs
    blocks = CurveBlocks(kernel=kernel, dilation=dilation, dropout=dropout, seed=seed)
    curve, x = curve_input(spec, blocks, normalise=normalise, depth=depth)
    encoder = [blocks.block(x, features)]
    for level in range(1, depth):
        encoder.append(blocks.block(layers.MaxPooling1D(2)(encoder[-1]), features * 2**level))
    decoder = [encoder[-1]]  # the coarsest first
    for level in reversed(range(depth - 1)):
        links = [_link(encoder[other], other, level, blocks, features) for other in range(level + 1)]
        links += [_link(coarse, depth - 1 - number, level, blocks, features)
                  for number, coarse in enumerate(decoder)]
        decoder.append(blocks.convolution(blocks.drop(ops.concatenate(links, axis=-1)), depth * features))
    x = decoder[-1][:, :spec.shape[0]]
    return keras.Model(curve, point_head(x, outputs, initialiser=blocks.initialiser()), name="unet3p")


def _link(x, origin, level, blocks, features):
    """Return the channels that one scale gives to a level of the decoder."""
    if origin < level:
        x = layers.MaxPooling1D(2 ** (level - origin))(x)
    elif origin > level:
        x = upsampled(x, 2 ** (origin - level))
    return blocks.convolution(x, features)
