"""A set of files that is put into a folder of others in one step, where the kernel can exchange two names."""

import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from otrain.data.files.atomic import atomic_folder, explained, sync, temporary_name
from otrain.data.files.exchange import exchange_names
from otrain.data.files.hidden import clear
from otrain.errors import OutputError

__all__ = ["merged_folder"]

_MOST_OTHERS = 5000  # entries; a folder of more is somebody's own, which is not exchanged behind his back
_IN_USE = re.compile(r"\..+\.(lock|(tmp|old)-\d+(-\w+)?)")  # another command builds something in there


@contextmanager
def merged_folder(path, *, stale=(), last=None):
    """Give a temporary folder whose files get into `path` when the block ends without error.

    A folder that is there already keeps every other file. A new one appears whole or
    not at all. One that is there is exchanged, in one step, for a folder with the new
    files and links to all others, so that a kill leaves the older set or the new one. Where that
    cannot be (the file system has no exchange or no hard links, the current folder is inside, another
    command is writing there, or there are thousands of other entries) the files move one by one, and
    `last` is gone meanwhile.

    Parameters
    ----------
    path : path-like
    stale : iterable of str
        Patterns, relative to `path`, of files of an earlier run; those that the block did
        not write again are removed.
    last : str, optional
        Name of the file without which the set is not whole.

    Raises
    ------
    OutputError
        If a file is where a folder must be, or a folder where a file must be.
    """
    path = Path(path)
    if not os.path.exists(path):
        with atomic_folder(path) as temporary:
            yield temporary
        return
    temporary = temporary_name(path)
    try:
        with explained(path):
            temporary.mkdir()
        with explained(path, temporary):
            yield temporary
        with explained(path):
            made = sorted(entry.relative_to(temporary) for entry in temporary.rglob("*"))
            _require_places(path, temporary, made)
            gone = {old.relative_to(path) for pattern in stale for old in path.glob(pattern)
                    if old.is_file() and old.relative_to(path) not in made}
            if not _exchanged(path, temporary, made, gone):
                _moved(path, temporary, made, gone, last)
    finally:
        clear(temporary)


def _require_places(path, temporary, names):
    """Refuse to put a file where a folder is, or a folder where a file is, before anything is moved."""
    for name in names:
        if (path / name).exists() and (path / name).is_dir() != (temporary / name).is_dir():
            raise OutputError(f"{path / name}: is in the way. Move it, or choose another folder.")


def _exchanged(path, temporary, made, gone):
    """Exchange the folder for one with the new files and all others; tell whether that was done."""
    others, whole = [], Path(f"{temporary}-whole")
    try:
        if path.is_symlink() or Path.cwd().is_relative_to(path.resolve()):
            return False
        for folder, folders, files in os.walk(path):
            here = Path(folder).relative_to(path)
            others += [here / name for name in (*folders, *files) if here / name not in gone]
            if len(others) > _MOST_OTHERS or any(_IN_USE.fullmatch(name) for name in (*folders, *files)):
                return False
        whole.mkdir()
        _link(temporary, whole, made)
        _link(path, whole, [name for name in others if name not in made])
        _settle(path, whole)
        if not exchange_names(whole, path):
            return False
        sync(path.parent)
        _keep_late(whole, path, {*made, *gone})
        return True
    except (OSError, shutil.Error):  # a file system without hard links, files of others, a mounted disk
        return False
    finally:
        clear(whole)


def _link(source, target, names):
    """Put links to some files of a folder into another one."""
    for name in sorted(names):  # a folder before what is in it
        if (source / name).is_dir() and not (source / name).is_symlink():
            (target / name).mkdir(exist_ok=True)
        else:
            os.link(source / name, target / name, follow_symlinks=False)


def _settle(path, whole):
    """Bring a folder that takes the place of another one to the disk, with owners and times of that."""
    for folder, _, files in os.walk(whole, topdown=False):
        before = path / Path(folder).relative_to(whole)
        for name in files:
            if not _is_same(before / name, Path(folder, name)):
                sync(Path(folder, name))
        if before.is_dir():
            status = os.stat(before)
            os.chown(folder, status.st_uid, status.st_gid)
            shutil.copystat(before, folder)
        sync(folder)


def _is_same(first, second):
    """Tell whether two names are those of one file."""
    return (os.path.lexists(first) and os.path.lexists(second)
            and os.path.samestat(os.lstat(first), os.lstat(second)))


def _keep_late(old, path, ours):
    """Bring over what somebody wrote into the older folder while the new one was being filled."""
    for folder, _, files in os.walk(old):
        for file in files:
            name = (Path(folder) / file).relative_to(old)
            if name in ours:
                continue
            with suppress(OSError):
                if not _is_same(old / name, path / name):
                    (path / name).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(old / name, path / name)


def _moved(path, temporary, made, gone, last):
    """Move the new files into the folder one by one, with the one that makes them whole at the end."""
    last = None if last is None else Path(last)
    if last in made:
        (path / last).unlink(missing_ok=True)
        sync(path)
        made = [name for name in made if name != last] + [last]
    for name in gone:
        (path / name).unlink(missing_ok=True)
    for name in made:  # a folder before what is in it
        if (temporary / name).is_dir():
            (path / name).mkdir(exist_ok=True)
        else:
            sync(temporary / name)
            os.replace(temporary / name, path / name)
    sync(path)
