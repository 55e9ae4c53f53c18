"""Maps of probability along light curves, one group of an HDF5 file for each curve."""

from contextlib import contextmanager

import numpy as np

from otrain.data.files.atomic import atomic_file
from otrain.data.files.safe_hdf5 import create_hdf5, open_hdf5
from otrain.data.results.side_files import KEY, NO_TABLE
from otrain.errors import DataError

__all__ = ["map_store", "read_map"]

FORMAT = 1


@contextmanager
def map_store(path, *, kinds, meta):
    """Give ``write(name, time, flux, probability, attributes)``; the file appears whole or not at all.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.
    kinds : sequence of str
        What the rows of `probability` are.
    meta : dict
        Plain values about the whole file: model_id, ...

    Yields
    ------
    callable
        Its ``of_table(hash)`` says to which table the file belongs.
        `time` (n,) [d], `flux` (n,), `probability` (K, n) float32; NaN where there is no value.
    """
    with atomic_file(path) as temporary, create_hdf5(temporary) as file:
        file.attrs.update({"format": FORMAT, "kinds": list(kinds), **meta, KEY: NO_TABLE})
        names = set()

        def write(name, time, flux, probability, attributes):
            # A slash would make a group within a group.
            key = name.replace("/", "|") or "curve"
            while key in names:
                key += "'"
            names.add(key)
            group = file.create_group(key)
            group.attrs.update(attributes | {"name": name})
            group.create_dataset("time", data=np.asarray(time, np.float64))
            group.create_dataset("flux", data=np.asarray(flux, np.float32))
            group.create_dataset("probability", data=np.asarray(probability, np.float32))

        write.of_table = lambda table: file.attrs.update({KEY: table})
        yield write


def read_map(path, name):
    """Return ``time flux probability`` of one curve and the kinds of its rows.

    Raises
    ------
    DataError
        If the file has no such curve.
    """
    with open_hdf5(path) as file:
        key = name.replace("/", "|")
        if key not in file:
            names = file.names()
            raise DataError(f"{path}: no curve of the name {name!r}. It has {len(names)}, such as "
                            f"{', '.join(names[:3])}.")
        group = file.group(key)
        return {part: group.array(part)[()] for part in ("time", "flux", "probability")}, \
            list(file.attribute("kinds", ()))
