"""One header of a FITS file with its image."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Hdu"]


@dataclass
class Hdu:
    """One header of a file, and its image if it has one.

    Parameters
    ----------
    name : str
        EXTNAME in capitals, or an empty string.
    header : mapping-like with ``get``
    pixels : ndarray or None
        Axes as numpy has them (``NAXIS1`` last).
    version : int, optional
        EXTVER.
    table : structured ndarray, optional
        Rows of a binary table that may hold an image each.
    """

    name: str
    header: object
    pixels: np.ndarray | None
    version: int | None = None
    table: object = None
