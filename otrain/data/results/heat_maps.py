"""Heat maps as files: the folders that O'TRAIN made, and the numbers behind the pictures."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain.data.cubes.npy_header import npy_header
from otrain.errors import DataError, IntegrityError

__all__ = ["OUTCOMES", "HeatMapDirectory", "read_heat_maps", "write_heat_maps"]

OUTCOMES = {"TP": "True Positive", "TN": "True Negative", "FP": "False Positive", "FN": "False Negative"}


@dataclass(frozen=True)
class HeatMapDirectory:
    """The folder ``<cam_path>/grad_cam``: the only place that spells the names in it.

    Parameters
    ----------
    path : Path
        The folder itself.
    """

    path: Path

    @classmethod
    def below(cls, cam_path):
        """Return the folder below what the user names."""
        return cls(Path(cam_path) / "grad_cam")

    def images(self, outcome):
        """Return the folder of the overlays of one outcome: ``TP TN FP FN``."""
        return self.path / OUTCOMES[outcome]

    def group(self, name):
        """Return the folder of the overlays of a group of examples that has no outcome."""
        return self.path / name

    @property
    def maps_npz(self):
        """The maps as numbers, one row per overlay."""
        return self.path / "heat_maps.npz"

    @property
    def explanation_json(self):
        """What was asked, and whether the maps mean anything."""
        return self.path / "explanation.json"

    @property
    def explanation_png(self):
        """The same as a figure."""
        return self.path / "explanation.png"


def write_heat_maps(path, batches, shape, columns):
    """Write maps and one row of columns each to an ``.npz``, as the maps come.

    Parameters
    ----------
    path : Path
    batches : iterable of (k, H, W) float32 ndarray
        ``shape[0]`` maps in all.
    shape : tuple of int
        ``(N, H, W)``.
    columns : dict of str to (N,) ndarray
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with archive.open(_member("maps"), "w", force_zip64=True) as stream:
            stream.write(npy_header(shape, "<f4"))
            for maps in batches:
                stream.write(np.ascontiguousarray(maps, "<f4").tobytes())
        for name, values in columns.items():
            with archive.open(_member(name), "w") as stream:
                np.lib.format.write_array(stream, np.asarray(values), allow_pickle=False)


def _member(name):
    # A fixed date: the same maps give the same bytes.
    return zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))


def read_heat_maps(path):
    """Return what `write_heat_maps` wrote: ``maps`` and the columns, by name.

    Raises
    ------
    DataError
        If there is no such file.
    IntegrityError
        If it is broken, or its arrays have different lengths.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise DataError(f"{path}: no heat maps. Make them with otrain-grad-cam.") from None
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise IntegrityError(f"{path}: the heat maps cannot be read ({error!s:.120}). "
                             "Run otrain-grad-cam again.") from None
    lengths = {name: len(values) if values.ndim else 0 for name, values in arrays.items()}
    if "maps" not in arrays or len(set(lengths.values())) != 1:
        raise IntegrityError(f"{path}: not a file of heat maps: one array `maps` and as many rows in all "
                             f"others. Received: {lengths}.")
    return arrays
