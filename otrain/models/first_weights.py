"""First weights for a network from a file: of a network trained before, or those that Keras gives away."""

import keras
import numpy as np

from otrain.catalogue import MODELS
from otrain.data.files.safe_hdf5 import HDF5
from otrain.errors import UsageError
from otrain.models.applications import with_weights_of_keras
from otrain.models.load import load_network
from otrain.models.weights import open_checked

__all__ = ["begin_with"]

COLOURS = 3  # channels of the images that Keras' own weights have learnt from


def begin_with(network, file, architecture):
    """Give a new network the weights of a file; those of its last layer only where it answers alike.

    Parameters
    ----------
    network : keras.Model
        As a builder returns it.
    file : path-like
        A whole network of the same architecture, ``.keras`` or ``.h5``; or, for one of keras.applications,
        the weights without its dense end, ``.h5`` or ``.weights.h5``. Kernels for three colours are then
        averaged over the colours, each of our channels gets an equal share, and masks begin at zero.
    architecture : str
        Name of the network in the catalogue.

    Raises
    ------
    UsageError
        If the file is of another architecture or has other channels.
    IntegrityError
        If the file is damaged, or holds anything but finite numbers and plain layers.
    """
    given = _read(file, architecture)
    ours, theirs = _learning_layers(network), _learning_layers(given)
    fits = [(layer, other, _fitted(layer, other, network.input_shape[-1]))
            for layer, other in zip(ours, theirs, strict=False)]
    wrong = next((pair for pair in fits if pair[2] is None), None)
    if wrong is not None or len(ours) != len(theirs):
        told = (f"layer {wrong[0].name!r} has weights of {_shapes(wrong[0])}, the file {_shapes(wrong[1])}"
                if wrong else f"it has {len(ours)} layers with weights, the file {len(theirs)}")
        raise UsageError(f"--first-weights {file}: not of the network that is built for --architecture "
                         f"{architecture}: {told}. Choose the same architecture, options and channels.")
    for layer, _, weights in fits:
        layer.set_weights(weights)
    ends = [[layer for layer in whole.layers if layer.name == "logits"] for whole in (network, given)]
    if all(ends) and _shapes(ends[0][0]) == _shapes(ends[1][0]):
        ends[0][0].set_weights(ends[1][0].get_weights())


def _read(file, architecture):
    """Return the network that a file holds the weights of."""
    with open(file, "rb") as opened:
        is_hdf5 = opened.read(len(HDF5)) == HDF5
    if is_hdf5:
        with open_checked(file) as content:
            is_whole = content.attrs.get("model_config") is not None
        if not is_whole:
            member = MODELS.require(architecture).member
            if not member:
                raise UsageError(f"--first-weights {file}: the file holds weights without their network, "
                                 "which is read for networks keras:NAME alone. Give a .keras file or a run "
                                 "directory.")
            return with_weights_of_keras(member, file)
    return load_network(file)


def _learning_layers(network):
    """Return the layers with weights but the last, by name; Keras may have counted names on from others."""
    def order(layer):
        stem, _, number = layer.name.rpartition("_")
        return (stem, int(number)) if number.isdecimal() else (layer.name, -1)

    plain = (layer for layer in network._flatten_layers(include_self=False)
             if not isinstance(layer, (keras.Model, keras.layers.Normalization)))
    return sorted((layer for layer in plain if layer.weights and layer.name != "logits"), key=order)


def _fitted(layer, other, channels):
    """Return the weights of a layer in the shapes of another; None where they do not fit."""
    weights = other.get_weights()
    if len(weights) != len(layer.weights):
        return None
    fitted = [_in_shape(value, tuple(weight.shape), channels)
              for value, weight in zip(weights, layer.weights, strict=True)]
    return None if any(value is None for value in fitted) else fitted


def _in_shape(value, shape, channels):
    if value.shape == shape:
        return value
    if [n for n in value.shape if n > 1] == [n for n in shape if n > 1]:  # a grouped kernel, a depthwise one
        return value.reshape(shape)
    first = len(shape) == 4 and value.shape[2] == COLOURS and shape[2] in (channels, 2 * channels)
    if not first or value.shape[:2] + value.shape[3:] != shape[:2] + shape[3:]:
        return None
    kernel = np.zeros(shape, value.dtype)
    kernel[:, :, :channels] = value.mean(axis=2, keepdims=True) * (COLOURS / channels)
    return kernel


def _shapes(layer):
    return " ".join("x".join(map(str, weight.shape)) or "1" for weight in layer.weights)
