"""FITS headers and data as bytes: cards formatted here, because astropy needs a millisecond per file."""

import numpy as np

__all__ = ["BLOCK", "card", "data_block", "header_block"]

BLOCK = 2880  # bytes: FITS files are made of blocks of this length


def card(keyword, value, comment=""):
    """Return one 80-character card in fixed format.

    Parameters
    ----------
    keyword : str
        At most eight capitals.
    value : bool, int, float or str
    comment : str
        Cut off where the card ends.

    Examples
    --------
    >>> card("TEFF", 5772.0, "[K] effective temperature").rstrip()
    'TEFF    =               5772.0 / [K] effective temperature'
    """
    if isinstance(value, (bool, np.bool_)):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, str):
        escaped = value.replace("'", "''").ljust(8)
        text = f"'{escaped}'".ljust(20)
    else:
        text = f"{repr(value).upper():>20}"  # FITS writes 1E-05
    return f"{keyword:<8}= {text}{f' / {comment}' if comment else ''}"[:80].ljust(80)


def header_block(cards):
    """Return cards with END, filled up to whole blocks."""
    text = "".join(cards) + "END".ljust(80)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


def data_block(array):
    """Return the bytes of a big-endian array, filled up to whole blocks with zeros."""
    raw = array.tobytes()
    return raw + bytes(-len(raw) % BLOCK)
