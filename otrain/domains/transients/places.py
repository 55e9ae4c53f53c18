"""Where the source of a candidate lies in an image that the edge of its detector has cut.

A whole cutout has its source in the middle, pixel ``(H // 2, W // 2)``. One that is cut has lost a part on
one side; which one, its place in the frame or its coordinates tell.
"""

import math

__all__ = ["place_by_coordinates", "place_in_frame", "place_in_header"]


def place_in_frame(shape, x, y, full=None):
    """Return the pixel of the source of a cutout, from the place of the source in the frame.

    Parameters
    ----------
    shape : (H, W)
        Of the image.
    x, y : float or None
        Column and row in the frame, counted from 0 or 1 [pixel].
    full : int, optional
        Side of a cutout that is not cut [pixel]; by default the longer side of this one.

    Returns
    -------
    (row, column) of int, or None
        None if an axis is cut and its coordinate is not known.

    Examples
    --------
    >>> place_in_frame((63, 50), 3053.5, 1000.0), place_in_frame((63, 50), 18.0, 1000.0)
    ((31, 31), (31, 18))
    """
    full = max(*shape, full or 0)
    found = []
    for length, coordinate in zip(shape, (y, x), strict=True):
        if length >= full:
            found.append(length // 2)
        elif coordinate is None or not math.isfinite(coordinate):
            return None
        elif coordinate < full // 2 + 1:  # the low side is missing
            found.append(full // 2 - (full - length))
        else:
            found.append(full // 2)
    return _inside(found, shape)


def place_by_coordinates(shape, header, ra, dec):
    """Return the pixel of the source of a cutout from its own sky coordinates, None if they do not tell it.

    Parameters
    ----------
    shape : (H, W)
        Of the image.
    header : mapping-like with ``get``
        With CRPIX, and with CRVAL and CD or CDELT if the source is not at the reference pixel. Distances
        are small, so every projection is the plane that touches the sky.
    ra, dec : float or None
        Of the source [deg].
    """
    column, row = (_number(header, f"CRPIX{axis}") for axis in (1, 2))
    if column is None or row is None:
        return None
    first, second = (_number(header, f"CRVAL{axis}") for axis in (1, 2))
    if None not in (first, second, ra, dec) and abs(dec) < 90 and abs(second) < 90:
        offset = _offset(header, math.remainder(ra - first, 360) * math.cos(math.radians(dec)), dec - second)
        if offset is None:
            return None
        column, row = column + offset[0], row + offset[1]
    return _inside((round(row) - 1, round(column) - 1), shape)


def _offset(header, east, north):
    """Return columns and rows from the reference pixel to a point so far east and north of it [deg]."""
    a, d = (_number(header, f"CD{axis}_{axis}") for axis in (1, 2))
    b, c = (_number(header, name) or 0.0 for name in ("CD1_2", "CD2_1"))
    if a is None and d is None:
        a, d = (_number(header, f"CDELT{axis}") for axis in (1, 2))
        if a is not None and d is not None:
            a, b, c, d = a, (_number(header, "PC1_2") or 0.0) * a, (_number(header, "PC2_1") or 0.0) * d, d
    a, d = a or 0.0, d or 0.0
    scale = a * d - b * c
    return ((d * east - b * north) / scale, (a * north - c * east) / scale) if scale else None


def place_in_header(shape, headers, columns):
    """Return the pixel of the source of a cutout: by its coordinates, XPOS and YPOS, or CRPIX."""
    ra, dec = (columns.get(name) for name in ("ra", "dec"))
    known = ra is not None and dec is not None and ra == ra and dec == dec
    for header in headers:
        has_sky = known and _number(header, "CRVAL1") is not None
        if has_sky and (place := place_by_coordinates(shape, header, ra, dec)):
            return place
    if place := place_in_frame(shape, columns.get("x"), columns.get("y")):
        return place
    places = (place_by_coordinates(shape, header, None, None) for header in headers)
    return next((place for place in places if place), None)


def _number(header, keyword):
    value = header.get(keyword)
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None


def _inside(place, shape):
    row, column = place
    return (row, column) if 0 <= row < shape[0] and 0 <= column < shape[1] else None
