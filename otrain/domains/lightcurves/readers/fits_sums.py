"""The checksums of a FITS header and its data, compared with their bytes.

Both are sums of 32-bit words in ones' complement. CHECKSUM is written such that the
sum of the whole HDU has all bits set, DATASUM is that of its data (FITS 4.0, appendix J).
"""

import numpy as np

from otrain.data.quarantine import InputRejected

__all__ = ["check_sums", "ones_complement_sum"]

_ALL_BITS = 0xFFFFFFFF


def ones_complement_sum(data):
    """Return the sum of big-endian 32-bit words in which a carry is added to the lowest bit.

    Parameters
    ----------
    data : bytes-like
        Filled up with zeros to whole words.

    Examples
    --------
    >>> hex(ones_complement_sum(bytes.fromhex("ffffffff 00000002")))
    '0x2'
    """
    whole = len(data) // 4 * 4
    total = int(np.frombuffer(data[:whole], ">u4").sum(dtype=np.uint64))
    total += int.from_bytes(bytes(data[whole:]).ljust(4, b"\0"), "big")
    while total > _ALL_BITS:
        total = (total & _ALL_BITS) + (total >> 32)
    return total


def check_sums(header, data, start):
    """Refuse an HDU that differs from its checksums; without any it passes.

    Parameters
    ----------
    header : object
        ``get(keyword)``, of its own cards alone.
    data : bytes-like
        The whole HDU.
    start : int
        Where in it the data begin.

    Raises
    ------
    InputRejected
        ``bad-checksum``.
    """
    known = str(header.get("DATASUM") or "").strip()
    # A text of blanks or zeros says that none was computed.
    if str(header.get("CHECKSUM") or "").strip(" 0") and ones_complement_sum(data) != _ALL_BITS:
        raise InputRejected("bad-checksum", "a header and its data do not have the checksum CHECKSUM.")
    if known and known != str(ones_complement_sum(data[start:])):
        raise InputRejected("bad-checksum", f"the data of an HDU do not have the checksum DATASUM {known}.")
