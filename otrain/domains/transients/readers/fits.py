"""Read cutouts from FITS: O'TRAIN's own, multi-extension, triplets, 3-D, compressed."""

from otrain.data.example import Example
from otrain.data.probe import GZIP, expand
from otrain.domains.transients.readers.fits_fast import Doubt, read_plain
from otrain.domains.transients.readers.header import read_columns
from otrain.domains.transients.readers.images import Hdu, assemble, to_planes

__all__ = ["READER", "FitsReader", "looks_like_fits", "read_hdus"]

_FITS = b"SIMPLE  ="
_ENDINGS = (".fits", ".fit", ".fts")


def looks_like_fits(probe):
    """Return whether a file is FITS by its first bytes, or gzip of it by its name."""
    if probe.head.startswith(_FITS):
        return True
    name = probe.suffixes.removesuffix(".gz").removesuffix(".fz")
    return name.endswith(_ENDINGS) and (probe.head.startswith((GZIP, b"SIMPLE")))


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
        header, pixels = read_plain(data)
    except Doubt:
        from otrain.domains.transients.readers.fits_astropy import read_all

        return read_all(data)
    return [Hdu("", _DoubtingHeader(header, data), pixels)]


class _DoubtingHeader:
    """A plain header that asks astropy about the cards that are not plain."""

    def __init__(self, header, data):
        self._header, self._data = header, data

    def get(self, keyword, default=None):
        """Return the value of a keyword."""
        try:
            return self._header.get(keyword, default)
        except Doubt:
            from otrain.domains.transients.readers.fits_astropy import read_all

            self._header = read_all(self._data)[0].header
            return self._header.get(keyword, default)


class FitsReader:
    """Reader of FITS cutouts, one candidate per file."""

    name = "fits"
    formats = ("fits", "gzip")

    def recognises(self, probe):
        """Return whether the file is FITS, gzipped or not."""
        return looks_like_fits(probe)

    def read(self, probe):
        """Yield the candidate of a file."""
        data = expand(probe.data)
        try:
            header, pixels = read_plain(data)
            image, channels = to_planes(pixels)
            columns, label = read_columns([header], probe.label_keyword)
        except Doubt:
            from otrain.domains.transients.readers.fits_astropy import read_all

            hdus = read_all(data)
            image, channels, used = assemble(hdus)
            columns, label = read_columns([hdu.header for hdu in used], probe.label_keyword)
        yield Example(image, channels, columns, label)


READER = FitsReader()
