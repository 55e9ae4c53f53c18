"""The hidden files that otrain keeps beside an output, by name, and what else may lie there.

Somebody, a sync program or a broken disk may leave something else under such a name: a link, a folder,
a pipe. Nothing of that is read, followed or written to.
"""

import os
import re
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from otrain.errors import OutputError

__all__ = ["HELD", "HIDDEN", "PASSING", "Hidden", "clear", "hidden", "is_held", "is_hidden", "require_usable"]


@dataclass(frozen=True)
class Hidden:
    """One kind of hidden file.

    Parameters
    ----------
    words : str
        What it holds, for a message.
    folder : bool
        Whether it is a folder.
    """

    words: str
    folder: bool = False


HIDDEN = {
    "lock": Hidden("the lock against a second writer"),
    "progress": Hidden("the finished parts of a run"),
    "progress-images": Hidden("images on their way into a data cube"),
    "progress-others": Hidden("further images on their way into a data cube"),
    "checkpoint": Hidden("the state of a training", folder=True),
}
PASSING = {
    "tmp": Hidden("an output that is not complete"),
    "old": Hidden("an output that is being replaced"),
}  # these end in the number of the process that writes them

HELD = set()  # real paths of the outputs that this process is writing; `locked` keeps it

_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link", stat.S_IFREG: "a file"}
_NAME = rf"\..+\.({'|'.join(HIDDEN)}|({'|'.join(PASSING)})-\d+(-\w+)?)"


def hidden(path, kind):
    """Return where a hidden file of an output lies: in the same folder.

    Parameters
    ----------
    path : path-like
        The output.
    kind : str
        A key of `HIDDEN`, or one of `PASSING` with ``-`` and the number of the process.

    Raises
    ------
    OutputError
        If the output has no name.
    """
    path = Path(path)
    if path.name in ("", ".."):
        raise OutputError(f"{path}: has no name that could be given to an output. Name it from outside.")
    if kind not in HIDDEN and kind.partition("-")[0] not in PASSING:
        raise ValueError(f"unknown kind of hidden file {kind!r}")
    return path.with_name(f".{path.name}.{kind}")


def is_hidden(name):
    """Return whether a name is one that otrain gives to a hidden file."""
    return name.startswith(".") and re.fullmatch(_NAME, name, re.DOTALL) is not None


def is_held(folder, name):
    """Return whether a file is an output that this process is writing now, or a hidden file of one.

    Parameters
    ----------
    folder : str
        Where it lies, as `os.path.realpath` gives it.
    name : str
    """
    if not HELD:
        return False
    match = re.fullmatch(_NAME, name, re.DOTALL)
    if match:
        name = name[1:].removesuffix(f".{match.group(1)}")
    return os.path.join(folder, name) in HELD


def require_usable(path, kind, *, overwrite):
    """Check what lies under the name of a hidden file, if anything does.

    Parameters
    ----------
    path : path-like
        The hidden file.
    kind : str
        A key of `HIDDEN`.
    overwrite : bool or None
        Whether something else that is there may be removed; None: the command has no such flag. Of a
        link only itself is removed, not what it leads to.

    Raises
    ------
    OutputError
        If something else is there and may not be removed, or cannot be.
    """
    path = Path(path)
    try:
        mode = stat.S_IFMT(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}. Choose another name or "
                          "place.") from None
    if mode == (stat.S_IFDIR if HIDDEN[kind].folder else stat.S_IFREG):
        return
    if overwrite:
        clear(path)
    if os.path.lexists(path):
        remedy = ", or begin anew with --overwrite" if overwrite is False else ""
        raise OutputError(f"{path}: is {_KINDS.get(mode, 'a pipe or a device')}, where otrain keeps "
                          f"{HIDDEN[kind].words}. Remove it{remedy}.")


def clear(path):
    """Remove a file, a link or a folder with all that is in it, if it is there and that is possible."""
    path = Path(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
