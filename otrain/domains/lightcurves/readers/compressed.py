"""The content of a file of light curves, whatever it is compressed with."""

import bz2

from otrain.data.inputs.probe import LARGEST_CUTOUT, MOST_PACKED
from otrain.data.inputs.quarantine import InputRejected

__all__ = ["BZIP2", "read_expanded"]

BZIP2 = b"BZh"


def read_expanded(probe, limit):
    """Return what a file holds once gzip or bzip2 is undone.

    Raises
    ------
    InputRejected
        ``bad-compression``, ``truncated``, or ``too-large`` for more than `limit` bytes.
    """
    if not probe.head.startswith(BZIP2):
        return probe.expanded(limit)
    data = probe.read(limit)
    limit = min(limit, max(LARGEST_CUTOUT, MOST_PACKED * probe.size))  # against bombs, as for gzip
    decoder, parts, size = bz2.BZ2Decompressor(), [], 0
    while data:
        try:
            parts.append(decoder.decompress(data, limit + 1 - size))
        except OSError as error:
            raise InputRejected("bad-compression", f"bzip2 cannot decompress it ({error}).") from None
        size += len(parts[-1])
        if size > limit:
            raise InputRejected("too-large", f"it expands to more than {limit / 1e6:.0f} MB.")
        if decoder.eof:  # files may follow each other in one
            data, decoder = decoder.unused_data, bz2.BZ2Decompressor()
        elif decoder.needs_input:
            raise InputRejected("truncated", "the compressed data end early.")
        else:
            data = b""
    return b"".join(parts)
