"""Outputs that appear whole or not at all: temporary name, fsync, rename."""

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from otrain.errors import OutputError, ResourceError

__all__ = ["atomic_file", "atomic_folder", "locked", "merged_folder", "require_absent", "write_text"]


def _temporary(path):
    return path.with_name(f".{path.name}.tmp-{os.getpid()}")


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path):
    """Turn the errors of a full or read-only disk into words; others pass."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            free = shutil.disk_usage(path.parent).free
            raise ResourceError(f"{path}: cannot be written: {error.strerror}. "
                                f"{free / 1e6:.0f} MB are free there.") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise OutputError(f"{path}: cannot be written: {error.strerror}.") from error
        raise


@contextmanager
def atomic_file(path):
    """Give a temporary path that becomes `path` when the block ends without error.

    The content is on disk before the name changes. On any error, or when the
    process is asked to stop, the temporary file is removed and an older file
    under `path` stays as it was.

    Raises
    ------
    ResourceError
        If the disk, the quota or the file-size limit does not suffice.
    OutputError
        If the place is read-only.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            _sync(temporary)
            os.replace(temporary, path)
            _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path, *, overwrite=False):
    """Give a temporary folder that becomes `path` when the block ends without error.

    With `overwrite` an existing folder is replaced, and only once the new one is
    complete.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        with _explained(path):
            temporary.mkdir(parents=True)
            yield temporary
            for folder, _, files in os.walk(temporary):
                for name in files:
                    _sync(os.path.join(folder, name))
                _sync(folder)
            old = path.with_name(f".{path.name}.old-{os.getpid()}")
            if overwrite and path.exists():
                os.replace(path, old)
            os.replace(temporary, path)
            _sync(path.parent)
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def merged_folder(path, *, stale=()):
    """Give a temporary folder whose files move into `path` when the block ends without error.

    A folder that is there already keeps every other file. A new one appears whole or
    not at all.

    Parameters
    ----------
    path : path-like
    stale : iterable of str
        Patterns, relative to `path`, of files of an earlier run; those that the block did
        not write again are removed.

    Raises
    ------
    OutputError
        If a file is where a folder must be, or a folder where a file must be.
    """
    path = Path(path)
    if not path.exists():
        with atomic_folder(path) as temporary:
            yield temporary
        return
    temporary = _temporary(path)
    try:
        with _explained(path):
            temporary.mkdir()
            yield temporary
            made = sorted(entry.relative_to(temporary) for entry in temporary.rglob("*"))
            _require_room(path, temporary, made)
            for pattern in stale:
                for old in list(path.glob(pattern)):
                    if old.relative_to(path) not in made and old.is_file():
                        old.unlink()
            for name in made:  # a folder before what is in it
                if (temporary / name).is_dir():
                    (path / name).mkdir(exist_ok=True)
                else:
                    _sync(temporary / name)
                    os.replace(temporary / name, path / name)
            _sync(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _require_room(path, temporary, names):
    """Refuse to put a file where a folder is, or a folder where a file is, before anything is moved."""
    for name in names:
        if (path / name).exists() and (path / name).is_dir() != (temporary / name).is_dir():
            raise OutputError(f"{path / name}: is in the way. Move it, or choose another folder.")


def write_text(path, text):
    """Write a text file, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def require_absent(path, *, overwrite):
    """Check, before a long job, that an output may be written.

    Raises
    ------
    OutputError
        If `path` exists and `overwrite` is false.
    """
    if Path(path).exists() and not overwrite:
        raise OutputError(f"{path}: exists already. Choose another name, or replace it with --overwrite.")


@contextmanager
def locked(path):
    """Hold the lock of an output while the block runs, against a second writer.

    The lock file, and a folder that was made for it and stayed empty, are gone
    afterwards, however the block ends.

    Raises
    ------
    OutputError
        If another process holds it.
    """
    path = Path(path)
    made = [folder for folder in path.parents if not folder.exists()]
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f".{path.name}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us may have removed the file between our two calls.
            mine = lock.exists() and os.path.samestat(os.fstat(descriptor), lock.stat())
        except OSError:
            mine = False
        if not mine:
            raise OutputError(f"{path}: another process is writing it (lock {lock.name}).")
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
            _remove_empty(made)
    finally:
        os.close(descriptor)


def _remove_empty(folders):
    """Remove folders, innermost first, as long as nothing is in them."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
