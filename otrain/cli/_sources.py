"""The inputs of a command: paths, patterns, and lists of paths in a file or on standard input."""

import os
import sys

from otrain.errors import DataError, UsageError

__all__ = ["gather_sources", "parse_list"]

LARGEST_LIST = 1 << 30  # bytes


def gather_sources(values):
    """Return one path or pattern, or the list of several.

    Parameters
    ----------
    values : list of str
        As on the command line: ``-`` stands for the paths on standard input, ``@list`` for those in the
        file ``list``.

    Returns
    -------
    str or list of str

    Raises
    ------
    UsageError
        If a list names nothing.
    DataError
        If a list cannot be read.
    """
    values = [values] if isinstance(values, str) else list(values)
    if len(values) == 1 and not _is_list(values[0]):
        return values[0]
    found = []
    for value in values:
        found += _listed(value) if _is_list(value) else [value]
    return found


def _is_list(value):
    return value == "-" or (value.startswith("@") and len(value) > 1 and not os.path.lexists(value))


def _listed(value):
    """Return the paths of a list; those of a file may be relative to its folder."""
    if value == "-":
        paths, where = parse_list(sys.stdin.buffer.read(LARGEST_LIST)), "standard input"
    else:
        where = value[1:]
        try:
            with open(where, "rb") as file:
                paths = parse_list(file.read(LARGEST_LIST))
        except OSError as error:
            raise DataError(f"{where}: the list of inputs cannot be read: {error.strerror}.") from None
        paths = [_beside(where, path) for path in paths]
    if not paths:
        raise UsageError(f"the list of inputs in {where} names nothing. Write one path a line.")
    return paths


def _beside(where, path):
    """Return a path that is there, or its place in the folder of the list if it is there only."""
    if os.path.lexists(path):
        return path
    other = os.path.join(os.path.dirname(where), path)
    return other if os.path.lexists(other) else path


def parse_list(data):
    r"""Return the paths in a list.

    One a line, which ends with a line feed or with carriage return and line feed; empty lines and those
    that begin with ``#`` are left out, unless a file has that name. Or, as ``find -print0`` writes them,
    with a NUL after each.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    list of str

    Examples
    --------
    >>> parse_list(b"# last night\r\na.fits\r\n\r\nb c.fits\n"), parse_list(b"a.fits\0#b\n\0")
    (['a.fits', 'b c.fits'], ['a.fits', '#b\n'])
    """
    if b"\0" in data:
        return [os.fsdecode(path) for path in data.split(b"\0") if path]
    lines = [os.fsdecode(line.rstrip(b"\r")) for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    return [line for line in lines if line.strip() and not (line.lstrip().startswith("#")
                                                            and not os.path.lexists(line))]
