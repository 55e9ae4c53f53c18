"""Pieces of which networks for curves are built: reflecting convolutions, halving and linear upsampling.

Written with plain layers and ``keras.ops`` as nodes of the functional graph, so
that a saved network holds no custom code.
"""

import keras
from keras import layers, ops

from otrain.errors import DataError, UsageError
from otrain.models.layers.head import seed_stream
from otrain.models.layers.normalise_curve import normalise_curve

__all__ = ["MOMENTUM", "CurveBlocks", "curve_input", "upsampled", "whole_curve"]

# With Keras' 0.99 the running averages lag behind for several hundred updates,
# which is all that a small training set has.
MOMENTUM = 0.9


class CurveBlocks:
    """The convolutions of one network: their kernel, dilation, dropout and seeds.

    Parameters
    ----------
    kernel : int
        Points of each convolution; odd.
    dilation : int
        Distance between these points.
    dropout : float
        Share of the channels that a block loses in training, for whole curves.
    seed : int or None

    Raises
    ------
    UsageError
        If one of them is impossible.
    """

    def __init__(self, *, kernel, dilation, dropout, seed):
        if kernel < 1 or kernel % 2 == 0:
            raise UsageError(f"`kernel` must be odd, so that it has a middle. Received: {kernel}.")
        if dilation < 1:
            raise UsageError(f"`dilation` must be at least 1. Received: {dilation}.")
        if not 0 <= dropout < 1:
            raise UsageError(f"`dropout` must lie in [0, 1). Received: {dropout}.")
        self._kernel, self._dilation, self._dropout = kernel, dilation, dropout
        self._seeds = seed_stream(seed)

    @property
    def reach(self):
        """How many points to each side a convolution looks."""
        return self._dilation * (self._kernel - 1) // 2

    def seed(self):
        """Return the seed of the next layer."""
        return next(self._seeds)

    def drop(self, x):
        """Drop whole channels in training (SpatialDropout1D, torch's Dropout1d)."""
        return layers.SpatialDropout1D(self._dropout, seed=self.seed())(x)

    def convolution(self, x, filters):
        """Return reflecting convolution, batch normalisation and ReLU: (N, L, C) to (N, L, filters)."""
        if self.reach:
            # Zeros would be a step in flux at both ends of the curve.
            x = ops.pad(x, ((0, 0), (self.reach, self.reach), (0, 0)), mode="reflect")
        x = layers.Conv1D(filters, self._kernel, dilation_rate=self._dilation, use_bias=False,
                          kernel_initializer=keras.initializers.HeNormal(seed=self.seed()))(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))

    def block(self, x, filters):
        """Return the published block: dropout of channels, then two convolutions."""
        return self.convolution(self.convolution(self.drop(x), filters), filters)

    def spread(self, x, filters, factor=2):
        """Return `factor` points for each by a transposed convolution of as many, (N, factor * L, filters).

        The points that one gives do not overlap with those of its neighbours: a
        convolution of one point gives them all, side by side.
        """
        length = x.shape[1]
        x = layers.Conv1D(factor * filters, 1,
                          kernel_initializer=keras.initializers.GlorotUniform(seed=self.seed()))(x)
        return ops.reshape(x, (-1, factor * length, filters))


def curve_input(spec, blocks, *, normalise, depth, stride=1):
    """Return the input of a network of curves, and its normalised channels at a length that can be halved.

    Parameters
    ----------
    spec : InputSpec
        One curve ``(L, C)``.
    blocks : CurveBlocks
    normalise : {"log", "none"}
    depth : int
        Levels of the network.
    stride : int
        Neighbouring points that become the channels of one.

    Returns
    -------
    curve : (N, L, C) KerasTensor
    x : (N, (L + added) / stride, stride * (C + 1)) KerasTensor
        From `normalise_curve`, continued by its mirror image until it can be divided.

    Raises
    ------
    UsageError
        If `depth` or `stride` is less than 1, or there is no such normalisation.
    DataError
        If the example is no curve, its length is not known, or so short that a convolution of
        the deepest level would look further than the whole curve.
    """
    for name, value in {"depth": depth, "stride": stride}.items():
        if value < 1:
            raise UsageError(f"`{name}` must be at least 1. Received: {value}.")
    if len(spec.shape) != 2 or None in spec.shape:
        raise DataError("a network of curves takes examples (L, C) of one length, which its weights do not "
                        f"depend on. Received: {tuple(spec.shape)}.")
    length, multiple = spec.shape[0], stride * 2 ** (depth - 1)
    shortest = multiple * (blocks.reach + 1)
    if length < shortest:
        raise DataError(f"curves of {length} points are too short for {depth} levels of convolutions that "
                        f"look {blocks.reach} points to each side. Give at least {shortest} points, or "
                        "lower `depth`, `kernel` or `dilation`.")
    curve = keras.Input(spec.shape, name=spec.name)
    x, missing = normalise_curve(curve, normalise), -length % multiple
    if missing:
        x = ops.pad(x, ((0, 0), (0, missing), (0, 0)), mode="reflect")
    if stride > 1:
        x = ops.reshape(x, (-1, x.shape[1] // stride, stride * x.shape[2]))
    return curve, x


def whole_curve(x, blocks, *, length, stride, filters):
    """Return features for each point of the curve that `curve_input` took in: (N, length, ...).

    Parameters
    ----------
    x : (N, L, C) KerasTensor
        Features of `stride` points each.
    blocks : CurveBlocks
    length : int
        Points of the curve.
    stride : int
        As for `curve_input`; with 1 the features stay as they are.
    filters : int
        Features of each point, if `stride` is larger.
    """
    if stride > 1:
        x = layers.ReLU()(blocks.spread(x, filters, stride))
    return x[:, :length]


def upsampled(x, factor):
    """Return a curve at `factor` times as many points, linear between the middles of the old ones.

    Parameters
    ----------
    x : (N, L, C) KerasTensor
    factor : int
        Even. A point is where the middle of its share of the new points is; beyond the
        outermost middles the curve is constant.

    Returns
    -------
    (N, factor * L, C) KerasTensor
    """
    _, length, channels = x.shape
    # Between each two neighbours lie `factor` new points; half of those at either end are cut off.
    wide = ops.concatenate([x[:, :1], x, x[:, -1:]], axis=1)
    before = wide[:, :-1]
    step = wide[:, 1:] - before
    # Plain numbers keep bfloat16; an array of weights would make everything float32.
    new = [before + step * ((number + 0.5) / factor) for number in range(factor)]
    new = ops.reshape(ops.concatenate(new, axis=-1), (-1, (length + 1) * factor, channels))
    return new[:, factor // 2:-(factor // 2)]
