"""CRC-32 of data in pieces, from the CRC-32 of each piece: no byte is read twice.

Appending zeros to data changes their CRC by a linear map over GF(2), which
depends on the number of zeros alone; see Adler's ``crc32_combine`` in zlib. Here
it acts on the CRCs of all pieces at once.
"""

import numpy as np

__all__ = ["extended_crc32", "joined_crc32"]

_BITS = np.arange(32, dtype=np.uint32)
_UNITS = np.uint32(1) << _BITS
# Image of each bit when one zero bit is appended: a shift, and the polynomial for the last bit.
_ONE_BIT = np.concatenate([[0xEDB88320], _UNITS[:-1]]).astype(np.uint32)


def joined_crc32(pieces, length):
    """Return the CRC-32 of pieces of one length, one behind the other.

    Parameters
    ----------
    pieces : (N,) uint32 ndarray
        CRC-32 of each.
    length : int
        Of every piece [byte].
    """
    pieces, step = np.asarray(pieces, np.uint32), _append(8 * length)
    while len(pieces) > 1:
        if len(pieces) % 2:
            pieces = np.concatenate([np.zeros(1, np.uint32), pieces])  # nothing, in front of all
        pieces = _apply(step, pieces[::2]) ^ pieces[1::2]
        step = _apply(step, step)
    return int(pieces[0]) if len(pieces) else 0


def extended_crc32(first, second, length):
    """Return the CRC-32 of two pieces, from that of each and the length of the second [byte].

    Examples
    --------
    >>> import zlib
    >>> extended_crc32(zlib.crc32(b"data "), zlib.crc32(b"cube"), 4) == zlib.crc32(b"data cube")
    True
    """
    return int(_apply(_append(8 * length), np.array([first], np.uint32))[0]) ^ second


def _append(count):
    """Return the map that appends `count` zero bits, as the image of each of the 32 bits."""
    result, power = _UNITS, _ONE_BIT
    while count:
        if count & 1:
            result = _apply(power, result)
        power = _apply(power, power)
        count >>= 1
    return result


def _apply(images, values):
    """Map every value: the sum, modulo 2, of the images of its bits."""
    out = np.zeros(len(values), np.uint32)
    for bit, image in zip(_BITS, images, strict=True):
        out ^= (values >> bit & np.uint32(1)) * image
    return out
