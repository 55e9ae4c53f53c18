"""Data cubes as a folder: shards of images, their columns, and a manifest with hashes.

``shard-00000.npy`` holds images, ``shard-00000.columns.npz`` the labels and
columns of the same rows, ``cube.json`` the meta and the size and SHA-256 of
every file. The manifest is written last: a folder without one is no cube.
"""

import hashlib
import json
import os
import re
import stat

import numpy as np

from otrain.data.cubes.meta import checked_shape, parse_meta
from otrain.data.cubes.npy_header import npy_header, read_npy_header
from otrain.data.cubes.npz_store import column_places, write_columns
from otrain.data.cubes.positioned import PositionedImages, Segment
from otrain.data.cubes.stored_columns import StoredColumns, columns_between
from otrain.errors import ChecksumError, IntegrityError

__all__ = ["MANIFEST", "described_files", "is_cube_folder", "read_folder", "verify_folder", "write_folder"]

MANIFEST = "cube.json"
SHARD_BYTES = 1 << 29  # about 500 MB: a cube of 500 GB keeps 1000 files open
MAX_MANIFEST_BYTES = 1 << 26
_NAME = re.compile(r"shard-\d{5,9}(\.columns)?\.np[yz]")


def is_cube_folder(folder):
    """Return whether a folder holds a manifest of otrain; other programs write a ``cube.json`` as well."""
    try:
        return described_files(folder, os.listdir(folder)) is not None
    except OSError:
        return False


def described_files(folder, names):
    """Return which files of a folder its manifest describes, or None if it has none of otrain.

    Parameters
    ----------
    folder : path-like
    names : collection of str
        What lies in it.

    Returns
    -------
    frozenset of str or None
        With the manifest. Where that is damaged, all that have the names of shards.
    """
    if MANIFEST not in names:
        return None
    shards = {name for name in names if _NAME.fullmatch(name)}
    file = os.path.join(folder, MANIFEST)
    try:
        about = os.stat(file)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_MANIFEST_BYTES:
            raise ValueError("no manifest")
        with open(file, "rb") as stream:
            found = json.loads(stream.read())
    except (OSError, ValueError, RecursionError):
        return frozenset({MANIFEST, *shards}) if shards else None
    if not isinstance(found, dict) or not found.keys() >= {"shards", "shape", "meta"}:
        return None
    try:
        listed = {str(shard[part]["file"]) for shard in found["shards"] for part in ("images", "columns")}
    except (KeyError, TypeError):
        listed = shards
    return frozenset({MANIFEST, *(listed & shards)})


def read_folder(path):
    """Return ``(images, labels, columns, meta)`` of a cube folder; columns are `StoredColumns`.

    Sizes are checked here, hashes by `verify_folder`.

    Raises
    ------
    IntegrityError
        If the manifest is broken, names files elsewhere, or a file has another size.
    """
    manifest = _manifest(path)
    shape = None
    segments, tables = [], []
    for shard in manifest["shards"]:
        for part in ("images", "columns"):
            _require_size(path, shard[part])
        file = path / shard["images"]["file"]
        with file.open("rb") as stream:
            found, fortran, dtype, header = read_npy_header(stream, str(file))
        found = checked_shape(found, dtype.itemsize, file)
        if dtype != np.dtype("<f4") or fortran or found[0] != shard["rows"] or (shape and shape != found[1:]):
            raise IntegrityError(f"{file}: not the shard that {MANIFEST} describes "
                                 f"({shard['rows']} images). Received: {dtype} of shape {found}.")
        shape = found[1:]
        segments.append(Segment(file, header, found[0]))
        table = path / shard["columns"]["file"]
        tables.append((table, shard["rows"], column_places(table, shard["rows"])))
    shape = shape or tuple(manifest["shape"])
    meta = parse_meta(json.dumps(manifest["meta"]), path, shape)
    if any(table[2].keys() != tables[0][2].keys() for table in tables):
        raise IntegrityError(f"{path}: the shards have different columns. Make the cube again.")
    columns = StoredColumns(tables)
    return PositionedImages(segments, shape, "<f4"), columns["labels"], columns.without("labels"), meta


def verify_folder(path):
    """Check the SHA-256 of every file of a cube folder.

    Raises
    ------
    IntegrityError
        At the first file that differs.
    """
    for shard in _manifest(path)["shards"]:
        for part in ("images", "columns"):
            _require_size(path, shard[part])
            file = path / shard[part]["file"]
            if _sha256(file) != shard[part]["sha256"]:
                raise ChecksumError(f"{file}: its content is not what {MANIFEST} recorded. "
                                     "Copy or make the cube again.")


def write_folder(temporary, batches, labels, columns, meta, shape):
    """Write a cube folder from a stream of images.

    Parameters
    ----------
    temporary : Path
        An existing, empty folder.
    batches, labels, columns, shape
        As for `otrain.data.cubes.npz_store.write_npz`.
    meta : callable
        ``meta() -> dict``, asked for after the last batch.
    """
    row = 4 * int(np.prod(shape[1:]))
    per_shard = max(1, SHARD_BYTES // row)
    shards = []
    stream = _cut(batches, per_shard)
    for number, start in enumerate(range(0, max(shape[0], 1), per_shard)):
        stop = min(start + per_shard, shape[0])
        name = f"shard-{number:05d}"
        images = _write_shard(temporary / f"{name}.npy", stream, (stop - start, *shape[1:]))
        table = temporary / f"{name}.columns.npz"
        write_columns(table, {"labels": labels[start:stop]} | columns_between(columns, start, stop))
        shards.append({"rows": stop - start, "images": images, "columns": _described(table, _sha256(table))})
    for _ in stream:  # let the source notice that it has more than was announced
        pass
    text = json.dumps({"format": 1, "shape": list(shape[1:]), "meta": meta(), "shards": shards}, indent=1)
    (temporary / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _cut(batches, per_shard):
    """Yield pieces that never straddle two shards."""
    room = per_shard
    for batch in batches:
        while len(batch):
            piece, batch = batch[:room], batch[room:]
            room -= len(piece)
            yield piece
            room = room or per_shard


def _write_shard(path, stream, shape):
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for data in _shard_bytes(stream, shape):
            digest.update(data)
            file.write(data)
    return _described(path, digest.hexdigest())


def _shard_bytes(stream, shape):
    yield npy_header(shape, "<f4")
    missing = shape[0]
    while missing:
        piece = next(stream)
        missing -= len(piece)
        yield memoryview(piece.reshape(-1).view(np.uint8))


def _described(path, digest):
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(path):
    """The manifest, with the shape that the rest of this module relies on."""
    file = path / MANIFEST
    try:
        if file.stat().st_size > MAX_MANIFEST_BYTES:
            raise ValueError("too large")
        manifest = json.loads(file.read_text(encoding="utf-8"))
        for shard in manifest["shards"]:
            for part in ("images", "columns"):
                # A name that leads out of the folder would read somebody else's file.
                if not _NAME.fullmatch(shard[part]["file"]):
                    raise ValueError(f"file name {shard[part]['file']!r}")
                int(shard[part]["bytes"]), str(shard[part]["sha256"])
            if int(shard["rows"]) < 0:
                raise ValueError(f"{shard['rows']} rows")
        if not manifest["shards"]:
            raise ValueError("no shards")
        tuple(map(int, manifest["shape"])), dict(manifest["meta"])
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise IntegrityError(f"{file}: not the manifest of a data cube "
                             f"({type(error).__name__}: {error}). Make the cube again.") from None
    return manifest


def _require_size(path, part):
    file = path / part["file"]
    if file.is_symlink() or not file.is_file():
        raise IntegrityError(f"{file}: listed in {MANIFEST}, but no regular file. Copy the cube again.")
    if os.stat(file).st_size != part["bytes"]:
        raise IntegrityError(f"{file}: {part['bytes']} bytes are recorded in {MANIFEST}. "
                             f"Received: {os.stat(file).st_size} bytes. Copy or make the cube again.")
