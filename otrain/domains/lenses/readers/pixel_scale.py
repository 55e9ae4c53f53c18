"""The side of a pixel on the sky, as the header of an image tells it."""

import math

from otrain.data.fits.values import to_float
from otrain.data.inputs.quarantine import InputRejected

__all__ = ["pixel_scale_of"]

_ARCSEC = {"deg": 3600.0, "degree": 3600.0, "degrees": 3600.0, "arcmin": 60.0, "arcsec": 1.0, "": 3600.0,
           "rad": math.degrees(1) * 3600}
_NAMED = ("PIXSCALE", "PIXSCAL1", "SECPIX", "SECPIX1", "D001SCAL")
_LARGEST = 60.0  # arcsec; beyond it no lens is resolved
_SQUARE = 0.01  # by so much the two sides of a pixel may differ


def pixel_scale_of(*headers):
    """Return the side of a pixel [arcsec], None where no header tells it.

    Parameters
    ----------
    *headers : mapping-like with ``get``
        The first that has a WCS (CD, or CDELT with PC) counts; without any, keywords such as PIXSCALE.

    Raises
    ------
    InputRejected
        ``bad-column`` if a WCS is there and cannot be read, is no size of a pixel, or its pixels are not
        square.
    """
    for header in headers:
        matrix = _matrix(header)
        if matrix is not None:
            return _side(matrix, _unit(header))
    for header in headers:
        for keyword in _NAMED:
            if (value := header.get(keyword)) is not None:
                return _checked(_number(keyword, value), f"{keyword} = {value!r}")
    return None


def _matrix(header):
    """Return the four numbers that turn pixels into degrees, None where the header has none."""
    keywords = ("CD1_1", "CD1_2", "CD2_1", "CD2_2")
    values = [header.get(keyword) for keyword in keywords]
    if any(value is not None for value in values):
        return [0.0 if value is None else _number(keyword, value)
                for keyword, value in zip(keywords, values, strict=True)]
    steps = [header.get("CDELT1"), header.get("CDELT2")]
    if None in steps or header.get("CTYPE1") is None:
        return None
    steps = [_number(f"CDELT{axis}", step) for axis, step in enumerate(steps, 1)]
    turns = [_number(f"PC{one}_{other}", header.get(f"PC{one}_{other}", float(one == other)))
             for one in (1, 2) for other in (1, 2)]
    return [steps[0] * turns[0], steps[0] * turns[1], steps[1] * turns[2], steps[1] * turns[3]]


def _side(matrix, unit):
    """Return the side of a square pixel."""
    a, b, c, d = matrix
    sides = math.hypot(a, c), math.hypot(b, d)
    words = f"the WCS has the matrix {a:g} {b:g} {c:g} {d:g}"
    if not min(sides) > 0 or max(sides) > (1 + _SQUARE) * min(sides):
        raise InputRejected("bad-column", f"{words}: these are no square pixels. Give their side with "
                                          "--pixel-scale where they are.")
    return _checked(math.sqrt(abs(a * d - b * c)) * unit, words)


def _unit(header):
    unit = str(header.get("CUNIT1") or "").strip().lower()
    if unit not in _ARCSEC:
        raise InputRejected("bad-column", f"CUNIT1 = {unit!r} is no unit of an angle, so the pixel scale is "
                                          "not known. Give it with --pixel-scale.")
    return _ARCSEC[unit]


def _number(keyword, value):
    try:
        number = to_float(value, None)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputRejected("bad-column", f"{keyword} = {value!r} is no number, so the pixel scale is not "
                                          "known. Give it with --pixel-scale.")
    return number


def _checked(scale, words):
    """Return a scale that can be that of the image of a lens."""
    if not 0 < scale < _LARGEST:
        raise InputRejected("bad-column", f"{words}: pixels of {scale:g} arcsec are none of an image of a "
                                          "lens. Give their side with --pixel-scale.")
    return round(scale, 9)
