"""The state of a long job on disk: a kill at any instant leaves a whole copy of it.

Two generations are written in turn, each under a temporary name first. Every file
begins with the SHA-256 of the rest, then says in one line of JSON what was asked
and how far the job is, and ends with arrays; nothing in it is ever executed.
"""

import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain.data.files.atomic import atomic_file, explained
from otrain.data.files.hidden import clear, require_usable
from otrain.data.files.journal import differences, parsed
from otrain.errors import IntegrityError, OutputError, UsageError

__all__ = ["Checkpoint", "Snapshot"]

FORMAT = 1
_MARK = b"otrain-checkpoint "


@dataclass(frozen=True)
class Snapshot:
    """How far a job is.

    Parameters
    ----------
    state : dict
        Plain types.
    arrays : dict of str to ndarray
        Numbers only.
    surroundings : dict
        Where it was made: versions, threads.
    notes : tuple of str
        What a person must know about how it was read.
    """

    state: dict
    arrays: dict
    surroundings: dict
    notes: tuple[str, ...] = ()


class Checkpoint:
    """A folder with the state of one job.

    Parameters
    ----------
    path : path-like
        The folder; made by the first `save`.
    request : dict
        Plain types: everything that decides what the job does.
    surroundings : dict
        Plain types: what else has a part in the last bits of the result.
    """

    def __init__(self, path, request, surroundings):
        self.path = Path(path)
        self._request, self._surroundings = _plain(request), _plain(surroundings)
        self._number = 0

    def begin(self, *, resume, overwrite):
        """Return the `Snapshot` to continue from, or None: begin at the beginning.

        Parameters
        ----------
        resume : bool
            Whether to continue.
        overwrite : bool
            Whether a job that could be continued may be given up.

        Raises
        ------
        OutputError
            If there is a snapshot, and neither is set.
        UsageError
            If the snapshot is of another request.
        IntegrityError
            If there were snapshots and none can be read.
        """
        require_usable(self.path, "checkpoint", overwrite=overwrite)
        if not resume:
            if self.exists and not overwrite:
                raise OutputError(f"{self.path}: an unfinished run was left here. Continue it with --resume, "
                                  "or begin anew with --overwrite.")
            self.remove()
            return None
        found, broken = self._read_all()
        if not found:
            if broken:
                raise IntegrityError(f"{self.path}: no snapshot can be read ({broken[0]}). "
                                     "Begin anew with --overwrite and without --resume.")
            return None
        head, arrays = max(found, key=lambda pair: pair[0]["number"])
        if head["request"] != self._request:
            raise UsageError(f"{self.path}: was begun with another request "
                             f"({differences(head['request'], self._request)}). Ask for the same again, "
                             "choose another name, or begin anew with --overwrite and without --resume.")
        self._number = head["number"] + 1
        notes = [f"{self.path}: a snapshot cannot be read ({words}); the other one is used"
                 for words in broken]
        return Snapshot(head["state"], arrays, head["surroundings"], tuple(notes))

    @property
    def exists(self):
        """Whether there is a snapshot."""
        return any(os.path.lexists(self._file(number)) for number in (0, 1))

    def save(self, state, arrays):
        """Replace the older one of two snapshots; it is on disk when this returns.

        Raises
        ------
        ResourceError, OutputError
            If it cannot be written; the other snapshot stays.
        """
        head = {"format": FORMAT, "number": self._number, "request": self._request,
                "surroundings": self._surroundings, "state": state}
        body = io.BytesIO()
        body.write(json.dumps(head).encode() + b"\n")
        np.savez(body, **arrays)
        view = body.getbuffer()
        with atomic_file(self._file(self._number)) as temporary, open(temporary, "wb") as file:
            file.write(_MARK + hashlib.sha256(view).hexdigest().encode() + b"\n")
            file.write(view)
        self._number += 1

    def set_aside(self):
        """Give what lies there another name, on which nothing depends; return it."""
        aside = self.path.with_name(f"{self.path.name.removeprefix('.')}-damaged")
        with explained(aside):
            clear(aside)  # of an earlier time
            os.replace(self.path, aside)
        return aside

    def remove(self):
        """Remove the folder: the job is done, or given up."""
        clear(self.path)

    def _file(self, number):
        return self.path / f"state-{number % 2}"

    def _read_all(self):
        """Return ``(head, arrays)`` of each whole snapshot, and what is wrong with the others."""
        found, broken = [], []
        for number in (0, 1):
            try:
                found.append(_read(self._file(number)))
            except FileNotFoundError:
                if self._file(number).is_symlink():
                    broken.append(f"{self._file(number).name}: is a link")
            except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
                broken.append(f"{self._file(number).name}: {error}")
        return found, broken


def _plain(table):
    return json.loads(json.dumps(table))


def _read(path):
    if path.exists() and (path.is_symlink() or not path.is_file()):
        raise ValueError("is no file")
    content = path.read_bytes()
    mark, _, rest = content.partition(b"\n")
    if mark != _MARK + hashlib.sha256(rest).hexdigest().encode():
        raise ValueError("its content is not what its first line says")
    line, _, archive = rest.partition(b"\n")
    head = parsed(line)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError("it is of another version of otrain")
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        return head, {name: arrays[name] for name in arrays.files}
