"""A first look at a file: its name, its first bytes, and its whole content once somebody asks."""

import errno
import io
import os
import stat
from functools import cached_property

from otrain.data.inputs.counted import CountedStream, compression_of, decompress
from otrain.data.inputs.memory import bound_memory
from otrain.data.inputs.quarantine import InputRejected
from otrain.errors import OtrainError

__all__ = ["GZIP", "HEAD", "LARGEST_CUTOUT", "MOST_PACKED", "MemberProbe", "Probe", "expand"]

GZIP = b"\x1f\x8b"
HEAD = 1 << 20  # bytes that a first look reads: nearly every cutout is here in full
LARGEST_CUTOUT = 64 << 20  # bytes of a file with one candidate
MOST_PACKED = 20  # times that a light curve larger than a cutout may unpack to; text shrinks to a tenth
LOOK = 1024  # bytes of the content that tell its format: a tar archive is known by the first 512


class Probe:
    """What readers are asked about.

    Parameters
    ----------
    path : str
        The file. It is opened without waiting: a pipe cannot hold a run up.
    label_keyword : str, optional
        Header keyword that holds the label.
    rows : tuple of int, optional
        First and last-but-one example to read of a file of many.
    options : dict, optional
        What else is asked of the reader, e.g. which column is the flux.

    Raises
    ------
    InputRejected
        ``not-a-file``, ``empty-file``, ``changed-during-read`` or ``unreadable``.
    """

    def __init__(self, path, *, label_keyword=None, rows=None, options=None):
        self.path = path
        self.label_keyword = label_keyword
        self.rows = rows
        self.options = options or {}
        self.size, self._identity, self.head = _read(path, HEAD)
        bound_memory(self.size)

    @cached_property
    def suffixes(self):
        """Endings of the name in lower case: ``".fits.gz"`` for ``"C12.FITS.gz"``."""
        name = os.path.basename(self.path).lower()
        return name[name.find(".", 1):] if "." in name[1:] else ""

    @cached_property
    def content_head(self):
        """First bytes of what the file holds, expanded where it is compressed; none where that fails."""
        if compression_of(self.head) is None:
            return self.head
        try:
            return CountedStream(io.BytesIO(self.head), LARGEST_CUTOUT).read(LOOK)
        except OtrainError:  # whoever reads the file says what is wrong with it
            return b""

    @property
    def data(self):
        """The whole content of a file that can be no larger than `LARGEST_CUTOUT`."""
        return self.read(LARGEST_CUTOUT)

    def read(self, limit):
        """Return the whole content.

        Raises
        ------
        InputRejected
            ``too-large`` for more than `limit` bytes; ``changed-during-read``.
        """
        if self.size > limit:
            raise InputRejected("too-large", f"the file has {self.size / 1e6:.1f} MB; "
                                             f"a file of its kind may have {limit / 1e6:.0f} MB.")
        if self.size > len(self.head):
            size, identity, self.head = _read(self.path, self.size)
            if (size, identity) != (self.size, self._identity):
                raise InputRejected("changed-during-read", "the file was replaced while it was read.")
        return self.head


    def expanded(self, limit):
        """Return the whole content, without its compression where it has one.

        Parameters
        ----------
        limit : int
            Bytes that it may have; a small file may not become larger than `MOST_PACKED` times its size.

        Raises
        ------
        InputRejected
            As `read` and `expand`.
        """
        return expand(self.read(limit), min(limit, max(LARGEST_CUTOUT, MOST_PACKED * self.size)))


class MemberProbe(Probe):
    """One file within an archive, as readers are asked about it.

    Parameters
    ----------
    name : str
        Its name in the archive.
    content : bytes
    outside : Probe
        The archive; its label keyword and options hold for the member.
    """

    def __init__(self, name, content, outside):
        self.path, self.head, self.size, self.rows = name, content, len(content), None
        self.label_keyword, self.options = outside.label_keyword, outside.options
        if not content:
            raise InputRejected("empty-file", "the file has no content.")


def _read(path, limit):
    """Return size, identity and the first `limit` bytes of a regular file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _explain(path, error) from None
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise InputRejected("not-a-file", "the name stands for a folder, a pipe or a device.")
        size = before.st_size
        if not size:
            raise InputRejected("empty-file", "the file has no content.")
        data = _read_exactly(descriptor, min(size, limit))
        after = os.fstat(descriptor)
    except OSError as error:
        raise InputRejected("unreadable", f"the file cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    if len(data) < min(size, limit) or (after.st_size, after.st_mtime_ns) != (size, before.st_mtime_ns):
        raise InputRejected("changed-during-read", "the file grew or shrank while it was read.")
    return size, (before.st_ino, before.st_mtime_ns), data


def _read_exactly(descriptor, count):
    """Return the next `count` bytes, fewer at the end of the file."""
    data = os.read(descriptor, count)
    while len(data) < count:
        more = os.read(descriptor, count - len(data))
        if not more:
            break
        data += more
    return data


def _explain(path, error):
    """Return the rejection of a file that cannot be opened."""
    if error.errno == errno.ENOENT and os.path.islink(path):
        return InputRejected("not-a-file", "the link points to nothing.")
    if error.errno == errno.ENOENT:
        return InputRejected("unreadable", "the file is not there; removed since the listing?")
    if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.EOPNOTSUPP):
        return InputRejected("not-a-file", f"the name stands for no file: {error.strerror}.")
    return InputRejected("unreadable", f"the file cannot be opened: {error.strerror}.")


def expand(data, limit=LARGEST_CUTOUT):
    """Return data as they are, or what their compression (gzip, bzip2, xz, .Z, zstandard) holds.

    Raises
    ------
    InputRejected
        ``bad-compression`` if the data or their checksum are wrong, ``truncated``
        if they end early, ``too-large`` for more than `limit` bytes.
    """
    return decompress(data, limit)
