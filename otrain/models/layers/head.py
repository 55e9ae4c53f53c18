"""The ends of the networks, for one score and for one per point or pixel, and the seeds of their layers."""

import numpy as np
from keras import initializers, layers

from otrain.models.layers.values import decoded

__all__ = ["point_head", "score_head", "seed_stream"]

RARE = 0.01  # first probability of a point to be of a class other than the first


def score_head(x, outputs, *, initialiser="glorot_uniform"):
    """Return the end of every network with one answer: Dense ``logits``, then Activation ``score``.

    The linear output has its own name because calibration and the bundle work
    on logits; both layers compute in float32 also where the network is trained
    in bfloat16. Encoded numbers are decoded between the two, so that the network is
    taught encoded ones and gives them in their own units.

    Parameters
    ----------
    x : (N, F) KerasTensor
        Features.
    outputs : OutputSpec
        Number of units, activation, and what the numbers mean.

    Returns
    -------
    (N, units) KerasTensor
        Probabilities, or numbers (see `otrain.models.layers.values.decoded`).
    """
    logits = layers.Dense(outputs.units, kernel_initializer=initialiser, dtype="float32", name="logits")(x)
    said = decoded(logits, outputs.encoding) if outputs.encoding else logits
    return layers.Activation(outputs.activation, dtype="float32", name="score")(said)


def point_head(x, outputs, *, seed=None):
    """Return the end of a network with a score per point: 1x1 convolution ``logits``, Activation ``score``.

    It begins by giving every point a probability of one in a hundred to be
    anything but continuum: otherwise the first hundreds of updates are spent on
    learning how rare events are (Lin et al. 2017, https://arxiv.org/abs/1708.02002, section 3.3).

    Parameters
    ----------
    x : (N, L, F) or (N, H, W, F) KerasTensor
        Features of each point, or pixel.
    outputs : OutputSpec
        Number of units for each, and activation.
    seed : int, optional
        Of the first weights.

    Returns
    -------
    (N, L, units) or (N, H, W, units) KerasTensor
        Probabilities, or numbers if linear; like `score_head`, in float32.
    """
    small = initializers.VarianceScaling(0.01, mode="fan_avg", distribution="uniform", seed=seed)
    kind = layers.Conv1D if len(x.shape) == 3 else layers.Conv2D
    last = kind(outputs.units, 1, kernel_initializer=small, dtype="float32", name="logits")
    logits = last(x)
    if outputs.activation != "linear":
        rare = np.full(outputs.units, np.log(RARE / (1 - RARE)), np.float32)
        if outputs.units > 1:
            rare[0] = 0.0  # continuum
        last.bias.assign(rare)
    return layers.Activation(outputs.activation, dtype="float32", name="score")(logits)


def seed_stream(seed):
    """Yield one seed per layer, so that a builder makes the same weights for the same `seed`.

    Parameters
    ----------
    seed : int or None
        None: fresh entropy.

    Examples
    --------
    >>> next(seed_stream(1)) == next(seed_stream(1))
    True
    """
    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))
