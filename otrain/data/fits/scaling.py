"""From stored numbers to pixel values: BSCALE, BZERO and BLANK, whatever type they are written in."""

import numpy as np

from otrain.data.fits.values import to_float
from otrain.data.inputs.quarantine import InputRejected

__all__ = ["scale_pixels"]


def scale_pixels(stored, header):
    """Return the pixel values of an image, NaN where it says that a pixel has none.

    Parameters
    ----------
    stored : ndarray
        The numbers as they stand in the file.
    header : mapping-like with ``get``
        BSCALE and BZERO may be texts; BLANK counts for integers, unsigned ones included.

    Returns
    -------
    ndarray
        `stored` itself where nothing has to be done. Integers of up to 16 bits are scaled as
        float32, longer ones as float64.

    Raises
    ------
    InputRejected
        ``bad-column`` if BSCALE or BZERO is no number.
    """
    scale, zero = _number(header, "BSCALE", 1.0), _number(header, "BZERO", 0.0)
    missing = _blank(stored, header)
    if scale == 1 and zero == 0 and missing is None:
        return stored
    if stored.dtype.kind == "f":
        values = np.array(stored, stored.dtype.newbyteorder("="))
    else:
        values = np.array(stored, np.float32 if stored.dtype.itemsize <= 2 else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if scale != 1:
            values *= values.dtype.type(scale)
        if zero != 0:
            values += values.dtype.type(zero)
    if missing is not None:
        values[missing] = np.nan
    return values


def _blank(stored, header):
    """Return which pixels of an integer image have no value, None if all have one."""
    if stored.dtype.kind not in "iu":
        return None
    try:
        blank = to_float(header.get("BLANK", np.nan))
    except ValueError:
        return None  # a BLANK that cannot be read marks nothing
    missing = stored == blank
    return missing if missing.any() else None


def _number(header, keyword, default):
    value = header.get(keyword, default)
    try:
        number = to_float(value)
    except ValueError:
        number = np.nan
    if number != number:
        raise InputRejected("bad-column", f"{keyword} = {value!r} is no number, so the pixels have no unit.")
    return number
