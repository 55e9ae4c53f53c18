"""Tiles of HCOMPRESS, looked at before their decoder sees them.

The decoder writes as many pixels as the compressed stream says into room for those of
the tile. In a broken file the two differ, and what lies behind that room is
overwritten: the process dies at once, or later, with an innocent file in hand.
"""

import io
import math
import struct

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["check_tiles"]

_BEGIN = struct.Struct(">2sii4x8x3B")  # mark, sides, (scale, sum of pixels,) bit planes of 3 quadrants
_MARK = b"\xdd\x99"
_MOST_PLANES = 63  # bits that a value can have


def check_tiles(data):
    """Check that every HCOMPRESS tile of a FITS file has the size that the header announces.

    Parameters
    ----------
    data : bytes
        The whole file.

    Raises
    ------
    InputRejected
        ``bad-compression`` at the first tile that differs.
    """
    from astropy.io import fits

    with fits.open(io.BytesIO(data), memmap=False, disable_image_compression=True) as hdus:
        for hdu in hdus:
            if str(hdu.header.get("ZCMPTYPE", "")).strip() == "HCOMPRESS_1":
                _check_table(hdu)


def _check_table(hdu):
    image, tile = _sides(hdu.header, "ZNAXIS"), _sides(hdu.header, "ZTILE")
    for row, stream in enumerate(hdu.data["COMPRESSED_DATA"]):
        if len(stream):  # an empty one is stored in another way, in another column
            _check_stream(bytes(memoryview(stream)), _size_of(row, image, tile), row)


def _sides(header, keyword):
    """Return the sides of the image, or of a tile, the first axis of FITS first."""
    axes = header["ZNAXIS"]
    defaults = [header["ZNAXIS1"]] + [1] * (axes - 1)  # tiles are single rows unless they say otherwise
    sides = [header.get(f"{keyword}{axis + 1}", defaults[axis]) for axis in range(axes)]
    if not sides or any(type(side) is not int or side < 1 for side in sides):
        raise InputRejected("corrupt", f"{keyword}n must be positive. Received: {sides}.")
    return sides


def _size_of(row, image, tile):
    """Return the sides longer than one pixel of the tile in a row, sorted."""
    sides = []
    for whole, part in zip(image, tile, strict=True):
        row, place = divmod(row, math.ceil(whole / part))
        sides.append(min(part, whole - place * part))  # the last tile of an axis may be smaller
    return sorted(side for side in sides if side > 1)


def _check_stream(stream, wanted, row):
    if len(stream) < _BEGIN.size:
        raise InputRejected("bad-compression", f"tile {row} has {len(stream)} bytes; HCOMPRESS begins with "
                                               f"{_BEGIN.size}.")
    mark, height, width, *planes = _BEGIN.unpack_from(stream)
    found = sorted(side for side in (height, width) if side != 1)
    if mark != _MARK or found != wanted or max(planes) > _MOST_PLANES:
        raise InputRejected("bad-compression", f"tile {row} does not begin as HCOMPRESS data of "
                                               f"{'x'.join(map(str, wanted)) or '1'} pixel. Received: "
                                               f"{height}x{width}, {planes} bit planes.")
