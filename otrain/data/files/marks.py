"""What a complete file says of the request that it answers, in an extended attribute: it has no other room.

The published table of scores has no place for it. The attribute is set before the file gets its name,
and goes with it. Where a file system knows none, nothing is said.
"""

import json
import os
from contextlib import contextmanager, suppress

__all__ = ["leave_mark", "marked", "read_mark"]

NAME = "user.otrain.answers"
MOST = 3500  # bytes; ext4 keeps 4096 in all
_pending = {}


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


def leave_mark(path, temporary):
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
