"""What goes into a network and what comes out: the words in which a task talks to a builder."""

from dataclasses import dataclass

from keras import layers

__all__ = ["InputSpec", "OutputSpec", "score_head", "seed_stream"]


@dataclass(frozen=True)
class InputSpec:
    """One named input of a network.

    Parameters
    ----------
    name : str
        Name of the input, in the network and in its bundle (``"cutout"``).
    shape : tuple of int
        Shape of one example, channels last: ``(H, W, C)`` for cutouts.
    """

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class OutputSpec:
    """The head that a task asks for.

    Parameters
    ----------
    units : int
        Number of values for each example.
    activation : str
        ``"sigmoid"`` for one unit (the probability of class 1), ``"softmax"`` otherwise.
    """

    units: int
    activation: str


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
        The head.

    Returns
    -------
    (N, units) KerasTensor
        Probabilities.
    """
    logits = layers.Dense(outputs.units, kernel_initializer=initialiser, dtype="float32", name="logits")(x)
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
    import numpy as np

    generator = np.random.default_rng(seed)
    while True:
        yield int(generator.integers(2**31))


