"""What a network should answer for the examples of a batch, and how much each answer counts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Targets", "targets_by_row"]


@dataclass(frozen=True)
class Targets:
    """The answers to some rows of a cube, made when a batch of them is read.

    Parameters
    ----------
    shape : tuple of int
        Shape of the answer to one example.
    weight_shape : tuple of int
        Shape of its weight: ``()`` for one number, ``(L,)`` for one a point.
    of : callable
        ``of(examples, places) -> (targets, weights)``, float32 both. `examples` holds every
        channel of the cube, (n, ..., C); `places` are their places among the rows.
    encode : callable, optional
        ``encode(targets) -> targets`` as the network is taught them, after random changes of the
        examples, which see numbers in their own units.
    names : tuple of str
        Of the numbers, where the answer is numbers in that order; a change of the examples may ask for them.
    """

    shape: tuple[int, ...]
    weight_shape: tuple[int, ...]
    of: Callable
    encode: Callable | None = None
    names: tuple[str, ...] = ()


def targets_by_row(targets, weights=None):
    """Return answers that are known before an example is read.

    Parameters
    ----------
    targets : (n, ...) float32 ndarray
        One for each row.
    weights : (n,) float32 ndarray, optional
        One for each row; ones by default.
    """
    targets = np.asarray(targets, np.float32)
    weights = np.ones(len(targets), np.float32) if weights is None else np.asarray(weights, np.float32)
    return Targets(targets.shape[1:], (), lambda examples, places: (targets[places], weights[places]))
