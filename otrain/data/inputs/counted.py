"""Decompress gzip, bzip2, xz, zstandard and .Z while counting, so that a small file cannot fill memory."""

import bz2
import gzip
import io
import lzma
import zlib

from otrain.data.inputs.lzw import LzwError, decode_lzw
from otrain.data.inputs.quarantine import InputRejected
from otrain.errors import MissingExtraError

__all__ = ["COMPRESSED", "CountedStream", "compression_of", "decompress", "least_budget"]

GIB = 1 << 30
CHUNK = 1 << 18  # bytes of compressed data that are read at a time
LARGEST_RATIO = 100  # expansion of a large file beyond which nobody's data go
DICTIONARY = 128 << 20  # bytes of memory that an xz decoder may take; `xz -9` asks for 65 MB

COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstandard",
              b"\x1f\x9d": "compress"}
_MAGIC = tuple(COMPRESSED)


def compression_of(head):
    """Return how data are compressed, by their first bytes: a value of `COMPRESSED`, or None."""
    if not head.startswith(_MAGIC):  # asked of every file
        return None
    return next(kind for magic, kind in COMPRESSED.items() if head.startswith(magic))


def least_budget(size):
    """Return how many bytes a compressed file of a size may become: 1 GiB, and more where it is large."""
    return max(GIB, LARGEST_RATIO * size)


def decompress(data, limit):
    """Return what compressed data hold.

    Parameters
    ----------
    data : bytes
        Returned as they are if they are not compressed.
    limit : int
        Most bytes of the result.

    Raises
    ------
    InputRejected
        ``too-large`` for more than `limit` bytes, ``bad-compression`` if the data or
        their checksum are wrong, ``truncated`` if they end early.
    MissingExtraError
        If they are zstandard and its package is not installed.
    """
    if compression_of(data) is None:
        if len(data) > limit:
            raise _too_large(limit, "it has")
        return data
    stream = CountedStream(io.BytesIO(data), limit)
    parts = []
    while part := stream.read(1 << 20):
        parts.append(part)
    return b"".join(parts)


class CountedStream:
    """What a compressed file holds, read from the beginning to the end in pieces.

    Parameters
    ----------
    stream : binary file
        At its beginning; if it is not compressed, its bytes are given as they are.
    limit : int
        Most bytes in all.

    Raises
    ------
    InputRejected
        From `read`, as for `decompress`.
    """

    def __init__(self, stream, limit):
        head = stream.read(6)
        self._limit, self.count = limit, 0
        self._source = _opened(compression_of(head), _Rejoined(head, stream))

    def read(self, size):
        """Return the next `size` bytes, fewer at the end."""
        try:
            data = self._source.read(size)
        except EOFError:
            raise InputRejected("truncated", "the compressed data end too early.") from None
        except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, LzwError, OSError, ValueError) as error:
            raise InputRejected("bad-compression", f"the data cannot be expanded: {error}.") from None
        self.count += len(data)
        if self.count > self._limit:
            raise _too_large(self._limit, "it expands to")
        return data


def _too_large(limit, how):
    return InputRejected("too-large", f"{how} more than {limit / 1e6:.0f} MB, which are allowed.")


def _opened(kind, stream):
    """Return a file that reads the expanded data of a compressed one."""
    if kind is None:
        return stream
    if kind == "gzip":
        return gzip.GzipFile(fileobj=stream)
    if kind == "bzip2":
        return _Decoded(stream, bz2.BZ2Decompressor)
    if kind == "xz":
        return _Decoded(stream, lambda: lzma.LZMADecompressor(memlimit=DICTIONARY))
    if kind == "zstandard":
        return _Decoded(stream, _zstandard())
    return _Pieces(decode_lzw(stream))


def _zstandard():
    """Return the class of a zstandard decoder; it is bounded by the format's own limit of 128 MiB."""
    try:
        from compression import zstd  # Python 3.14 and later
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            raise MissingExtraError("backports.zstd (zstandard)", "alerts") from None
    return zstd.ZstdDecompressor


class _Rejoined:
    """A stream whose first bytes have been read already."""

    def __init__(self, head, stream):
        self._head, self._stream = head, stream

    def read(self, size=-1):
        if not self._head:
            return self._stream.read(size)
        if size < 0 or size >= len(self._head):
            head, self._head = self._head, b""
            return head + self._stream.read(size if size < 0 else size - len(head))
        part, self._head = self._head[:size], self._head[size:]
        return part


class _Decoded:
    """The expanded data of one or several streams, one behind the other, of bzip2, xz or zstandard."""

    def __init__(self, stream, make):
        self._stream, self._make, self._decoder, self._rest = stream, make, make(), b""

    def read(self, size):
        while True:
            if self._decoder.eof:
                data = self._decoder.unused_data or self._stream.read(CHUNK)
                if not data.strip(b"\0"):  # padding, or the end
                    return b""
                self._decoder, self._rest = self._make(), data
            data = self._rest
            if not data and getattr(self._decoder, "needs_input", True):
                data = self._stream.read(CHUNK)
                if not data:
                    raise EOFError
            self._rest = b""
            try:
                part = self._decoder.decompress(data, size)
            except Exception as error:
                # Each package has its own class of errors; all say that the data are wrong.
                raise ValueError(error) from None
            if part:
                return part


class _Pieces:
    """A file of the pieces that an iterator gives."""

    def __init__(self, pieces):
        self._pieces, self._rest = pieces, b""

    def read(self, size):
        if not self._rest:
            self._rest = next(self._pieces, b"")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part
