"""The bounded fast path for a plain cutout: one primary image, read without astropy.

A cutout of 64x64 pixels costs astropy 300 microseconds, and 20 here. What is
read is what O'TRAIN, gmadet and STDPipe write: an unscaled image in the primary
header, keywords in plain cards, a file of exactly the length that the header
says. On any doubt the answer is `Doubt`, and astropy reads the file; a test
compares the two on every flavour of FITS.
"""

import re
from functools import lru_cache
from struct import Struct

import numpy as np

__all__ = ["Doubt", "PlainHeader", "read_plain"]

BLOCK = 2880  # bytes; headers and data fill whole blocks
CARD = 80  # bytes
_LETTERS = 72  # of a card after its keyword

_TYPES = {8: "u1", 16: ">i2", 32: ">i4", -32: ">f4", -64: ">f8"}
_MANDATORY = ["SIMPLE  ", "BITPIX  ", "NAXIS   ", "NAXIS1  ", "NAXIS2  "]
_KEYWORDS = re.compile("[A-Z0-9_ -]*").fullmatch
_END = b"END" + 77 * b" "
_END_BLOCK = b"END".ljust(BLOCK)
_PRINTABLE = bytes(range(32, 127))
_STRUCTURE = 5 * CARD  # SIMPLE, BITPIX, NAXIS, NAXIS1, NAXIS2 come first, in this order
_MOST_CARDS = 1000
_LAYOUTS = 64  # that are remembered; a night's cutouts have one

# Cards that make a file anything but plain: scaled pixels, extensions, names of images,
# checksums (which astropy verifies) and values that run over several cards.
_NOT_PLAIN = {key.ljust(8).encode() for key in (
    "BSCALE", "BZERO", "BLANK", "CONTINUE", "HIERARCH", "CHECKSUM", "DATASUM", "GROUPS",
    "PCOUNT", "GCOUNT", "XTENSION", "EXTNAME", "ZIMAGE", "INHERIT")}

# Text, integer, float, logical; what follows is blank or a comment.
_VALUE = re.compile(
    r"= *(?:'([^']*(?:''[^']*)*)'"
    r"|([+-]?[0-9]{1,18})"
    r"|([+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[ED]))(?:[ED][+-]?[0-9]{1,3})?)"
    r"|([TF])) *(?:/.*)?").fullmatch


class Doubt(Exception):
    """The file is not plain enough; astropy knows better."""


class Layout(dict):
    """Where the value of each keyword begins in a header [byte], by the padded keyword.

    Cutouts that one program wrote have the same keywords in the same order, so
    what follows from the keywords alone is found out once.
    """

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

    __slots__ = ("_text", "layout")

    def __init__(self, text, layout):
        self._text, self.layout = text, layout

    def get(self, keyword, default=None):
        """Return the value of a keyword as astropy would: str, int, float or bool.

        Raises
        ------
        Doubt
            If the card is not of the plainest form.
        """
        place = self.layout[keyword]
        return default if place is None else _value(self._text[place:place + _LETTERS])


def _value(card):
    """Return the value of a card, from the 72 letters after its keyword."""
    match = _VALUE(card)
    if match is None or card[1] != " ":
        raise Doubt(card)
    kind = match.lastindex
    text = match[kind]
    if kind == 3:
        return float(text.replace("D", "E"))
    if kind == 1:
        return text.replace("''", "'").rstrip()
    return int(text) if kind == 2 else text == "T"


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
    if len(shape) == 3:
        planes = header.get("NAXIS3", 0)
        if type(planes) is not int or planes < 1:
            raise Doubt("NAXIS3")
        shape, size = (planes, *shape[1:]), size * planes
    if len(data) != start + -(-size // BLOCK) * BLOCK:
        raise Doubt("length")
    return header, np.ndarray(shape, kind, data, start)


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


def _header(data):
    """Return the first header, and where its data begin."""
    end = data.find(_END)
    while end % CARD:  # a comment may hold the same letters; -1 is no multiple either
        if end < 0:
            raise Doubt("END")
        end = data.find(_END, end + 1)
    start = -(-(end + CARD) // BLOCK) * BLOCK
    raw = data[:end]
    if not _END_BLOCK.startswith(data[end:start]) or raw.translate(None, _PRINTABLE):
        raise Doubt("END or text")
    if end > _MOST_CARDS * CARD:
        raise Doubt("length of the header")
    layout = _layout(_keywords(end // CARD).unpack(raw))
    return PlainHeader(raw.decode("ascii"), layout), start


@lru_cache(_LAYOUTS)
def _keywords(count):
    """Return what cuts the keywords out of so many cards."""
    return Struct("8s72x" * count)


@lru_cache(_LAYOUTS)
def _layout(keywords):
    """Return where the values of plain cards begin, from their keywords in order."""
    if not _NOT_PLAIN.isdisjoint(keywords):
        raise Doubt("not plain")
    names = [keyword.decode("ascii") for keyword in keywords]
    if not _KEYWORDS("".join(names)):
        raise Doubt("keyword")
    # The first of several cards with one keyword counts, as in astropy: it is written last here.
    return Layout({name: place * CARD + 8 for place, name in reversed(list(enumerate(names)))})
