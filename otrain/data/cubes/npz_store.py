"""Data cubes as one ``.npz``, as O'TRAIN 0.1 writes and reads them.

The images are stored without compression, so that their rows can be read by
position straight out of the archive; they begin at byte `ROOM`, whatever their
number. Plural names of columns occur only here.
"""

import errno
import os
import zipfile
import zlib
from contextlib import contextmanager

import numpy as np

from otrain.data.cubes.crc import extended_crc32
from otrain.data.cubes.meta import checked_shape, parse_meta
from otrain.data.cubes.npy_header import RefusedType, array_from, npy_header, read_npy_header
from otrain.data.cubes.positioned import MemoryImages, PositionedImages, Segment
from otrain.data.cubes.stored_columns import ColumnPlace
from otrain.data.files.safe_hdf5 import SizeRefused
from otrain.errors import ChecksumError, IntegrityError

__all__ = ["ROOM", "column_places", "complete_npz", "data_offset", "open_archive", "read_arrays", "read_npz",
           "require_size", "write_columns", "write_npz"]

PLURALS = {"mags": "mag", "errmags": "mag_err", "filters": "band", "fwhms": "fwhm", "candids": "candid"}
SINGULARS = {name: plural for plural, name in PLURALS.items()}

MAX_COLUMN_BYTES = 4 << 30
MAX_MEMORY_BYTES = 4 << 30  # of images that cannot be read by position
MAX_TEXT_BYTES = 1 << 24
MOST_PACKED, UNSUSPICIOUS = 50, 64 << 20  # times that an array larger than so many bytes may unpack to
ROOM = 4096  # bytes before the images: one page, so that images of whole pages lie in whole pages
_LOCAL_HEADER = 30  # bytes, before the name and the extra field
_ZIP64_FIELD = 20  # bytes: the extra field of a member that may be of any size
_MODE = 0o600 << 16  # file mode of a member, as zipfile sets it


def read_npz(path):
    """Return ``(images, labels, columns, meta or None, *notes)`` of a cube file.

    Columns carry their canonical names; labels are as stored (perhaps one-hot). A column of
    objects, which pandas hands to O'TRAIN for texts, is left out, and a note says so.

    Raises
    ------
    IntegrityError
        If the archive is broken, its sizes disagree, or its images or labels are objects.
    """
    with open_archive(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        for key in ("cube", "labels"):
            if f"{key}.npy" not in members:
                raise IntegrityError(f"{path}: no array {key!r} in it; not a data cube of otrain.")
        images = _images(archive, members.pop("cube.npy"), path, spelled="meta.npy" in members)
        arrays, notes = {}, []
        for name, info in members.items():
            if name.endswith(".npy"):
                try:
                    arrays[name.removesuffix(".npy")] = _array(archive, info, path)
                except RefusedType as error:
                    if name in ("labels.npy", "meta.npy") or "meta.npy" in members:
                        raise
                    notes.append(f"{error} The column is left out.")
    text = arrays.pop("meta", None)
    meta = None if text is None else parse_meta(_as_text(text, path), path, images.shape)
    labels = arrays.pop("labels")
    columns = {PLURALS.get(name, name): values for name, values in arrays.items()}
    return images, labels, columns, meta, *notes


def read_arrays(path, names):
    """Return some arrays of an ``.npz`` file that is no cube, by name; those that it lacks are absent.

    Parameters
    ----------
    path : path-like
    names : sequence of str
        The first of them must be there.

    Raises
    ------
    IntegrityError
        As for `read_npz`.
    """
    with open_archive(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if f"{names[0]}.npy" not in members:
            raise IntegrityError(f"{path}: no array {names[0]!r} in it.")
        return {name: _array(archive, members[f"{name}.npy"], path) for name in names
                if f"{name}.npy" in members}


def write_npz(temporary, batches, labels, columns, text, shape):
    """Write a cube file from a stream of images.

    Parameters
    ----------
    temporary : Path
        Where.
    batches : iterable of (k, *shape) float32 ndarray
    labels, columns : ndarray, dict of ndarray
    text : callable
        ``text() -> str``: the meta as JSON, asked for after the last batch.
    shape : tuple of int
        Shape of the whole array.
    """
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with archive.open(_member("cube"), "w", force_zip64=True) as stream:
            stream.write(_image_header(shape))
            for batch in batches:
                stream.write(memoryview(batch.reshape(-1).view(np.uint8)))
        _write_table(archive, labels, columns, text)


def complete_npz(path, crc, labels, columns, text, shape):
    """Make a cube file of a file that holds the images from `ROOM` on; other bytes are replaced.

    Parameters
    ----------
    path : path-like
        The file.
    crc : int
        CRC-32 of all images.
    labels, columns, text, shape
        As for `write_npz`, which gives the same bytes.
    """
    header, size = _image_header(shape), 4 * int(np.prod(shape, dtype=object))
    member = _member("cube")
    member.file_size = member.compress_size = len(header) + size
    member.CRC, member.external_attr = extended_crc32(zlib.crc32(header), crc, size), _MODE
    member.header_offset = 0
    with open(path, "r+b") as file:
        file.truncate(ROOM + size)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            file.write(member.FileHeader(zip64=True) + header)
            # Enter the member as if it had been written, and go on behind it.
            archive.filelist.append(member)
            archive.NameToInfo[member.filename] = member
            archive.start_dir = ROOM + size
            _write_table(archive, labels, columns, text)


def column_places(path, rows):
    """Return where every array of a table file lies, by name, without reading its values.

    Raises
    ------
    IntegrityError
        If the archive is broken, or an array has another length or cannot be read by position.
    """
    places = {}
    with open_archive(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            with archive.open(info) as stream:
                shape, _, dtype, header = read_npy_header(stream, f"{path}: {name}")
            size = require_size(info, header, shape, dtype, f"{path}: {name}")
            if shape != (rows,) or size > MAX_COLUMN_BYTES or info.compress_type != zipfile.ZIP_STORED:
                raise IntegrityError(f"{path}: {name} must have {rows} entries, stored plainly. Received: "
                                     f"shape {shape}, {info.compress_size} of {info.file_size} bytes stored.")
            places[name] = ColumnPlace(data_offset(path, info), header, dtype, info.CRC)
    if "labels" not in places:
        raise IntegrityError(f"{path}: no labels in it. Make the cube again.")
    return places


def write_columns(path, arrays):
    """Write a table file: one array per name, all of the same length."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        _write_arrays(archive, arrays)


@contextmanager
def open_archive(path):
    """Open an archive whose many ways to be broken all become one error.

    Raises
    ------
    IntegrityError
        Also from within the block, for what is wrong with the archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _require_total(archive, path)
            yield archive
    except IntegrityError:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OverflowError,
            RuntimeError, ValueError, zlib.error) as error:
        kind = ChecksumError if "Bad CRC-32" in str(error) else IntegrityError
        raise kind(f"{path}: broken archive ({error}). Copy or make the cube again.") from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # zipfile seeks to where the archive tells it
            raise
        raise IntegrityError(f"{path}: the archive points outside itself. "
                             "Copy or make the cube again.") from None


def _require_total(archive, path):
    """Refuse members that together unpack to far more than the file: they may all be the same bytes."""
    total, whole = sum(info.file_size for info in archive.infolist()), os.stat(path).st_size
    if total > max(UNSUSPICIOUS, MOST_PACKED * whole):
        raise SizeRefused(f"{path}: refused, {whole} bytes unpack to {total}. Save it without compression.")


def _write_table(archive, labels, columns, text):
    arrays = {"labels": labels}
    arrays |= {SINGULARS.get(name, name): values for name, values in columns.items()}
    _write_arrays(archive, arrays | {"meta": np.array(text())})


def _write_arrays(archive, arrays):
    for name, values in arrays.items():
        with archive.open(_member(name), "w", force_zip64=True) as stream:
            np.lib.format.write_array(stream, np.asanyarray(values), allow_pickle=False)


def _member(name):
    # A fixed date: the same cube gives the same bytes.
    return zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))


def _image_header(shape):
    """Return the array's own header, so long that the images begin at `ROOM`."""
    return npy_header(shape, "<f4", ROOM - _LOCAL_HEADER - len("cube.npy") - _ZIP64_FIELD)


def _images(archive, info, path, *, spelled):
    """Images by position if they are stored plainly in C order, else from memory."""
    with archive.open(info) as stream:
        shape, fortran, dtype, header = read_npy_header(stream, f"{path}: cube")
        if dtype.kind not in "fiu":
            raise IntegrityError(f"{path}: images must be numbers. Received: {dtype}.")
        if len(shape) == 3 and not spelled:  # (N, H, W) of O'TRAIN: its one channel is not spelled out
            shape = (*shape, 1)
        shape = checked_shape(shape, dtype.itemsize, path)
        size = require_size(info, header, shape, dtype, f"{path}: cube")
        if fortran or info.compress_type != zipfile.ZIP_STORED:
            return MemoryImages(_decompressed(stream, size, dtype, shape, fortran, path))
    offset = data_offset(path, info) + header
    return PositionedImages([Segment(path, offset, shape[0])], shape[1:], dtype)


def _decompressed(stream, size, dtype, shape, fortran, path):
    if size > MAX_MEMORY_BYTES:
        raise IntegrityError(f"{path}: {size / 1e9:.1f} GB of compressed images cannot be read by position. "
                             "Save the cube without compression.")
    return array_from(_exactly(stream, size, path), dtype, shape, fortran)


def require_size(info, header, shape, dtype, where):
    """Return the bytes of an array, after checking them against the archive's own figure.

    Raises
    ------
    IntegrityError
        If the two differ, or few bytes unpack to very many.
    """
    size = dtype.itemsize
    for n in shape:
        size *= int(n)
    if info.file_size > UNSUSPICIOUS and info.file_size > MOST_PACKED * max(info.compress_size, 1):
        raise IntegrityError(f"{where}: refused, {info.compress_size} bytes unpack to {info.file_size}. "
                             "Save the cube without compression.")
    if info.file_size != header + size:
        raise IntegrityError(f"{where}: an array of shape {tuple(shape)} and type {dtype} needs "
                             f"{header + size} bytes. Received: {info.file_size} bytes.")
    return size


def data_offset(path, info):
    """Return where the data of a stored member begin, from its local header [byte].

    Raises
    ------
    IntegrityError
        If they cannot lie there.
    """
    with open(path, "rb") as file:
        file.seek(info.header_offset)
        local = file.read(_LOCAL_HEADER)
        end = info.header_offset + _LOCAL_HEADER + int.from_bytes(local[26:28], "little") + int.from_bytes(
            local[28:30], "little")
        if (len(local) < _LOCAL_HEADER or local[:4] != b"PK\3\4" or info.compress_size != info.file_size
                or end + info.file_size > os.fstat(file.fileno()).st_size):
            raise IntegrityError(f"{path}: the archive says that {info.filename} lies where it cannot. "
                                 "Copy or make the cube again.")
    return end


def _array(archive, info, path):
    """One small array, checked by the archive's CRC."""
    where = f"{path}: {info.filename.removesuffix('.npy')}"
    with archive.open(info) as stream:
        shape, fortran, dtype, header = read_npy_header(stream, where)
        size = require_size(info, header, shape, dtype, where)
        if size > MAX_COLUMN_BYTES:
            raise IntegrityError(f"{where}: {size / 1e9:.1f} GB is too large for a column.")
        data = _exactly(stream, size, where)
    return array_from(data, dtype, shape, fortran)


def _exactly(stream, size, where):
    data = stream.read(size)
    if len(data) != size or stream.read(1):
        raise IntegrityError(f"{where}: truncated: {size} bytes are announced. Received: {len(data)}.")
    return data


def _as_text(array, path):
    if array.ndim or array.dtype.kind != "U" or array.nbytes > MAX_TEXT_BYTES:
        raise IntegrityError(f"{path}: `meta` must be one text. "
                             f"Received: {array.dtype} of shape {array.shape}.")
    return str(array[()])
