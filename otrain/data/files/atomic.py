"""Outputs that appear whole or not at all: temporary name, fsync, rename."""

import errno
import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from otrain.data.files.exchange import exchange_names
from otrain.data.files.hidden import HELD, clear, hidden, require_usable
from otrain.data.files.lock import is_alive, take_lock
from otrain.data.files.marks import complete
from otrain.errors import OutputError, ResourceError

__all__ = ["atomic_file", "atomic_folder", "explained", "locked", "require_absent",
           "require_room", "sync", "temporary_name", "write_text"]


BLOCK = 4096  # bytes that even an empty folder or a lock takes on most file systems
LONGEST_NAME = 200  # bytes; file systems take 255, and the names of temporary files are longer


def temporary_name(path):
    """Return where this process builds an output: a hidden name in the same folder."""
    return hidden(path, f"tmp-{os.getpid()}")


def sync(path):
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path, temporary=None, *, needed=0):
    """Turn errors of the place of an output into words.

    Where `temporary` is given, other things may fail as well: errors that neither name
    it nor tell of a full or read-only disk pass. A message on a full disk says how many bytes
    the output needs: more than `needed`, and than what is written of it.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            size = max(_size(temporary), needed)
            words = f"More than {size} bytes are needed" if size else f"At least {BLOCK} bytes are needed"
            raise ResourceError(f"{path}: cannot be written: {os.strerror(error.errno)}. {words}; "
                                f"{_free(path)} are free there. Make room, or choose another place."
                                ) from error
        if (temporary is None or error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)
                or (isinstance(error.filename, (str, bytes))
                    and os.fsdecode(error.filename).startswith(str(temporary)))):
            raise OutputError(f"{path}: cannot be written: {error.strerror}. "
                              "Choose another name or place.") from error
        raise


def _size(path):
    """Return the bytes that a file or all files of a folder have."""
    if path is None:
        return 0
    with suppress(OSError):
        files = [path] if path.is_file() else path.rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())
    return 0


def _free(path):
    """Return the bytes that are free where an output goes, whose folder need not exist yet."""
    folder = next(folder for folder in Path(os.path.abspath(path)).parents if folder.is_dir())
    return shutil.disk_usage(folder).free


def require_room(path, size):
    """Check, before a long job, that an output fits on its disk.

    Parameters
    ----------
    path : path-like
    size : int
        What it needs at least [byte].

    Raises
    ------
    ResourceError
        If less is free there.
    """
    free = _free(path)
    if free < size:
        raise ResourceError(f"{path}: {size} bytes are needed at least. Received: {free} bytes free there. "
                            "Make room, or choose another place.")


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
        If the place is read-only, or no file can be there.
    """
    path = Path(path)
    temporary = temporary_name(path)
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with explained(path, temporary):
            yield temporary
        with explained(path):
            complete(path, temporary)
            sync(temporary)
            os.replace(temporary, path)
            sync(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def atomic_folder(path, *, overwrite=False, marker=None):
    """Give a temporary folder that becomes `path` when the block ends without error.

    With `overwrite` an existing folder is replaced, and only once the new one is
    complete: in one step where the kernel can exchange two names (Linux, on most file
    systems), so that a kill leaves the older folder or the new one. Elsewhere there is
    an instant between two renames; the next `locked` of that output gives the older one its name back.

    Parameters
    ----------
    path : path-like
    overwrite : bool
    marker : str or tuple of str, optional
        As for `require_absent`.

    Raises
    ------
    OutputError
        If `path` exists and must not be replaced; before the block begins.
    """
    path = Path(path)
    require_absent(path, overwrite=overwrite, folder=True, marker=marker)
    temporary = temporary_name(path)
    try:
        with explained(path):
            temporary.mkdir(parents=True)
        with explained(path, temporary):
            yield temporary
        with explained(path):
            for folder, _, files in os.walk(temporary):
                for name in files:
                    sync(os.path.join(folder, name))
                sync(folder)
            _give_name(temporary, path, overwrite=overwrite)
    finally:
        clear(temporary)  # unfinished, or what had the name before


def _give_name(temporary, path, *, overwrite):
    """Give a complete folder its name; what had it before is removed, or gets the temporary name."""
    if not (overwrite and os.path.lexists(path)):
        os.replace(temporary, path)
        sync(path.parent)
        return
    if exchange_names(temporary, path):
        sync(path.parent)
        return
    old = hidden(path, f"old-{os.getpid()}")
    try:
        os.replace(path, old)
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException:
        if os.path.lexists(old) and not os.path.lexists(path):
            os.replace(old, path)
        raise
    clear(old)


def write_text(path, text):
    """Write a text file, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def require_absent(path, *, overwrite, folder=None, marker=None):
    """Check, before a long job, that an output may be written.

    Parameters
    ----------
    path : path-like
    overwrite : bool
        Whether an output that is there already may be replaced.
    folder : bool, optional
        Whether a folder or a file is to be written: they do not replace each other.
    marker : str or tuple of str, optional
        Files that otrain writes into every such folder. A folder with none of them is
        somebody else's, and is replaced only if it is empty.

    Raises
    ------
    OutputError
        If `path` exists and may not be replaced, or its name is too long.
    """
    path = Path(path)
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        raise OutputError(f"{path}: cannot be written: the name has more than {LONGEST_NAME} bytes. "
                          "Choose a shorter one.")
    with explained(path):
        if not os.path.lexists(path):
            return
        if not overwrite:
            raise OutputError(f"{path}: exists already. Choose another name, or replace it with --overwrite.")
        if folder is not None and path.is_dir() != folder:
            here, wanted = ("a file", "a folder") if folder else ("a folder", "a file")
            raise OutputError(f"{path}: is {here}, and {wanted} is to be written. Choose another name.")
        if marker and not _is_ours(path, (marker,) if isinstance(marker, str) else marker):
            names = marker if isinstance(marker, str) else " or ".join(marker)
            raise OutputError(f"{path}: was not written by this command (no {names} in it), and is not "
                              "replaced. Choose another name, or remove it yourself.")


def _is_ours(path, markers):
    return any((path / name).is_file() for name in markers) or not any(path.iterdir())


@contextmanager
def locked(path, *, beside=(), overwrite=None):
    """Hold the lock of an output while the block runs, against a second writer.

    The lock file, and a folder that was made for it and stayed empty, are gone
    afterwards, however the block ends. What a killed process left half done is
    removed at the start; if it was killed while it replaced a folder, the older
    folder gets its name back.

    Parameters
    ----------
    path : path-like
    beside : iterable of str
        Names of further outputs in the same folder that are written under this lock.
    overwrite : bool, optional
        Whether something that is no lock, but has its name, may be removed; None: there is no such flag.

    Raises
    ------
    OutputError
        If another process holds it, or nothing can be written there.
    """
    path = Path(path)
    with explained(path):
        lock = hidden(path, "lock")
        require_usable(lock, "lock", overwrite=overwrite)
        made = [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        give_back = take_lock(lock, path)
    try:
        with explained(path):
            _clear_remains(path.parent, (path.name, *beside))
        folder = os.path.realpath(path.parent)
        outputs = {os.path.join(folder, name) for name in (path.name, *beside)} - HELD
        HELD.update(outputs)
        try:
            yield
        finally:
            HELD.difference_update(outputs)
    finally:
        give_back()
        _remove_empty(made)


def _clear_remains(folder, names):
    """Remove what killed processes left of outputs, or give an older folder its name back."""
    pattern = re.compile(rf"\.({'|'.join(map(re.escape, names))})\.(tmp|old|spool)-(\d+)(-\w+)?")
    with os.scandir(folder) as entries:
        found = [match for match in (pattern.fullmatch(entry.name) for entry in entries) if match]
    for match in found:
        name, kind, number = match.group(1, 2, 3)
        # We have made nothing yet: a file with our own number is of an earlier process.
        if int(number) != os.getpid() and is_alive(int(number)):
            continue
        if kind == "old" and not os.path.lexists(folder / name):
            os.replace(folder / match.group(), folder / name)
        else:
            clear(folder / match.group())


def _remove_empty(folders):
    """Remove folders, innermost first, as long as nothing is in them."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
