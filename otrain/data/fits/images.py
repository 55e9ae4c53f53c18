"""The images of a FITS file with their headers: the plain ones read here, all others by astropy."""

import re

from otrain.data.fits.hdu import Hdu
from otrain.data.fits.plain import Doubt, read_plain_hdus
from otrain.data.inputs.counted import compression_of

__all__ = ["looks_like_fits", "read_every", "read_hdus"]

_FITS = b"SIMPLE  ="
_ENDINGS = (".fits", ".fit", ".fts")
_COMPRESSED = r"\.(gz|fz|bz2|xz|z|zst)$"


def looks_like_fits(probe):
    """Return whether a file is FITS by its first bytes, compressed or not, or has the name of such a file."""
    if probe.head.startswith(_FITS) or probe.content_head.startswith(_FITS):
        return True
    compressed = compression_of(probe.head) is not None
    name = re.sub(_COMPRESSED, "", probe.suffixes) if compressed else probe.suffixes.removesuffix(".fz")
    return name.endswith(_ENDINGS) and (compressed or probe.head.startswith(b"SIMPLE"))


def read_hdus(data):
    """Return the images of a FITS file, the plain ones without astropy.

    Parameters
    ----------
    data : bytes
        A whole file, not gzipped.

    Returns
    -------
    list of Hdu
    """
    try:
        hdus = read_plain_hdus(data)
    except Doubt:
        return read_every(data)
    return [Hdu(hdu.name, _DoubtingHeader(hdu.header, data, place), hdu.pixels, hdu.version)
            for place, hdu in enumerate(hdus)]


def read_every(data):
    """Return the images of a FITS file by astropy, which takes as long to import as a hundred files take."""
    from otrain.data.fits.whole import read_all

    return read_all(data)


class _DoubtingHeader:
    """A plain header that asks astropy about the cards that are not plain."""

    def __init__(self, header, data, place):
        self._header, self._data, self._place = header, data, place

    def get(self, keyword, default=None):
        """Return the value of a keyword."""
        try:
            return self._header.get(keyword, default)
        except Doubt:
            self._header = read_every(self._data)[self._place].header
            return self._header.get(keyword, default)

    def keywords(self):
        """Return the keywords of the header, in order."""
        return self._header.keywords()
