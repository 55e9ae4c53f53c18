"""Every image of any FITS file, by astropy, with what astropy only warns about made an error."""

import io
import re
import warnings

from otrain.data.fits.hcompress import check_tiles
from otrain.data.fits.hdu import Hdu
from otrain.data.fits.scaling import scale_pixels
from otrain.data.inputs.checksums import check_sums_of
from otrain.data.inputs.fits_card import CARD, END, NotStandard, card_texts, card_value
from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size

__all__ = ["AstropyHeader", "read_all"]

# FITS allows 999 axes and columns. Of a number beyond that astropy would look for every
# one, for hours; no such number stands in a header whose file is whole.
_TOO_MANY = re.compile(rb"(TFIELDS |Z?NAXIS {2,3})= *([0-9]{4,})")
# After data of a negative size it goes back in the file, and reads the same headers for ever.
_NEGATIVE = re.compile(rb"(TFIELDS |THEAP   |Z?[PG]COUNT +|Z?NAXIS[0-9]* +|ZTILE[0-9]+ +)= *(- *[0-9]+)")
_LONGEST_HEADER = 4 << 20  # bytes: 50,000 cards, which astropy parses within a second


class AstropyHeader:
    """A header whose broken or valueless cards do not hide the others.

    Parameters
    ----------
    header : astropy.io.fits.Header
    raw : bytes
        The cards as they stand in the file.
    """

    def __init__(self, header, raw=b""):
        self._header, self._raw, self._texts = header, raw, None

    def get(self, keyword, default=None):
        """Return the value of a keyword: None where it has none, the text where it is written wrongly."""
        from astropy.io.fits import VerifyError
        from astropy.io.fits.card import Undefined

        try:
            value = self._header.get(keyword, default)
            if isinstance(value, str) and self._raw:
                value = self._by_the_standard(keyword, value)
        except VerifyError:
            # NAN without quotes, or 17.5 mag: what it means is for those to say who know the column.
            value = _as_written(self._raw, keyword)
        return default if isinstance(value, Undefined) or value is None else value

    def keywords(self):
        """Return the keywords of the header, in order."""
        return list(self._header)

    def _by_the_standard(self, keyword, value):
        """Return the text of a card with its doubled quotes, at which astropy may end it."""
        if self._texts is None:
            self._texts = card_texts(self._raw.decode("latin-1"))
        text = self._texts.get(keyword.upper(), "")
        if "''" not in text:
            return value
        try:
            found = card_value(text)
        except NotStandard:
            return value
        return found if isinstance(found, str) else value


def _as_written(raw, keyword):
    """Return the text of the first card of a keyword, without quotes and comment; None if there is none."""
    for at in range(0, len(raw), CARD):
        card = raw[at:at + CARD].decode("latin-1")
        name, sign, text = card.partition("=")
        name = name.removeprefix("HIERARCH ").strip()
        if sign and name.upper() == keyword.upper():
            text = text.strip()
            return text.strip("'").strip() if text.startswith("'") else text.split("/")[0].strip()
    return None


def read_all(data):
    """Return every header of a FITS file with its image, where it has one.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    list of Hdu

    Raises
    ------
    InputRejected
        ``bad-checksum``, ``truncated``, ``corrupt``, ``too-large``.
    """
    from astropy.io import fits

    if lie := _TOO_MANY.search(data):
        raise InputRejected("corrupt", f"{lie[1].decode().strip()} = {lie[2].decode()}: "
                                       "a FITS file has at most 999 axes and columns.")
    if data.find(END, 0, _LONGEST_HEADER) < 0:
        raise InputRejected("corrupt", f"no card END in the first {_LONGEST_HEADER / 1e6:.0f} MB.")
    for lie in _NEGATIVE.finditer(data):
        if lie.start() % CARD == 0:
            raise InputRejected("corrupt", f"{lie[1].decode().strip()} = {lie[2].decode()}: "
                                           "the size of an image or table cannot be negative.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # memmap would keep the file open; WCS is never built: it is slow, and its
        # C library has known overflows.
        with fits.open(io.BytesIO(data), memmap=False, lazy_load_hdus=False,
                       ignore_missing_simple=False, do_not_scale_image_data=True) as hdus:
            _check_length(hdus, len(data))
            _refuse(caught)
            check_sums_of(data)  # before the decoders see data whose checksum is wrong
            if b"HCOMPRESS_1" in data:
                check_tiles(data)
            found = [_read(hdu, data) for hdu in hdus]
            _add_tables(found, hdus)
    _refuse(caught)
    return found


def _read(hdu, data):
    """Return one header with its image, or without if it is a table or empty."""
    place = hdu.fileinfo()
    raw = data[place["hdrLoc"]:place["datLoc"]] if place else b""
    header = AstropyHeader(hdu.header, raw)
    name = hdu.name.strip().upper()
    pixels = None
    if hdu.is_image and hdu.header.get("NAXIS", 0) > 0:
        check_size(hdu.shape)
        pixels = hdu.data
        if pixels is not None:
            # astropy forgets BLANK of unsigned integers, and cannot scale by a text.
            pixels = scale_pixels(pixels, header)
    version = hdu.header.get("EXTVER")
    return Hdu("" if name == "PRIMARY" else name, header, pixels, version if type(version) is int else None)


def _add_tables(found, hdus):
    """Add the rows of tables where there is no image, or where one may hold an image for each row."""
    from astropy.io.fits import BinTableHDU, CompImageHDU

    images = [hdu.pixels for hdu in found if hdu.pixels is not None and hdu.pixels.size]
    if images and max(pixels.ndim for pixels in images) < 3:
        return
    for ours, hdu in zip(found, hdus, strict=True):
        if isinstance(hdu, BinTableHDU) and not isinstance(hdu, CompImageHDU):
            ours.table = hdu.data


def _check_length(hdus, length):
    """Refuse a file that ends before its data; missing padding alone is harmless."""
    from astropy.io.fits import CompImageHDU

    for index, hdu in enumerate(hdus):
        if not hasattr(hdu, "fileinfo"):  # astropy's stand-in for an HDU that it could not parse
            raise InputRejected("corrupt", f"the header of HDU {index} cannot be parsed.")
        place = hdu.fileinfo()
        if place is None:
            continue
        # The size of a compressed image is that of its pixels, not of its bytes in the file.
        size = place["datSpan"] if isinstance(hdu, CompImageHDU) else hdu.size
        if place["datLoc"] + size > length:
            raise InputRejected("truncated", f"the data of HDU {index} should end at byte "
                                             f"{place['datLoc'] + size}, and the file has {length}.")


def _refuse(caught):
    """Turn warnings about damaged content into a rejection."""
    for warning in caught:
        text = " ".join(str(warning.message).split()).rstrip(".")
        lower = text.lower()
        if "error validating header" in lower or "extra bytes" in lower:
            raise InputRejected("corrupt", f"{text}.")
