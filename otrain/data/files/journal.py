"""An append-only file of finished work, so that a long job can be stopped and continued.

The first line says what was asked, every further line is one result. A line is
on disk before `Journal.append` returns; a line that a kill has cut short is
dropped when the file is opened again.
"""

import hashlib
import json
import os
from pathlib import Path

from otrain.data.files.atomic import explained, write_text
from otrain.errors import IntegrityError, OutputError, UsageError

__all__ = ["Journal", "differences", "parsed", "request_id"]

FORMAT = 1


class Journal:
    """Results of one request, one JSON line each.

    Parameters
    ----------
    path : path-like
        The file; made if it is absent.
    request : dict
        Plain types: everything that decides what a result is. Results of another
        request are never mixed with these.

    Attributes
    ----------
    request : dict
    records : list of dict
        Every result so far, oldest first.

    Raises
    ------
    UsageError
        If the file belongs to another request.
    IntegrityError
        If a line other than the last cannot be read.
    """

    def __init__(self, path, request):
        self.path = Path(path)
        self.request = request
        lines = _whole_lines(self.path)
        head = {"format": FORMAT, "request": json.loads(json.dumps(request, allow_nan=False))}
        if not lines:
            write_text(self.path, json.dumps(head) + "\n")
        elif lines[0] != head:
            raise UsageError(f"{self.path}: was begun with another request ({_differing(lines[0], head)}). "
                             "Ask for the same again, choose another folder, or begin anew with --overwrite.")
        self.records = lines[1:]

    def append(self, record):
        """Add one result; it is on disk when this returns."""
        line = (json.dumps(record, allow_nan=False) + "\n").encode()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            _write_all(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.records.append(record)


def parsed(text):
    """Return what JSON text stands for, or None where it is none: also if it is nested without end."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _write_all(descriptor, content):
    while content:
        content = content[os.write(descriptor, content):]


def _whole_lines(path):
    """Return the lines of a journal as objects, and cut off a last one that is not whole."""
    try:
        with explained(path):
            if not path.is_file() or path.is_symlink():
                if not os.path.lexists(path):
                    return []
                raise OutputError(f"{path}: is no file, where otrain keeps what is finished. Remove it, "
                                  "choose another folder, or begin anew with --overwrite.")
            content = path.read_bytes()
    except FileNotFoundError:
        return []
    whole = content[:content.rfind(b"\n") + 1]
    lines = [parsed(line) for line in whole.split(b"\n")[:-1]]
    for number, line in enumerate(lines, 1):
        if not isinstance(line, dict):
            raise IntegrityError(f"{path}: line {number} is not one that otrain writes. "
                                 "Begin anew with --overwrite and without --resume.")
    if len(whole) < len(content):
        if not lines and not content.startswith(b'{"format": '):
            raise IntegrityError(f"{path}: is not a file that otrain writes. "
                                 "Begin anew with --overwrite and without --resume.")
        os.truncate(path, len(whole))
    return lines


def differences(was, now):
    """Say which entries of two requests differ; of tables in them, which of theirs.

    Examples
    --------
    >>> differences({"seed": 0, "recipe": {"epochs": 10}}, {"seed": 0, "recipe": {"epochs": 20}})
    'recipe.epochs: 10 then, 20 now'
    """
    return ", ".join(f"{name}: {then!r:.60} then, {here!r:.60} now"
                     for name, then, here in _unequal(was, now))


def _unequal(was, now, prefix=""):
    for name in sorted(was.keys() | now.keys()):
        then, here = was.get(name), now.get(name)
        if isinstance(then, dict) and isinstance(here, dict):
            yield from _unequal(then, here, f"{prefix}{name}.")
        elif then != here:
            yield prefix + name, then, here


def _differing(was, now):
    was, now = (head.get("request") if isinstance(head.get("request"), dict) else {} for head in (was, now))
    return differences(was, now) or "format"


def request_id(request):
    """Return a name of a request that is the same for the same one alone."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
