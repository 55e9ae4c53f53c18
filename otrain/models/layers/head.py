"""The ends of the networks, for one score and for one per point, and the seeds of their layers."""

import numpy as np
from keras import layers

__all__ = ["point_head", "score_head", "seed_stream"]


def score_head(x, outputs, *, initialiser="glorot_uniform"):
    """Return the end of every classifier: Dense ``logits``, then Activation ``score``.

    The linear output has its own name because calibration and the bundle work
    on logits; both layers compute in float32 also where the network is trained
    in bfloat16.

    Parameters
    ----------
    x : (N, F) KerasTensor
        Features.
    outputs : OutputSpec
        Number of units and activation.

    Returns
    -------
    (N, units) KerasTensor
        Probabilities.
    """
    logits = layers.Dense(outputs.units, kernel_initializer=initialiser, dtype="float32", name="logits")(x)
    return layers.Activation(outputs.activation, dtype="float32", name="score")(logits)


def point_head(x, outputs, *, initialiser="glorot_uniform"):
    """Return the end of every network of curves: 1x1 convolution ``logits``, then Activation ``score``.

    Parameters
    ----------
    x : (N, L, F) KerasTensor
        Features of each point.
    outputs : OutputSpec
        Number of units for each point, and activation.

    Returns
    -------
    (N, L, units) KerasTensor
        Probabilities; like `score_head`, in float32.
    """
    logits = layers.Conv1D(outputs.units, 1, kernel_initializer=initialiser, dtype="float32",
                           name="logits")(x)
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
