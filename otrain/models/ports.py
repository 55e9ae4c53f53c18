"""What goes into a network and what comes out: the words in which a task talks to a builder."""

from dataclasses import dataclass, field

__all__ = ["InputSpec", "OutputSpec"]


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
        Number of values for each example, or each point or pixel of it.
    activation : str
        ``"sigmoid"`` for one unit (the probability of class 1), ``"softmax"`` for a class out of
        several, ``"linear"`` for numbers.
    encoding : dict
        Of numbers that the network is taught encoded (`otrain.data.results.value_encoding`): it ends by
        decoding them, so that they leave it in their own units. Empty: they leave it as they are.
    errors : str
        What it says of the errors of K encoded numbers: ``""`` nothing (K units), ``"each"`` a log
        variance of each (2 K), ``"joint"`` also a triangle that makes a covariance of them
        (2 K + K (K - 1) / 2).
    """

    units: int
    activation: str
    encoding: dict = field(default_factory=dict)
    errors: str = ""
