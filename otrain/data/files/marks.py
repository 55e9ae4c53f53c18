"""What is done when a file is complete: a mark of the request that it answers, and what has to be beside it.

The mark is an extended attribute, as the published table of scores has no place for it. It is set before the
file gets its name, and goes with it. Where a file system knows none, nothing is said.
"""

import json
import os
from contextlib import contextmanager, suppress

__all__ = ["complete", "completed", "marked", "read_mark"]

NAME = "user.otrain.answers"
MOST = 3500  # bytes; ext4 keeps 4096 in all
_pending, _actions = {}, {}


@contextmanager
def marked(path, content):
    """Mark the file that `atomic_file` writes under a name while the block runs.

    Parameters
    ----------
    path : path-like
    content : callable
        ``content() -> dict`` of plain types, asked when the file is complete.
    """
    key = os.path.realpath(path)
    _pending[key] = content
    try:
        yield
    finally:
        del _pending[key]


@contextmanager
def completed(path, action):
    """Do something, while the block runs, once the file of a name is complete and before it gets that name.

    Parameters
    ----------
    path : path-like
        What `atomic_file` writes.
    action : callable
        ``action(temporary)``: the complete file under its temporary name.
    """
    actions = _actions.setdefault(os.path.realpath(path), [])
    actions.append(action)
    try:
        yield
    finally:
        actions.remove(action)


def complete(path, temporary):
    """Do what was asked for with a complete file that is to become `path`, and mark it."""
    for action in _actions.get(os.path.realpath(path), ()):
        action(temporary)
    _leave_mark(path, temporary)


def _leave_mark(path, temporary):
    """Mark a complete file that is to become `path`, if that was asked for."""
    content = _pending.get(os.path.realpath(path))
    if content is None or not hasattr(os, "setxattr"):
        return
    text = json.dumps(content() | {"bytes": os.stat(temporary).st_size}).encode()
    if len(text) <= MOST:
        with suppress(OSError):  # the file system has none, or no room for it
            os.setxattr(temporary, NAME, text)


def read_mark(path):
    """Return the mark of a file as a dict; None where none can be read, or the file has changed."""
    try:
        mark, size = json.loads(os.getxattr(path, NAME)), os.stat(path).st_size
    except (OSError, AttributeError, ValueError):
        return None
    return mark if isinstance(mark, dict) and mark.get("bytes") == size else None
