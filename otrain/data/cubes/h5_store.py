"""Data cubes as one HDF5 file, for exchange: ``images``, ``labels``, a group ``columns``."""

import os
import threading

import numpy as np

from otrain.data.cubes.meta import checked_shape, parse_meta
from otrain.data.cubes.positioned import checked_rows, is_converted
from otrain.data.files.safe_hdf5 import create_hdf5, is_text, open_hdf5, ordered_group
from otrain.errors import IntegrityError

__all__ = ["WindowedImages", "read_h5", "write_h5"]

WINDOW_BYTES = 1 << 20
LARGEST_COLUMN = 4 << 30  # bytes
MOST_PACKED, UNSUSPICIOUS = 50, 64 << 20  # times the file that a column larger than so many bytes may have


class WindowedImages:
    """Images of an HDF5 data set, read in windows of neighbouring rows.

    Parameters
    ----------
    file : Hdf5File
        Closed by `close`.
    images : h5py.Dataset
        ``(N, ..., C)``.
    """

    def __init__(self, file, images):
        self._file, self._images = file, images
        self.rows, self.shape = images.shape[0], tuple(images.shape[1:])
        self.converted = is_converted(images.dtype)
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
                with np.errstate(over="ignore", invalid="ignore"):
                    out[part] = block[rows[part] - first]
        return out

    def close(self):
        """Close the file."""
        self._file.close()


def read_h5(path):
    """Return ``(images, labels, columns, meta)`` of a cube file.

    Raises
    ------
    IntegrityError
        If the file is broken, or holds links, virtual or external data.
    """
    file = open_hdf5(path)
    try:
        if any(name not in file for name in ("images", "labels", "columns")):
            raise IntegrityError(f"{path}: not a data cube of otrain: it needs images, labels and columns. "
                                 f"Received: {', '.join(file.names()[:8])}.")
        images = file.array("images")
        shape = checked_shape(images.shape, images.dtype.itemsize, path)
        if images.dtype.kind == "b":
            raise IntegrityError(f"{path}: images must be numbers. Received: {images.dtype}.")
        meta = parse_meta(file.attribute("meta", ""), path, shape[1:])
        largest = min(LARGEST_COLUMN, max(UNSUSPICIOUS, MOST_PACKED * os.stat(path).st_size))
        labels = file.array("labels", largest=largest)[()]
        table = file.group("columns")
        columns = {name: _column(table, name, path, largest) for name in table.names()}
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
    with create_hdf5(temporary) as file:
        images = file.create_dataset("images", shape, "<f4", chunks=(window, *shape[1:]))
        row = 0
        for batch in _whole_windows(batches, window):
            images[row:row + len(batch)] = batch
            row += len(batch)
        file["labels"] = np.asarray(labels, "<i8")
        group = ordered_group(file, "columns")
        for name, values in columns.items():
            if values.dtype.kind == "U":
                group.create_dataset(name, data=_encoded(values), dtype=h5py.string_dtype())
            else:
                group[name] = values
        file.attrs["meta"] = text()


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


def _column(group, name, path, largest):
    found = group.array(name, kinds="fiubO", largest=largest)
    if is_text(found.dtype):
        texts = found.asstr(errors="surrogatepass")[()].tolist()
        longest = max(map(len, texts), default=1)
        if 4 * longest * len(texts) > largest:
            raise IntegrityError(f"{path}: column {name!r} has texts of {longest} letters; refused.")
        return np.array(texts, dtype=np.str_)
    return found[()]
