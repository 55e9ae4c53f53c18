"""Numbers read from an HDF5 file that nobody vouches for: links, sizes and values are checked."""

from contextlib import contextmanager

import h5py
import numpy as np

from otrain.data.files.hdf5_check import require_readable
from otrain.data.files.safe_hdf5 import open_hdf5, survey
from otrain.errors import IntegrityError

__all__ = ["assign_by_layer", "open_checked"]

LARGEST = 1 << 29  # bytes of weights: 134 million of them; a wide ResNet-50 has 67 to 69
LARGEST_FILE = 3 * LARGEST  # bytes: the optimiser's state may be twice the weights


@contextmanager
def open_checked(source):
    """Open an HDF5 file of weights for reading, after a child process has read everything in it.

    Parameters
    ----------
    source : path-like

    Yields
    ------
    h5py.File

    Raises
    ------
    IntegrityError
        If it is no HDF5 file, or holds links, external, virtual or compressed
        data, or more than a network would.
    """
    require_readable(source, largest=LARGEST_FILE)
    with open_hdf5(source) as file:
        yield survey(file, largest=LARGEST_FILE)


def numbers(array_on_disk):
    """Return a float array of an open file, checked to be finite."""
    if array_on_disk.dtype.kind != "f":
        raise IntegrityError(f"refused: {array_on_disk.name} holds {array_on_disk.dtype}, not weights.")
    # A file may declare an array that it does not store; HDF5 would fill it with zeros.
    if array_on_disk.id.get_storage_size() != array_on_disk.nbytes:
        raise IntegrityError(f"{array_on_disk.name}: {array_on_disk.nbytes} bytes are declared "
                             f"but {array_on_disk.id.get_storage_size()} stored.")
    values = array_on_disk[()]
    if not np.isfinite(values).all():
        raise IntegrityError(f"{array_on_disk.name}: the network has weights that are not finite. "
                             "It cannot score anything; train it again.")
    return values


def assign_by_layer(network, file):
    """Give every layer of a network its weights from the group ``model_weights``.

    Parameters
    ----------
    network : keras.Model
        Layers are found by name, weights by order.
    file : h5py.File
        In the layout that Keras 2 and 3 write to ``.h5``.

    Raises
    ------
    IntegrityError
        If weights are missing, left over, or of another shape.
    """
    stored = file.get("model_weights")
    if not isinstance(stored, h5py.Group):
        raise IntegrityError("the file has no group `model_weights`.")
    for layer in network.layers:
        if layer.weights:
            layer.set_weights(_weights_of(stored, layer))


def _weights_of(stored, layer):
    group = stored.get(layer.name)
    if not isinstance(group, h5py.Group):
        raise IntegrityError(f"layer {layer.name!r} has no weights in the file.")
    names = [name.decode() if isinstance(name, bytes) else str(name)
             for name in group.attrs.get("weight_names", ())]
    items = [group.get(name) for name in names]
    shapes = [getattr(item, "shape", None) for item in items]
    wanted = [tuple(weight.shape) for weight in layer.weights]
    if shapes != wanted:
        raise IntegrityError(f"weights of layer {layer.name!r} must have the shapes {wanted}. "
                             f"Received: {shapes}.")
    return [numbers(item) for item in items]
