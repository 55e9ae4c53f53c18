"""Numbers read from an HDF5 file that nobody vouches for: links, sizes and values are checked."""

from contextlib import contextmanager

import h5py
import numpy as np

from otrain.errors import IntegrityError

__all__ = ["assign_by_layer", "open_checked"]

MOST_OBJECTS = 20_000
DEEPEST = 16
LARGEST = 1 << 28  # bytes of weights: 67 million of them
LARGEST_FILE = 3 * LARGEST  # bytes: the optimiser's state may be twice the weights


@contextmanager
def open_checked(source):
    """Open an HDF5 file of weights for reading, after looking at everything in it.

    Parameters
    ----------
    source : path-like or binary file

    Yields
    ------
    h5py.File

    Raises
    ------
    IntegrityError
        If it is no HDF5 file, or holds links, external, virtual or compressed
        data, or more than a network would.
    """
    try:
        file = h5py.File(source, "r")
    except OSError as error:
        raise IntegrityError(f"not a readable HDF5 file: {error}") from None
    with file:
        size, count = _survey(file, 0)
        if size > LARGEST_FILE or count > MOST_OBJECTS:
            raise IntegrityError(f"refused: {count} objects and {size / 1e6:.0f} MB of weights are more "
                                 f"than the {MOST_OBJECTS} and {LARGEST_FILE / 1e6:.0f} MB allowed.")
        yield file


def _survey(group, depth):
    """Return bytes and number of objects below a group; refuse what is not plain data."""
    if depth > DEEPEST:
        raise IntegrityError(f"refused: groups are nested more than {DEEPEST} deep.")
    size, count = 0, len(group)
    for name in group if count <= MOST_OBJECTS else ():
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise IntegrityError(f"refused: {group.name}/{name} is a link to somewhere else.")
        item = group[name]
        if isinstance(item, h5py.Group):
            below = _survey(item, depth + 1)
            size, count = size + below[0], count + below[1]
        elif not isinstance(item, h5py.Dataset) or item.external or item.is_virtual or item.chunks:
            raise IntegrityError(f"refused: {item.name} is not plain contiguous data.")
        elif item.dtype.kind not in "fiub":
            raise IntegrityError(f"refused: {item.name} holds {item.dtype}, and a network has numbers only.")
        else:
            size += item.nbytes
        if count > MOST_OBJECTS:
            break
    return size, count


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
