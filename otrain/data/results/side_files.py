"""Which table the files beside it tell of: a kill may leave those of another table beside one.

Rejected inputs, maps and injections of otrain-infer are files of their own, and get their names just before
the table. Each holds the SHA-256 of its table: the ECSV tables in their headers, the files of maps as an
attribute, pictures as a text.
"""

import hashlib
import re
from contextlib import suppress
from pathlib import Path

from otrain.data.files.atomic import atomic_file
from otrain.data.files.png_text import first_text, with_text, without_text
from otrain.data.files.safe_hdf5 import open_hdf5
from otrain.errors import OtrainError

__all__ = ["KEY", "NO_TABLE", "file_hash", "foreign_side_files", "stamp_table", "stamped_figure"]

KEY = "table_sha256"
NO_TABLE = "0" * 64  # of what is there before its table
_PICTURE = b"otrain-table"
_HEAD = re.compile(rb"table_sha256:[\s#]*'?([0-9a-f]{64})")  # astropy breaks long lines of a header
_MOST = 1 << 16  # bytes of a file that are looked at


def file_hash(path):
    """Return the SHA-256 of a file in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamped_figure(content, table=NO_TABLE):
    """Return a PNG, as bytes, that says of which table it is."""
    return with_text(content, _PICTURE, table.encode())


def stamp_table(path, table):
    """Say in an ECSV table or a PNG file that was written with `NO_TABLE` to which table it belongs.

    Parameters
    ----------
    path : path-like
    table : str
        As `file_hash` gives it.
    """
    path = Path(path)
    content = path.read_bytes()
    if first_text(content, _PICTURE) is not None:
        content = stamped_figure(without_text(content), table)
    else:
        start, end = _HEAD.search(content).span(1)
        content = content[:start] + table.encode() + content[end:]
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)


def foreign_side_files(table, names):
    """Return which files beside a table say that they are of another one.

    Files that say nothing, as older versions wrote them, and files that are not there are not named.

    Parameters
    ----------
    table : path-like
        As otrain-infer writes it.
    names : iterable of str
        Of files in the same folder.
    """
    table = Path(table)
    told = {name: _told(table.with_name(name)) for name in names}
    mine = file_hash(table) if any(told.values()) else ""
    return [name for name, of in told.items() if of and of != mine]


def _told(path):
    """Return the hash of a table that a file says it belongs to, or None."""
    with suppress(OSError, OtrainError):
        if path.suffix == ".h5":
            with open_hdf5(path) as file:
                return file.attribute(KEY)
        with open(path, "rb") as file:
            head = file.read(_MOST)
        text = first_text(head, _PICTURE)
        if text is None and (match := _HEAD.search(b"".join(
                line for line in head.splitlines(keepends=True) if line.startswith(b"#")))):
            text = match.group(1)
        return text and text.decode("latin-1")
    return None
