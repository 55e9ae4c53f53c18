"""Read gotorb's folders: `data_stamps.h5` with the images and `data_labels.csv` beside it."""

from pathlib import Path

from otrain.data.files.safe_hdf5 import HDF5
from otrain.domains.transients.readers.cubes import count_rows, read_rows

__all__ = ["READER", "GotorbReader"]

IMAGES = "data_stamps.h5"
LABELS = "data_labels.csv"


class GotorbReader:
    """Reader of gotorb's training sets: many candidates in a pair of files.

    Channels are science, template, difference and, where present, the
    peak-to-peak, minimum and maximum of the individual exposures.
    """

    name = "gotorb"
    formats = ("hdf5",)

    def recognises(self, probe):
        """Return whether the file has gotorb's name and its table lies beside it."""
        if not probe.head.startswith(HDF5):  # asked of every file: nothing dear before this
            return False
        path = Path(probe.path)
        return path.name == IMAGES and path.with_name(LABELS).is_file()

    def count(self, probe):
        """Return the number of candidates, and notes on how they are read."""
        return count_rows(Path(probe.path).parent)

    def read(self, probe):
        """Yield the candidates, those of `probe.rows` only if given."""
        return read_rows(Path(probe.path).parent, probe.rows)


READER = GotorbReader()
