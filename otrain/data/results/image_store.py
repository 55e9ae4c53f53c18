"""Probabilities of the pixels of many images, one array of an HDF5 file that grows."""

from contextlib import contextmanager

import numpy as np

from otrain.data.files.atomic import atomic_file
from otrain.data.files.safe_hdf5 import create_hdf5, open_hdf5
from otrain.data.results.side_files import KEY, NO_TABLE

__all__ = ["image_store", "read_images"]

FORMAT, NAME = 1, "probability"


@contextmanager
def image_store(path, *, kinds, meta):
    """Give ``write(images)``; the file appears whole or not at all.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.
    kinds : sequence of str
        What the last axis of the images is.
    meta : dict
        Plain values about the whole file: model_id, ...

    Yields
    ------
    callable
        Its ``of_table(hash)`` says to which table the file belongs.
        `images` (n, H, W, K) float32, in the order of the rows of the table beside it; NaN: no value.
    """
    with atomic_file(path) as temporary, create_hdf5(temporary) as file:
        file.attrs.update({"format": FORMAT, "kinds": list(kinds), **meta, KEY: NO_TABLE})

        def write(images):
            images = np.asarray(images, np.float32)
            if NAME not in file:
                file.create_dataset(NAME, shape=(0, *images.shape[1:]), maxshape=(None, *images.shape[1:]),
                                    chunks=(1, *images.shape[1:]), dtype="f4")
            stored = file[NAME]
            start = len(stored)
            stored.resize(start + len(images), axis=0)
            stored[start:] = images

        write.of_table = lambda table: file.attrs.update({KEY: table})
        yield write


def read_images(path):
    """Return the probabilities, (N, H, W, K) float32, and the names of the last axis."""
    with open_hdf5(path) as file:
        return file.array(NAME)[()], list(file.attribute("kinds", ()))
