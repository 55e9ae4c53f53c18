"""The dense end of a network in numpy, with dropout switched on: how sure it is of a score.

Dropout that is active cannot be part of an ONNX graph. The graph gives the
features in front of the last dropout, and the few layers behind it are
computed here (Gal & Ghahramani 2016, arXiv:1506.02142).
"""

import io
import zipfile
import zlib
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from otrain.errors import IntegrityError

__all__ = ["ACTIVATIONS", "DropoutHead", "read_arrays"]

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
}


@dataclass(frozen=True)
class DropoutHead:
    """Dropout, then dense layers, up to the logits.

    Parameters
    ----------
    rate : float
        Share of the features that each pass drops.
    activations : tuple of str
        One key of `ACTIVATIONS` per dense layer.
    weights : list of ((I, O) ndarray, (O,) ndarray)
        Kernel and bias per dense layer.
    """

    rate: float
    activations: tuple[str, ...]
    weights: list

    def logits(self, features, passes, seed):
        """Return the logits of every pass.

        The masks of a pass are the same for every example, so a result does not
        depend on which other examples are scored.

        Parameters
        ----------
        features : (N, F) ndarray
        passes, seed : int

        Returns
        -------
        (passes, N) or (passes, N, K) ndarray
            Log odds of real, or one logit per class.
        """
        keep = 1 - self.rate
        masks = np.random.default_rng(seed).random((passes, features.shape[1])) < keep
        return np.stack([self._forward(features * (mask / keep)) for mask in masks])

    def _forward(self, x):
        for activation, (kernel, bias) in zip(self.activations, self.weights):
            x = ACTIVATIONS[activation](x @ kernel + bias)
        if x.shape[1] == 1:
            return x[:, 0]
        return x[:, 1] - x[:, 0] if x.shape[1] == 2 else x

    def to_arrays(self):
        """Return the weights by name, for ``head.npz``."""
        return {f"{part}_{number}": array for number, pair in enumerate(self.weights)
                for part, array in zip(("kernel", "bias"), pair)}

    @classmethod
    def from_arrays(cls, description, arrays, where):
        """Return the head that a bundle describes.

        Raises
        ------
        IntegrityError
            If description and arrays do not fit together.
        """
        rate, activations = description.get("rate"), description.get("activations")
        fine = (description.keys() == {"rate", "activations"} and isinstance(rate, float) and 0 < rate < 1
                and isinstance(activations, list) and activations
                and all(name in tuple(ACTIVATIONS) for name in activations))
        if not fine:
            raise IntegrityError(f"{where}: the dropout head is impossible. Received: {description!r:.120}")
        try:
            weights = [(arrays[f"kernel_{n}"], arrays[f"bias_{n}"]) for n in range(len(activations))]
        except KeyError as error:
            raise IntegrityError(f"{where}: the dropout head lacks {error}.") from None
        if any(kernel.ndim != 2 or bias.shape != kernel.shape[1:] for kernel, bias in weights) or any(
                before.shape[1] != after.shape[0] for (before, _), (after, _) in pairwise(weights)):
            raise IntegrityError(f"{where}: the layers of the dropout head do not fit together.")
        return cls(rate, tuple(activations), weights)


def read_arrays(content, where, *, limit):
    """Return the float arrays of an ``.npz``, never unpickled, at most `limit` bytes unpacked.

    Raises
    ------
    IntegrityError
        If it is no such file, larger, or holds anything but finite-sized numbers.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > limit:
                raise IntegrityError(f"{where}: unpacks to more than {limit} bytes.")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, MemoryError, OverflowError, NotImplementedError, RuntimeError,
            zlib.error, zipfile.BadZipFile) as error:
        raise IntegrityError(f"{where}: cannot be read ({error!s:.120}). Copy the bundle again.") from None
    if any(array.dtype.kind != "f" for array in arrays.values()):
        raise IntegrityError(f"{where}: may hold floating-point arrays only.")
    return arrays
