"""Arrays of strangers in one file, ``.npy``, ``.npz`` or HDF5, of which some rows are read at a time."""

import math
import os
import zipfile
from dataclasses import dataclass

import numpy as np

from otrain.data.cubes.npy_header import RefusedType, array_from, read_npy_header
from otrain.data.cubes.npz_store import data_offset, open_archive, require_size
from otrain.data.files.safe_hdf5 import HDF5, open_hdf5
from otrain.errors import IntegrityError, OtrainError

__all__ = ["NPY", "ZIP", "ArrayInfo", "Stack", "is_plain_stack", "open_stack"]

NPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"
LARGEST_COLUMN = 1 << 30  # bytes of an array that is read whole
LARGEST_IN_MEMORY = 4 << 30  # bytes of compressed images
MOST_ARRAYS = 1000
_STEP = 1 << 22  # bytes that are summed at a time
DEEPEST = 2  # groups within groups
MOST_CHANNELS = 16
MASKS = {"mask", "masks", "bitmask", "dq", "badpix", "flags"}  # arrays that mark pixels


@dataclass(frozen=True)
class ArrayInfo:
    """Shape and type of an array, known before it is read.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
        Kind ``"O"`` stands for text of any length in HDF5.
    """

    shape: tuple
    dtype: np.dtype


class Stack:
    """The arrays of an open file.

    Attributes
    ----------
    infos : dict of str to ArrayInfo
        Those that hold numbers or text, by name; the only one of an ``.npy`` has the name ``""``.
    refused : tuple of str
        Names of arrays that hold objects.
    """

    def __init__(self, infos, refused, read, close):
        self.infos, self.refused, self._read, self._close = infos, tuple(refused), read, close
        self._open = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the file."""
        self._open.clear()
        self._close()

    def rows(self, name, start=0, stop=None):
        """Return rows of an array; the file stays open for further ones.

        Raises
        ------
        IntegrityError
            If the file is broken, or an array is larger than its bytes can hold.
        """
        if name not in self._open:
            self._open[name] = self._read(name)
        found = self._open[name][start:stop]
        if self.infos[name].dtype.kind == "O":
            return np.array([one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)
                             for one in found.ravel().tolist()]).reshape(found.shape)
        return np.asarray(found)

    def column(self, name):
        """Return a whole array of at most a gigabyte."""
        info = self.infos[name]
        if info.dtype.itemsize * math.prod(info.shape) > LARGEST_COLUMN:
            raise IntegrityError(f"the array {name!r} is too large for a column.")
        return self.rows(name)


def open_stack(path):
    """Open a file of arrays.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Stack

    Raises
    ------
    IntegrityError
        If it is none of the three kinds, or broken.
    """
    with open(path, "rb") as file:
        head = file.read(8)
    if head.startswith(NPY):
        return _open_npy(path)
    if head.startswith(ZIP):
        return _open_npz(path)
    if head.startswith(HDF5):
        return _open_hdf5(path)
    raise IntegrityError(f"{path}: neither .npy, .npz nor HDF5. It begins with {head!r}.")


def is_plain_stack(path):
    """Return whether an ``.npz`` or HDF5 file holds arrays of somebody's own, and is no data cube.

    What cannot be opened is not: whoever reads it as a cube says what is wrong with it.
    """
    try:
        with open_stack(path) as stack:
            names = stack.infos.keys()
            is_cube = "cube" in names or ("images" in names and any(name.startswith("columns/")
                                                                    for name in names))
            return bool(names) and (not is_cube or _is_made_by_others(stack.infos))
    except (OtrainError, OSError):
        return False


def _is_made_by_others(infos):
    """Return whether a cube without meta has its channels first, or masks beside it, as none of O'TRAIN."""
    if "cube" not in infos or "meta" in infos:
        return False
    shape = infos["cube"].shape
    first = len(shape) == 4 and shape[1] < shape[2] == shape[3] and shape[1] <= MOST_CHANNELS
    sizes = (shape[:3], (shape[0], *shape[2:]))
    return first or any(name.lower() in MASKS and info.shape[:3] in sizes for name, info in infos.items())


def _open_npy(path):
    with open(path, "rb") as file:
        shape, fortran, dtype, offset = read_npy_header(file, str(path))
        size = offset + dtype.itemsize * math.prod(map(int, shape))
        if os.fstat(file.fileno()).st_size < size:
            raise IntegrityError(f"{path}: truncated: an array of shape {shape} and type {dtype} needs "
                                 f"{size} bytes. Received: {os.fstat(file.fileno()).st_size}.")

    def read(name):
        return _mapped(path, dtype, offset, shape, fortran)

    return Stack({"": ArrayInfo(tuple(shape), dtype)}, (), read, lambda: None)


def _mapped(path, dtype, offset, shape, fortran):
    if not math.prod(shape):
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", offset, tuple(map(int, shape)), "F" if fortran else "C")


def _open_npz(path):
    infos, members, refused = {}, {}, []
    with open_archive(path) as archive:
        listed = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        if len(listed) > MOST_ARRAYS:
            raise IntegrityError(f"{path}: {len(listed)} arrays; at most {MOST_ARRAYS} are read.")
        for info in listed:
            name = info.filename.removesuffix(".npy")
            try:
                with archive.open(info) as stream:
                    shape, fortran, dtype, length = read_npy_header(stream, f"{path}: {name}")
            except RefusedType:
                refused.append(name)
                continue
            require_size(info, length, shape, dtype, f"{path}: {name}")
            infos[name], members[name] = ArrayInfo(tuple(shape), dtype), (info, fortran, length)

    def read(name):
        (info, fortran, length), (shape, dtype) = members[name], (infos[name].shape, infos[name].dtype)
        if info.compress_type == zipfile.ZIP_STORED and dtype.kind in "fiub":
            _check_sum(path, info)
            return _mapped(path, dtype, data_offset(path, info) + length, shape, fortran)
        if info.file_size > LARGEST_IN_MEMORY:
            raise IntegrityError(f"{path}: {info.file_size / 1e9:.1f} GB of compressed data cannot be read "
                                 "by position. Save them without compression (numpy.savez).")
        with open_archive(path) as archive:
            data = archive.read(info)
        return array_from(memoryview(data)[length:], dtype, shape, fortran)

    return Stack(infos, refused, read, lambda: None)


def _check_sum(path, info):
    """Compare an array with its checksum, which nobody does who reads it by position."""
    with open_archive(path) as archive, archive.open(info) as stream:
        while stream.read(_STEP):
            pass


def _open_hdf5(path):
    file = open_hdf5(path)
    infos, refused = {}, []
    try:
        _list_hdf5(file, "", infos, refused, 0)
    except BaseException:
        file.close()
        raise

    def read(name):
        kind = infos[name].dtype.kind
        return file.array(name, kinds="O" if kind == "O" else "fiubSU")

    return Stack(infos, refused, read, file.close)


def _list_hdf5(group, prefix, infos, refused, depth):
    """Collect the arrays of a group and of the groups within it."""
    for name in group.names():
        if len(infos) > MOST_ARRAYS:
            raise IntegrityError(f"more than {MOST_ARRAYS} arrays in one file.")
        try:
            found = group.array(name, kinds="fiubSUO")
            infos[prefix + name] = ArrayInfo(tuple(found.shape), found.dtype)
            continue
        except IntegrityError:
            pass  # a group, or what must not be read
        try:
            inside = group.group(name)
        except IntegrityError:
            refused.append(prefix + name)
            continue
        if depth < DEEPEST:
            _list_hdf5(inside, f"{prefix}{name}/", infos, refused, depth + 1)
