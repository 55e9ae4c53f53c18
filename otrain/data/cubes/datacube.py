"""The data cube: examples, labels, one row of columns each, and what they mean.

Four stores lie behind one interface: ``.npz`` as O'TRAIN writes it, a folder of
shards, ``.h5`` for exchange, and gotorb's folder. Opening reads labels and
columns; images are read row by row when they are asked for.
"""

import hashlib
import json
import math
from functools import cached_property
from pathlib import Path

import numpy as np

from otrain.data.cubes import folder_store, gotorb_store, h5_store, npz_store
from otrain.data.cubes.meta import checked_meta, default_meta, hash_table, identity_of, row_digests
from otrain.data.cubes.positioned import MemoryImages, as_float32, is_converted
from otrain.data.cubes.table import NO_VALUE, check_classes, checked_table, class_indices, legacy_columns
from otrain.data.files.atomic import atomic_file, atomic_folder, require_absent, require_room
from otrain.data.files.safe_hdf5 import HDF5
from otrain.errors import ChecksumError, DataError, IntegrityError

__all__ = ["MARKERS", "STORES", "DataCube", "open_cube", "write_cube"]

STORES = ("npz", "folder", "h5", "gotorb")
MARKERS = (folder_store.MANIFEST, gotorb_store.IMAGES)  # a folder with neither is no cube
_BATCH_BYTES = 8 << 20


class DataCube:
    """Labelled examples with their columns and their meaning; read-only.

    Made by `open_cube` or `DataCube.from_arrays`.

    Attributes
    ----------
    labels : (N,) int64 ndarray
        Index into `classes`, or -1 where the class is not known.
    columns : mapping of str to (N,) ndarray
        Values by canonical name; missing: NaN, ``""``, False or -1. Those of a large cube
        folder are read whenever they are asked for: use `columns_of` for some rows.
    meta : dict
        Domain, task, classes, channels, preparation, provenance.
    path : Path or None
        Where the cube lies; None in memory.
    notes : tuple of str
        What a person must know about how it was read.
    """

    def __init__(self, images, labels, columns, meta, path=None, *, notes=(), unprepared=False):
        self._images, self._unprepared, self.notes = images, unprepared, tuple(notes)
        self.labels, self.columns, self.meta, self.path = labels, columns, meta, path

    @classmethod
    def from_arrays(cls, images, labels, columns=None, meta=None):
        """Return a cube in memory.

        Parameters
        ----------
        images : (N, ..., C) ndarray
            Kept as float32; NaN marks a pixel without a value.
        labels : (N,) ints
        columns : dict of (N,) arrays, optional
        meta : dict, optional
            What is missing gets its default.

        Raises
        ------
        DataError
            If a length differs from that of `images`.
        """
        wide = np.asarray(images)
        images = np.ascontiguousarray(as_float32(wide))
        if is_converted(wide.dtype):
            images[np.isinf(images)] = np.nan  # a copy: the caller's own array has another type
        labels, columns = checked_table(labels, columns or {}, len(images))
        return cls(MemoryImages(images), labels, columns, checked_meta(meta or {}, images.shape[1:]))

    def __len__(self):
        return self._images.rows

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __repr__(self):
        return f"<DataCube {self.path or 'in memory'}: {len(self)} x {self.shape}, {self.meta['domain']}>"

    @property
    def shape(self):
        """Shape of one example, channels last."""
        return tuple(self._images.shape)

    @property
    def channels(self):
        """Name of each channel."""
        return tuple(self.meta["channels"])

    @property
    def classes(self):
        """Name of each class, in label order."""
        return tuple(self.meta["classes"])

    @cached_property
    def identity(self):
        """SHA-256 of what the cube holds; the same in every store.

        Recorded when the cube is written; computed from all pixels for files
        of other programs.
        """
        return identity_of(self.meta, self.meta.get("hashes") or self._hashes())

    def read(self, rows):
        """Return the images of the given rows, ``(len(rows), ..., C)`` float32.

        A cube without meta never passed our preparation: infinity and what surveys write for
        'no value' (1e30 and beyond, of either sign) become NaN here, for every user alike. So do
        values of wider types that float32 cannot hold.

        Raises
        ------
        IndexError
            If a row does not exist.
        """
        images = self._images.read(rows)
        if self._unprepared or self._images.converted:
            images[np.abs(images) >= NO_VALUE] = np.nan
        return images

    def columns_of(self, rows, names=None):
        """Return the columns of the given rows, a dict of ``(len(rows),)`` arrays; all, or those named."""
        if hasattr(self.columns, "take"):
            return self.columns.take(rows, names)
        return {name: self.columns[name][rows] for name in (self.columns if names is None else names)}

    def batches(self, rows=None, size=None):
        """Yield images in order, a few megabytes at a time.

        Parameters
        ----------
        rows : (K,) ints, optional
            Which rows; all by default.
        size : int, optional
            Examples per batch.
        """
        rows = np.arange(len(self)) if rows is None else np.asarray(rows)
        size = size or max(1, _BATCH_BYTES // max(1, 4 * int(np.prod(self.shape))))
        for start in range(0, len(rows), size):
            yield self.read(rows[start:start + size])

    def verify(self):
        """Check every byte against the hashes that were recorded.

        Raises
        ------
        IntegrityError
            If the cube has none; `ChecksumError` if something differs.
        """
        recorded = self.meta.get("hashes")
        if not recorded:
            raise IntegrityError(f"{self.path}: no hashes were recorded; written by another program.")
        if self.path is not None and (Path(self.path) / folder_store.MANIFEST).is_file():
            folder_store.verify_folder(Path(self.path))  # the hashes of its files cover every byte
            return
        found = self._hashes()
        if "column file" not in recorded:  # opening gives one to every cube
            found.pop("column file", None)
        names = found.keys() | recorded.keys()
        wrong = sorted(name for name in names if found.get(name) != recorded.get(name))
        if wrong:
            raise ChecksumError(f"{self.path}: changed since it was written: {', '.join(wrong)}. "
                                 "Copy or make the cube again.")

    def _hashes(self):
        digest = hashlib.sha256()
        for batch in self.batches():
            digest.update(b"".join(row_digests(batch)))
        return hash_table(self.labels, self.columns) | {"images": digest.hexdigest()}

    def close(self):
        """Close the files; rows can no longer be read."""
        self._images.close()


def open_cube(path, *, verified=False):
    """Open a data cube of any store.

    Parameters
    ----------
    path : path-like
        A ``.npz`` or ``.h5`` file, a cube folder or a gotorb folder; told
        apart by content, not by name.
    verified : bool
        Whether every byte is compared with the hashes that were recorded, where there are any.

    Returns
    -------
    DataCube

    Raises
    ------
    DataError
        If there is no cube at that place, or its parts have different lengths.
    IntegrityError
        If the file is broken or refused (objects, links, impossible sizes), or is `verified`
        and has changed since it was written.
    """
    path = Path(path)
    images, labels, columns, meta, *notes = _reader(path)(path)
    try:
        if foreign := meta is None:
            meta = default_meta(images.shape)
            columns = legacy_columns(columns, images.rows)
        if np.shape(labels)[:1] != (images.rows,):  # before anything is made for each image
            raise DataError(f"{path}: `labels` must have one entry per example. "
                            f"Received: shape {np.shape(labels)} for {images.rows} examples.")
        if "file" not in columns:
            columns = dict(columns) | {"file": np.full(images.rows, path.name)}
        labels, columns = checked_table(class_indices(labels), columns, images.rows, where=f"{path}: ")
        check_classes(labels, meta["classes"], where=f"{path}: ")
        cube = DataCube(images, labels, columns, meta, path, notes=notes, unprepared=foreign)
        if verified and meta.get("hashes"):
            cube.verify()
        return cube
    except BaseException:
        images.close()
        raise


def write_cube(path, batches, *, labels, columns, meta, store="npz", overwrite=False, digests=None):
    """Write a data cube from a stream of images, whole or not at all.

    Parameters
    ----------
    path : path-like
        The file, or the folder of the stores ``folder`` and ``gotorb``.
    batches : iterable of (k, ..., C) float32 ndarray
        Together one image for each label; taken one after the other. `Chosen`
        rows of a spool may be moved into a ``.npz`` instead.
    labels : (N,) ints
    columns : mapping of str to (N,) ndarray
        One with the methods of `StoredColumns` is read in parts by the store ``folder``.
    meta : dict
        What is missing gets its default; hashes are added.
    store : {"npz", "folder", "h5", "gotorb"}
    overwrite : bool
    digests : (N, 32) uint8 ndarray, optional
        SHA-256 of the pixels of each example, as `row_digests` gives them, where
        they are known already.

    Returns
    -------
    DataCube
        The cube that was written, open.

    Raises
    ------
    DataError
        If the numbers of images, labels and column entries differ.
    OutputError
        If `path` exists and `overwrite` is false, or what is there is no cube of that kind.
    """
    path = Path(path)
    if store not in STORES:
        raise DataError(f"unknown store {store!r}. Known: {', '.join(STORES)}.")
    folder = store in ("folder", "gotorb")
    require_absent(path, overwrite=overwrite, folder=folder, marker=MARKERS if folder else None)
    movable = store == "npz" and digests is not None and getattr(batches, "movable", False)
    waiting, (first, batches) = batches, _first(batches)
    labels, columns = checked_table(labels, columns, None)
    meta = checked_meta(meta, first.shape[1:])
    check_classes(labels, meta["classes"])
    counted = _Counted(batches, len(labels), first.shape[1:], digests)
    shape = (len(labels), *first.shape[1:])

    def final_meta():
        counted.require_all()
        return meta | {"hashes": hash_table(labels, columns) | {"images": counted.digest.hexdigest()}}

    def text():
        return json.dumps(final_meta(), allow_nan=False)

    def bare_text():  # gotorb's table drops columns, so the hashes would not fit
        counted.require_all()
        return json.dumps(meta, allow_nan=False)

    if movable:
        counted.trust(len(waiting))
        with atomic_file(path) as temporary:
            npz_store.complete_npz(temporary, waiting.move(temporary), labels, columns, text, shape)
    elif store in ("npz", "h5"):
        require_room(path, _image_bytes(shape))
        write = {"npz": npz_store.write_npz, "h5": h5_store.write_h5}[store]
        with atomic_file(path) as temporary:
            write(temporary, counted, labels, columns, text, shape)
    else:
        require_room(path, _image_bytes(shape))
        with atomic_folder(path, overwrite=overwrite, marker=MARKERS) as temporary:
            if store == "folder":
                folder_store.write_folder(temporary, counted, labels, columns, final_meta, shape)
            else:
                gotorb_store.write_gotorb(temporary, counted, labels, columns, bare_text, shape)
    return open_cube(path)


def _image_bytes(shape):
    return 4 * math.prod(shape)


class _Counted:
    """Pass batches on as contiguous float32, count and hash them."""

    def __init__(self, batches, rows, shape, digests=None):
        self._batches, self._rows, self._shape, self._digests = batches, rows, tuple(shape), digests
        self.seen, self.digest = 0, hashlib.sha256()

    def __iter__(self):
        for batch in self._batches:
            batch = np.ascontiguousarray(batch, dtype="<f4")
            if batch.shape[1:] != self._shape:
                raise DataError("all images must have one shape. "
                                f"Received: {batch.shape[1:]} after {self._shape}.")
            self.seen += len(batch)
            if self.seen > self._rows:
                break
            known = None if self._digests is None else self._digests[self.seen - len(batch):self.seen]
            self.digest.update(b"".join(row_digests(batch)) if known is None else known.tobytes())
            yield batch
        self.require_all()

    def trust(self, rows):
        """Count images that lie where they belong, by their known hashes."""
        self.seen = rows
        self.require_all()
        self.digest.update(self._digests.tobytes())

    def require_all(self):
        if self.seen != self._rows:
            more = "more than " if self.seen > self._rows else ""
            raise DataError("`labels` must have one entry per example. Received: "
                            f"{self._rows} entries for {more}{min(self.seen, self._rows)} examples.")


def _first(batches):
    """Return the first batch, and an iterator that starts with it."""
    iterator = iter(batches)
    first = next(iterator, None)
    if first is None:
        raise DataError("a data cube needs at least one example. Received: none.")
    first = np.asarray(first)

    def chained():
        yield first
        yield from iterator

    return first, chained()


def _reader(path):
    """Choose the store by what lies at the path."""
    if path.is_dir():
        if (path / folder_store.MANIFEST).is_file():
            return folder_store.read_folder
        if (path / gotorb_store.IMAGES).is_file():
            return gotorb_store.read_gotorb
        raise DataError(f"{path}: not a data cube: neither {folder_store.MANIFEST} nor "
                        f"{gotorb_store.IMAGES} is in it. Make one with otrain-convert.")
    if not path.is_file():
        raise DataError(f"{path}: no such data cube. Make one with otrain-convert.")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK\3\4"):
        return npz_store.read_npz
    if start == HDF5:
        return h5_store.read_h5
    raise DataError(f"{path}: not a data cube (.npz, .h5 or a cube folder). Received a file that "
                    f"starts with {start!r}.")
