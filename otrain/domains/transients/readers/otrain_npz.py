"""Read the candidates of a data cube: O'TRAIN's .npz, a cube folder, or .h5."""

import os
from pathlib import Path

from otrain.data.cubes.folder_store import MANIFEST
from otrain.data.files.safe_hdf5 import HDF5
from otrain.data.inputs.stacks import ZIP
from otrain.domains.transients.readers.cubes import class_names, count_rows, read_rows
from otrain.domains.transients.readers.gotorb import READER as GOTORB
from otrain.domains.transients.readers.stacks import holds_stack

__all__ = ["READER", "OtrainNpzReader"]


class OtrainNpzReader:
    """Reader of data cubes, so that a cube can be prepared or scored anew."""

    name = "otrain-npz"
    formats = ("npz", "hdf5", "cube-folder")

    def recognises(self, probe):
        """Return whether the file is an npz archive, an HDF5 cube or the manifest of a cube folder."""
        if probe.head.startswith(ZIP):
            return not holds_stack(probe.path)
        if probe.head.startswith(HDF5):
            return not GOTORB.recognises(probe) and not holds_stack(probe.path)
        return probe.path.endswith(MANIFEST) and os.path.basename(probe.path) == MANIFEST

    def count(self, probe):
        """Return the number of candidates, and notes on how they are read."""
        return count_rows(_place(probe.path))

    def classes(self, probe):
        """Return the names of the classes of a cube."""
        return class_names(_place(probe.path))

    def read(self, probe):
        """Yield the candidates, those of `probe.rows` only if given."""
        return read_rows(_place(probe.path), probe.rows)


def _place(path):
    """Return what `open_cube` takes for a file: the folder, for its manifest."""
    path = Path(path)
    return path.parent if path.name == MANIFEST else path


READER = OtrainNpzReader()
