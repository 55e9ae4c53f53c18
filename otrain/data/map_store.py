"""Maps of probability along light curves, one group of an HDF5 file for each curve."""

from contextlib import contextmanager

import numpy as np

from otrain.data.atomic import atomic_file
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
        `time` (n,) [d], `flux` (n,), `probability` (K, n) float32; NaN where there is no value.
    """
    import h5py

    with atomic_file(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update({"format": FORMAT, "kinds": list(kinds), **meta})
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

        yield write


def read_map(path, name):
    """Return ``time flux probability`` of one curve and the kinds of its rows.

    Raises
    ------
    DataError
        If the file has no such curve.
    """
    import h5py

    with h5py.File(path, "r") as file:
        key = name.replace("/", "|")
        if not isinstance(file.get(key, getlink=True), h5py.HardLink):
            raise DataError(f"{path}: no curve of the name {name!r}. It has {len(file)}, such as "
                            f"{', '.join(list(file)[:3])}.")
        group = file[key]
        return {part: group[part][()] for part in ("time", "flux", "probability")}, list(file.attrs["kinds"])
