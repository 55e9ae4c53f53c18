"""Refuse to explain a network that is not the one whose replies are stored."""

import numpy as np

from otrain.errors import DataError, IntegrityError

__all__ = ["require_same_network", "require_same_on_points"]

SAME_LOGIT = 1e-2  # between the stored logits and those of the Keras network, relative above 1


def require_same_network(network, examples, stored):
    """Compare stored logits with those of the network that is explained.

    Parameters
    ----------
    network : CutNetwork
        With one logit per example, or one per class.
    examples : (N, ...) ndarray
    stored : (N,) or (N, classes) ndarray

    Raises
    ------
    DataError
        If the examples are not of the shape that the network takes.
    IntegrityError
        If the logits differ.
    """
    if examples.shape[1:] != network.image_shape:
        raise DataError(f"the network takes examples of shape {network.image_shape}. Received: "
                        f"{examples.shape[1:]}.")
    _require_equal(_logits(network, [examples]), stored)


def require_same_on_points(network, examples, stored):
    """Compare stored logits of points, or pixels, averaged over those with a value, in the same way.

    Parameters
    ----------
    network : CutNetwork
        Made by `otrain.explain.on_points.on_points`.
    examples : (N, L, C) or (N, H, W, C) ndarray
    stored : (N, L, units) or (N, H, W, units) ndarray

    Raises
    ------
    IntegrityError
        If the logits differ.
    """
    weights = np.isfinite(examples[..., 0]).astype(np.float32)
    axes = tuple(range(1, weights.ndim))
    total = np.maximum(weights.sum(axis=axes), 1e-6)[:, None]
    mean = (np.asarray(stored, float) * weights[..., None]).sum(axis=axes) / total
    if mean.shape[1] == 2:  # the network tells the log odds of two
        mean = mean[:, 1:] - mean[:, :1]
    _require_equal(_logits(network, [examples, weights]).reshape(len(mean), -1), mean)


def _logits(network, inputs):
    found = []
    for start in range(0, len(inputs[0]), network.batch):
        found.append(network.logits(network.inputs([part[start:start + network.batch] for part in inputs])))
    return np.concatenate(found)


def _require_equal(found, stored):
    difference = np.abs(found - stored) / np.maximum(1, np.abs(stored))
    if not (difference < SAME_LOGIT).all():
        raise IntegrityError("the Keras file and the bundle beside it are not the same network: their logits "
                             f"differ by {np.max(difference):.2g}. Train again, or move the file elsewhere.")
