"""U-Net 3+ for curves: every level of the decoder sees every scale. Our default for light curves."""

import keras
from keras import layers, ops

from otrain.errors import UsageError
from otrain.models.layers.curves import CurveBlocks, curve_input, upsampled, whole_curve
from otrain.models.layers.head import point_head

__all__ = ["build_unet3p"]

UPSAMPLE = ("last", "first")


def build_unet3p(inputs, outputs, *, normalise="log", dropout=0.05, seed=None, depth=5, features=8, kernel=7,
                 dilation=1, stride=1, upsample="last"):
    """Return a U-Net 3+ of one dimension, uncompiled.

    The layers of Panopticon (Vivien et al. 2025): blocks of channel dropout and
    two convolutions, with `features` x 1, 2, 4, 8, 16 channels, each on half the
    points of the one above. A level of the decoder takes `features` channels from
    every scale, finer ones by max-pooling and coarser ones by linear
    upsampling, and mixes these ``depth * features`` channels in one more convolution.
    By default a coarser scale is convolved before it is upsampled and not after: the
    same weights, half the time, and a view that is as wide as that scale.

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
        Points of each convolution (odd), and the distance between them. With the
        defaults a score depends on 315 points to each side: six days at 1800 s.
    stride : int
        Neighbouring points that enter the network together, for curves of a finer cadence;
        each still gets scores of its own.
    upsample : {"last", "first"}
        Whether coarser scales are upsampled after their convolution, or before it as published.

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
    if upsample not in UPSAMPLE:
        raise UsageError(f"`upsample` must be one of {', '.join(UPSAMPLE)}. Received: {upsample!r}.")
    blocks = CurveBlocks(kernel=kernel, dilation=dilation, dropout=dropout, seed=seed)
    curve, x = curve_input(spec, blocks, normalise=normalise, depth=depth, stride=stride)
    encoder = [blocks.block(x, features)]
    for level in range(1, depth):
        encoder.append(blocks.block(layers.MaxPooling1D(2)(encoder[-1]), features * 2**level))
    decoder = [encoder[-1]]  # the coarsest first
    for level in reversed(range(depth - 1)):
        scales = [*enumerate(encoder[:level + 1]),
                  *((depth - 1 - number, coarse) for number, coarse in enumerate(decoder))]
        links = [_link(x, origin, level, blocks, features, upsample) for origin, x in scales]
        decoder.append(blocks.convolution(blocks.drop(ops.concatenate(links, axis=-1)), depth * features))
    x = whole_curve(decoder[-1], blocks, length=spec.shape[0], stride=stride, filters=features)
    return keras.Model(curve, point_head(x, outputs, seed=blocks.seed()), name="unet3p")


def _link(x, origin, level, blocks, features, upsample):
    """Return the channels that one scale gives to a level of the decoder."""
    if origin < level:
        x = layers.MaxPooling1D(2 ** (level - origin))(x)
    elif origin > level and upsample == "first":
        x = upsampled(x, 2 ** (origin - level))
    x = blocks.convolution(x, features)
    return upsampled(x, 2 ** (origin - level)) if origin > level and upsample == "last" else x
