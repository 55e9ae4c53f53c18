"""Data cubes as one HDF5 file, for exchange: ``images``, ``labels``, a group ``columns``."""

import os
import threading

import numpy as np

from otrain.data.cube_meta import checked_shape, parse_meta
from otrain.data.positioned import checked_rows
from otrain.errors import IntegrityError

__all__ = ["WindowedImages", "open_h5", "read_h5", "require_plain", "write_h5"]

WINDOW_BYTES = 1 << 20
MAX_RATIO = 1100  # gzip cannot shrink data further than that
_FILTERS = {1, 2, 3, 32000}  # deflate, shuffle, fletcher32, lzf: h5py brings them


class WindowedImages:
    """Images of an HDF5 data set, read in windows of neighbouring rows.

    Parameters
    ----------
    file : h5py.File
        Closed by `close`.
    images : h5py.Dataset
        ``(N, ..., C)``.
    """

    def __init__(self, file, images):
        self._file, self._images = file, images
        self.rows, self.shape = images.shape[0], tuple(images.shape[1:])
        self._window = images.chunks[0] if images.chunks else 256
        self._lock = threading.Lock()  # tf.data may ask from several threads

    def read(self, rows):
        """Return ``(len(rows), ..., C)`` float32; each window of the file is read once."""
        rows = checked_rows(rows, self.rows)
        out = np.empty((len(rows), *self.shape), np.float32)
        order = np.argsort(rows, kind="stable")
        windows = rows[order] // self._window
        for part in np.split(order, np.flatnonzero(np.diff(windows)) + 1):
            if len(part):
                first, last = int(rows[part[0]]), int(rows[part[-1]])
                with self._lock:
                    block = self._images[first:last + 1]
                out[part] = block[rows[part] - first]
        return out

    def close(self):
        """Close the file."""
        self._file.close()


def open_h5(path):
    """Open an HDF5 file for reading.

    Raises
    ------
    IntegrityError
        If it is none, or broken.
    """
    import h5py

    try:
        return h5py.File(path, "r")
    except (OSError, RuntimeError, ValueError) as error:
        raise IntegrityError(f"{path}: cannot be opened as HDF5 ({error}). "
                             "Copy or make the file again.") from None


def require_plain(group, name, path):
    """Return a data set that lies in the file itself and is as large as it says.

    Raises
    ------
    IntegrityError
        If it is missing, a link, virtual, stored elsewhere or impossibly large.
    """
    import h5py

    try:
        link = group.get(name, getlink=True)
        if link is None:
            raise KeyError(name)
        if not isinstance(link, h5py.HardLink):
            raise IntegrityError(f"{path}: {name!r} is a link; otrain follows none.")
        found = group[name]
        if not isinstance(found, h5py.Dataset):
            raise IntegrityError(f"{path}: {name!r} is not an array.")
        creation = found.id.get_create_plist()
        filters = {creation.get_filter(i)[0] for i in range(creation.get_nfilters())}
        if found.is_virtual or found.external or not filters <= _FILTERS:
            raise IntegrityError(f"{path}: {name!r} keeps its data elsewhere "
                                 "or in an unknown compression.")
        if found.size and found.nbytes > MAX_RATIO * max(found.id.get_storage_size(), 1):
            raise IntegrityError(f"{path}: {name!r} claims {found.nbytes} bytes. "
                                 f"Received: {found.id.get_storage_size()} bytes.")
    except KeyError:
        raise IntegrityError(f"{path}: no array {name!r} in it; not a data cube of otrain.") from None
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        if isinstance(error, IntegrityError):
            raise
        raise IntegrityError(f"{path}: {name!r} cannot be read ({error}).") from None
    return found


def read_h5(path):
    """Return ``(images, labels, columns, meta)`` of a cube file.

    Raises
    ------
    IntegrityError
        If the file is broken, or holds links, virtual or external data.
    """
    file = open_h5(path)
    try:
        images = require_plain(file, "images", path)
        shape = checked_shape(images.shape, images.dtype.itemsize, path)
        if images.dtype.kind not in "fiu":
            raise IntegrityError(f"{path}: images must be numbers. Received: {images.dtype}.")
        meta = parse_meta(file.attrs.get("meta", ""), path, shape[1:])
        labels = require_plain(file, "labels", path)[()]
        columns = {name: _column(file["columns"], name, path) for name in _names(file, path)}
        return WindowedImages(file, images), labels, columns, meta
    except BaseException as error:
        file.close()
        if isinstance(error, (OSError, RuntimeError, KeyError, TypeError)):
            raise IntegrityError(f"{path}: broken HDF5 file ({error}). Copy or make it again.") from None
        raise


def write_h5(temporary, batches, labels, columns, text, shape):
    """Write a cube file from a stream of images; parameters as for `write_npz`."""
    import h5py

    row = 4 * int(np.prod(shape[1:]))
    window = max(1, min(WINDOW_BYTES // row, max(shape[0], 1)))
    with h5py.File(_created(temporary, h5py)) as file:
        images = file.create_dataset("images", shape, "<f4", chunks=(window, *shape[1:]))
        row = 0
        for batch in _whole_windows(batches, window):
            images[row:row + len(batch)] = batch
            row += len(batch)
        file["labels"] = np.asarray(labels, "<i8")
        group = h5py.Group(h5py.h5g.create(file.id, b"columns", gcpl=_ordered(h5py.h5p.GROUP_CREATE, h5py)))
        for name, values in columns.items():
            if values.dtype.kind == "U":
                group.create_dataset(name, data=_encoded(values), dtype=h5py.string_dtype())
            else:
                group[name] = values
        file.attrs["meta"] = text()


def _created(path, h5py):
    return h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, fcpl=_ordered(h5py.h5p.FILE_CREATE, h5py))


def _ordered(kind, h5py):
    """Return properties of a group that keeps the order of its members and no times, so that bytes repeat."""
    properties = h5py.h5p.create(kind)
    order = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
    properties.set_link_creation_order(order)
    properties.set_attr_creation_order(order)
    properties.set_obj_track_times(False)
    return properties


def _encoded(values):
    """Text as UTF-8; names of files may hold bytes that are no text (surrogates)."""
    return np.array([text.encode("utf-8", "surrogatepass") for text in values.tolist()], dtype=object)


def _whole_windows(batches, window):
    """Yield multiples of a window where possible: a window written twice is read in between."""
    rest = None
    for batch in batches:
        joined = batch if rest is None else np.concatenate([rest, batch])
        whole = len(joined) - len(joined) % window
        if whole:
            yield joined[:whole]
        rest = joined[whole:].copy()
    if rest is not None and len(rest):
        yield rest


def _names(file, path):
    import h5py

    if not isinstance(file.get("columns", getlink=True), h5py.HardLink) or not isinstance(
            file["columns"], h5py.Group):
        raise IntegrityError(f"{path}: no group 'columns' in it; not a data cube of otrain.")
    return list(file["columns"])


def _column(group, name, path):
    found = require_plain(group, name, path)
    if found.dtype.kind == "O":
        if found.dtype.metadata is None or "vlen" not in found.dtype.metadata:
            raise IntegrityError(f"{path}: column {name!r} is neither numbers nor text.")
        return np.array(found.asstr(errors="surrogatepass")[()], dtype=np.str_)
    if found.dtype.kind not in "fiub":
        raise IntegrityError(f"{path}: column {name!r} is neither numbers nor text.")
    return found[()]
