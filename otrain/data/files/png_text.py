"""Texts within PNG files, whose pixels stay as they are."""

import struct
import zlib

__all__ = ["first_text", "png_chunk", "with_text", "without_text"]

_HEAD = 33  # bytes before which nothing else may stand: signature and the chunk IHDR


def png_chunk(kind, data):
    """Return one chunk of a PNG file: length, kind, data and the CRC-32 of the latter two."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_text(content, keyword, text):
    """Return a PNG with a text as the first chunk behind its header.

    Parameters
    ----------
    content, keyword, text : bytes
        The file; keyword and text in Latin-1.

    References
    ----------
    PNG specification, third edition, section 11.3.3, https://www.w3.org/TR/png-3.
    """
    return content[:_HEAD] + png_chunk(b"tEXt", keyword + b"\0" + text) + content[_HEAD:]


def first_text(content, keyword):
    """Return the text of a keyword that is the first chunk behind the header of a PNG, or None."""
    kind, size = content[_HEAD + 4:_HEAD + 8], int.from_bytes(content[_HEAD:_HEAD + 4], "big")
    found, _, text = content[_HEAD + 8:_HEAD + 8 + size].partition(b"\0")
    return text if (kind, found) == (b"tEXt", keyword) else None


def without_text(content):
    """Return a PNG without its first chunk behind the header, one of those that `with_text` makes."""
    return content[:_HEAD] + content[_HEAD + 12 + int.from_bytes(content[_HEAD:_HEAD + 4], "big"):]
