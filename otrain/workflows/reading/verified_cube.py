"""Recognise a data cube, and open one that nobody vouches for."""

import os

from otrain.data.cubes.datacube import open_cube
from otrain.data.cubes.folder_store import is_cube_folder
from otrain.data.cubes.gotorb_store import IMAGES
from otrain.data.cubes.sidecars import foreign_sidecars
from otrain.data.inputs.listing import is_one_source
from otrain.data.inputs.stacks import is_plain_stack
from otrain.engine.local import Done, run_restartable
from otrain.errors import IntegrityError

__all__ = ["CUBE_ENDINGS", "is_cube", "open_verified", "require_cube"]

CUBE_ENDINGS = (".npz", ".h5", ".hdf5")
OPENING = 30.0  # s to open and read a cube as HDF5, and more for a large one
SLOWEST = 2e7  # bytes / s
_HDF5 = b"\x89HDF"


def is_cube(source):
    """Tell whether a source is one data cube, not candidate files."""
    if not is_one_source(source):
        return False
    source = os.fsdecode(source)
    if os.path.isdir(source):
        return is_cube_folder(source) or os.path.isfile(os.path.join(source, IMAGES))
    return (os.path.isfile(source) and source.lower().endswith(CUBE_ENDINGS)
            and not is_plain_stack(source))


def open_verified(path, *, verified=True):
    """Return an open cube whose bytes were compared with its hashes, as `open_cube` does it.

    A note of the cube names files beside it that are of another one.

    Damage to an HDF5 file can send its library round in circles, or kill the process; such a
    file is read in a worker first.

    Raises
    ------
    DataError, IntegrityError
        If there is no cube, or it is broken, refused or changed.
    """
    file = os.path.join(path, IMAGES) if os.path.isdir(path) else path
    if _begins_as_hdf5(file):
        allowed = OPENING + os.stat(file).st_size / SLOWEST
        (_, result), = run_restartable(_open, [path], workers=1, timeout=allowed)
        if not isinstance(result, Done):
            raise IntegrityError(f"{path}: the HDF5 file is broken: {result.words} "
                                 "Copy or make the cube again.")
    cube = open_cube(path, verified=verified)
    if cube.meta.get("hashes") and (names := foreign_sidecars(cube)):
        cube.notes += (f"{', '.join(names)} beside {cube.path.name}: of another cube. A run that replaced "
                       "them was stopped in between. The cube is whole; make it again with --overwrite.",)
    return cube


def require_cube(path):
    """Refuse what is no data cube, by its beginning alone: before a network is opened, which may take long.

    Raises
    ------
    DataError, IntegrityError
        If there is no cube, or it is broken or refused.
    """
    open_verified(path, verified=False).close()


def _begins_as_hdf5(file):
    try:
        with open(file, "rb") as stream:
            return stream.read(4) == _HDF5
    except OSError:  # open_cube says what is wrong with it
        return False


def _open(path):
    open_cube(path, verified=True).close()
