"""The bounded fast path for plain cutouts: images in primary header and extensions, read without astropy.

A cutout of 64x64 pixels costs astropy 300 microseconds, and 20 here; a file of four
extensions, each with the header of a whole frame, 10 milliseconds there. What is read is what
O'TRAIN, gmadet and STDPipe write: images, keywords in plain or HIERARCH cards, a file of
exactly the length that its headers say. On any doubt the answer is `Doubt`, and astropy reads
the file; a test compares the two on every flavour of FITS.
"""

import math
import re
from functools import lru_cache
from struct import Struct

import numpy as np

from otrain.data.fits.hdu import Hdu
from otrain.data.fits.scaling import scale_pixels
from otrain.data.inputs.fits_bytes import BLOCK
from otrain.data.inputs.fits_card import CARD, NotStandard, card_value, find_end
from otrain.data.inputs.sizes import check_size

__all__ = ["Doubt", "PlainHeader", "read_plain", "read_plain_hdus"]

_LETTERS = 72  # of a card after its keyword

_TYPES = {8: "u1", 16: ">i2", 32: ">i4", -32: ">f4", -64: ">f8"}
_MANDATORY = ["SIMPLE  ", "BITPIX  ", "NAXIS   ", "NAXIS1  ", "NAXIS2  "]
_KEYWORDS = re.compile("[A-Z0-9_ -]*").fullmatch
_END_BLOCK = b"END".ljust(BLOCK)
_PRINTABLE = bytes(range(32, 127))
_STRUCTURE = 5 * CARD  # SIMPLE, BITPIX, NAXIS, NAXIS1, NAXIS2 come first, in this order
_MOST_CARDS = 1000
_LAYOUTS = 256  # that are remembered; a night's cutouts have one

# Cards that only astropy reads: checksums, which it verifies, compressed images, random
# groups, and values that run over several cards.
_STRANGE = {key.ljust(8).encode() for key in ("CONTINUE", "CHECKSUM", "DATASUM", "GROUPS", "ZIMAGE")}
# Cards that make a file more than one plain image: scaled pixels, extensions, names of images.
_NOT_PLAIN = {key.ljust(8).encode() for key in (
    "BSCALE", "BZERO", "BLANK", "HIERARCH", "PCOUNT", "GCOUNT", "XTENSION", "EXTNAME", "INHERIT")}
_HIERARCH = b"HIERARCH"
_STRUCTURAL = re.compile("(SIMPLE|XTENSION|BITPIX|NAXIS[0-9]?|PCOUNT|GCOUNT|EXTEND) *").fullmatch
_SCALING = ("BSCALE", "BZERO", "BLANK")
_MOST_AXES = 4
_MOST_HDUS = 1000


class Doubt(Exception):
    """The file is not plain enough; astropy knows better."""


class Layout(dict):
    """Where the value of each keyword begins in a header [byte], by the padded keyword.

    Cutouts that one program wrote have the same keywords in the same order, so
    what follows from the keywords alone is found out once.

    Attributes
    ----------
    first : tuple of str
        The first keywords, in which the structure stands.
    hierarch : tuple of int
        Where cards with longer keywords begin [byte].
    structure : int
        Where the first card begins that says nothing of how the data lie [byte].
    plain : bool
        Whether nothing in it asks for more than the pixels of one image.
    """

    __slots__ = ("first", "hierarch", "plain", "structure")
    __hash__ = object.__hash__  # a layout is one of few; whoever knows it may remember what it means

    def __missing__(self, keyword):
        self[keyword] = place = self.get(keyword.upper().ljust(8))  # as the cards have it
        return place


class PlainHeader:
    """The cards of a plain header, parsed when they are asked for.

    Parameters
    ----------
    text : str
        The cards one after the other.
    layout : Layout
    """

    __slots__ = ("_long", "_text", "layout")

    def __init__(self, text, layout):
        self._text, self.layout, self._long = text, layout, None

    def get(self, keyword, default=None):
        """Return the value of a keyword as astropy would: str, int, float or bool.

        Raises
        ------
        Doubt
            If the card is not of the plainest form.
        """
        layout = self.layout
        place = layout[keyword]
        if layout.hierarch:
            if self._long is None:
                self._long = _long_keywords(self._text, layout.hierarch)
            found = self._long.get(keyword.upper())
            if found is not None and (place is None or found[0] < place):
                value = _value("= " + found[1])
                return default if value is None else value
        if place is None:
            return default
        value = _value(self._text[place:place + _LETTERS])
        return default if value is None else value

    def image(self, primary):
        """Return type and shape of the image behind the header; an empty shape if there is none."""
        return _image(self.layout, self._text[:self.layout.structure], primary)

    def present(self, keywords):
        """Return which keywords of a tuple the header has, whether or not their cards have a value."""
        found = _present(self.layout, keywords)
        if self.layout.hierarch:
            if self._long is None:
                self._long = _long_keywords(self._text, self.layout.hierarch)
            found = found.union(keyword for keyword in keywords if keyword in self._long)
        return found

    def keywords(self):
        """Return the keywords of the header, in order; long ones last."""
        names = [self._text[at:at + 8].rstrip() for at in range(0, len(self._text), CARD)]
        found = _long_keywords(self._text, self.layout.hierarch)
        return [*names, *(keyword for _, _, keyword in found.values())]


@lru_cache(1024)
def _present(layout, keywords):
    return frozenset(keyword for keyword in keywords if layout[keyword] is not None)


def _long_keywords(text, places):
    """Return place, value and keyword of the cards with the word HIERARCH, by the keyword in capitals."""
    found = {}
    for place in places:
        keyword, sign, value = text[place + 8:place + CARD].partition("=")
        if sign and keyword.startswith(" "):
            found.setdefault(keyword.strip().upper(), (place, value, keyword.strip()))
    return found


@lru_cache(4096)  # most values of a night's headers are the same in every file
def _value(card):
    """Return the value of a card, from the 72 letters after its keyword; None where it has none."""
    try:
        return card_value(card)
    except NotStandard:
        raise Doubt(card) from None


def read_plain(data):
    """Return header and pixels of a plain primary image.

    Parameters
    ----------
    data : bytes
        A whole file.

    Returns
    -------
    header : PlainHeader
    pixels : ndarray
        In the type of the file (big-endian), axes as numpy has them
        (``NAXIS1`` last), a view of `data`.

    Raises
    ------
    Doubt
        If the file is anything else than a plain primary image.
    """
    kind, shape, size = _structure(data[:_STRUCTURE])
    header, start = _header(data)
    if not header.layout.plain:
        raise Doubt("not plain")
    if len(shape) == 3:
        planes = header.get("NAXIS3", 0)
        if type(planes) is not int or planes < 1:
            raise Doubt("NAXIS3")
        shape, size = (planes, *shape[1:]), size * planes
    if len(data) != start + -(-size // BLOCK) * BLOCK:
        raise Doubt("length")
    return header, np.ndarray(shape, kind, data, start)


def read_plain_hdus(data):
    """Return every header of a file of plain images, primary and extensions, with its image.

    Parameters
    ----------
    data : bytes
        A whole file.

    Returns
    -------
    list of Hdu
        As `otrain.data.fits.whole.read_all` gives them.

    Raises
    ------
    Doubt
        If anything in it is not plain, a table for example.
    InputRejected
        ``too-large``; ``bad-column`` for pixels without a scale.
    """
    found, at = [], 0
    while at < len(data):
        if len(found) == _MOST_HDUS:
            raise Doubt("number of extensions")
        header, start = _header(data, at)
        kind, shape = header.image(primary=not found)
        size = math.prod(shape) * kind.itemsize if shape else 0
        at = start + -(-size // BLOCK) * BLOCK
        if at > len(data):
            raise Doubt("length")
        found.append(_hdu(header, np.ndarray(shape, kind, data, start) if shape else None))
    return found


@lru_cache(256)
def _image(layout, text, primary):
    """Return type and shape of the image behind a header, from its first cards; an empty shape for none."""
    get = PlainHeader(text, layout).get
    bits, dimensions = get("BITPIX"), get("NAXIS")
    if bits not in _TYPES or type(dimensions) is not int or not 0 <= dimensions <= _MOST_AXES:
        raise Doubt("BITPIX or NAXIS")
    axes = tuple(f"NAXIS{axis + 1}" for axis in range(dimensions))
    first = ("SIMPLE" if primary else "XTENSION", "BITPIX", "NAXIS", *axes)
    if layout.first[:len(first)] != first:
        raise Doubt("order of the first cards")
    if (get("SIMPLE") is not True) if primary else (get("XTENSION") != "IMAGE"):
        raise Doubt("no image")
    if get("PCOUNT", 0) != 0 or get("GCOUNT", 1) != 1 or (not primary and layout["PCOUNT"] is None):
        raise Doubt("PCOUNT or GCOUNT")
    shape = tuple(get(axis) for axis in axes[::-1])
    if any(type(length) is not int or length < 1 for length in shape) or len(shape) == 1:
        raise Doubt("axes")
    return np.dtype(_TYPES[bits]), shape


def _hdu(header, pixels):
    name, version = header.get("EXTNAME", ""), header.get("EXTVER")
    if type(name) is not str or (version is not None and type(version) is not int):
        raise Doubt("EXTNAME or EXTVER")
    name = name.strip().upper()
    if pixels is not None:
        check_size(pixels.shape)
        if header.present(_SCALING):
            pixels = scale_pixels(pixels, header)
    return Hdu("" if name == "PRIMARY" else name, header, pixels, version)


@lru_cache(256)  # a night's cutouts have a handful of shapes
def _structure(first):
    """Return type, shape (planes unknown) and bytes per plane from the mandatory first cards."""
    text = first.decode("ascii", "replace")
    if [text[at:at + 8] for at in range(0, _STRUCTURE, CARD)] != _MANDATORY:
        raise Doubt("order of the first cards")
    values = [_value(text[at + 8:at + CARD]) for at in range(0, _STRUCTURE, CARD)]
    simple, bits, dimensions, width, height = values
    if simple is not True or bits not in _TYPES or dimensions not in (2, 3):
        raise Doubt("BITPIX or NAXIS")
    if any(type(value) is not int for value in values[1:]) or min(width, height) < 1:
        raise Doubt("NAXIS1 or NAXIS2")
    shape = (height, width) if dimensions == 2 else (1, height, width)
    return np.dtype(_TYPES[bits]), shape, width * height * (abs(bits) // 8)


def _header(data, at=0):
    """Return the header that begins at a byte, and where its data begin."""
    end = find_end(data, at)
    if end < 0:
        raise Doubt("END")
    start = at + -(-(end - at + CARD) // BLOCK) * BLOCK
    if not _END_BLOCK.startswith(data[end:start]):
        raise Doubt("END")
    # Extensions repeat the header of their frame, as do all the candidates of it.
    return (_repeated(data[at:end]) if at else _parse(data[:end])), start


def _parse(raw):
    """Return the header of some cards."""
    if raw.translate(None, _PRINTABLE):
        raise Doubt("text")
    if len(raw) > _MOST_CARDS * CARD:
        raise Doubt("length of the header")
    return PlainHeader(raw.decode("ascii"), _layout(_keywords(len(raw) // CARD).unpack(raw)))


_repeated = lru_cache(32)(_parse)


@lru_cache(_LAYOUTS)
def _keywords(count):
    """Return what cuts the keywords out of so many cards."""
    return Struct("8s72x" * count)


@lru_cache(_LAYOUTS)
def _layout(keywords):
    """Return where the values of plain cards begin, from their keywords in order."""
    if not _STRANGE.isdisjoint(keywords):
        raise Doubt("not plain")
    names = [keyword.decode("ascii") for keyword in keywords]
    if not _KEYWORDS("".join(names)):
        raise Doubt("keyword")
    # The first of several cards with one keyword counts, as in astropy: it is written last here.
    layout = Layout({name: place * CARD + 8 for place, name in reversed(list(enumerate(names)))})
    layout.first = tuple(name.rstrip() for name in names[:3 + _MOST_AXES])
    others = (place for place, name in enumerate(names) if not _STRUCTURAL(name))
    layout.structure = next(others, len(names)) * CARD
    layout.hierarch = tuple(place * CARD for place, name in enumerate(keywords) if name == _HIERARCH)
    layout.plain = _NOT_PLAIN.isdisjoint(keywords)
    return layout
