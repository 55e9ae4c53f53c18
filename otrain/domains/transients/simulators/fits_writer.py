"""Simulated candidates as FITS bytes: cards formatted here, because astropy needs a millisecond per file."""

import io

import numpy as np

__all__ = ["fits_bytes"]

BLOCK = 2880  # bytes: FITS files are made of blocks of this length

KEYWORDS = {
    "candid": ("CANDID", "name of the candidate"),
    "mag": ("MAG", "aperture magnitude"),
    "mag_err": ("MAGERR", "error of MAG"),
    "band": ("FILTER", "photometric band"),
    "fwhm": ("FWHM", "[pix] width of the candidate"),
    "edge": ("EDGE", "at the border of the image"),
    "ra": ("RA", "[deg] right ascension, ICRS"),
    "dec": ("DEC", "[deg] declination, ICRS"),
    "x": ("XPOS", "[pix] position in FILE"),
    "y": ("YPOS", "[pix] position in FILE"),
    "original_file": ("FILE", "image of the cutout"),
    "fwhm_psf": ("FWHMPSF", "[pix] width of the stars of FILE"),
    "mjd": ("MJD-OBS", "[d] start of the exposure, UTC"),
    "kind": ("KIND", "simulated kind"),
}


def fits_bytes(image, channels, columns, *, checksum=False):
    """Return one candidate as a FITS file.

    Parameters
    ----------
    image : (H, W, C) float32 ndarray
    channels : tuple of str
        One channel becomes the primary image; several become extensions of a
        primary HDU without data, with their names in capitals as EXTNAME.
    columns : dict
        Values of `KEYWORDS`, by canonical column name. EDGE is written as the
        text ``True`` or ``False``, as O'TRAIN does.
    checksum : bool
        Add CHECKSUM and DATASUM to every HDU, by astropy.

    Returns
    -------
    bytes
    """
    cards = [_card(keyword, columns[name] if name != "edge" else str(columns[name]), comment)
             for name, (keyword, comment) in KEYWORDS.items() if name in columns]
    if len(channels) == 1:
        content = _header(_primary_cards(image[..., 0]) + cards) + _data(image[..., 0])
    else:
        content = _header(_primary_cards(None) + cards)
        for number, channel in enumerate(channels):
            plane = image[..., number]
            cards = [*_extension_cards(plane), _card("EXTNAME", channel.upper(), "")]
            content += _header(cards) + _data(plane)
    return _with_checksums(content) if checksum else content


def _primary_cards(plane):
    if plane is None:
        return [_card("SIMPLE", True, "FITS"), _card("BITPIX", 8, ""), _card("NAXIS", 0, ""),
                _card("EXTEND", True, "")]
    return [_card("SIMPLE", True, "FITS"), *_shape_cards(plane)]


def _extension_cards(plane):
    return [_card("XTENSION", "IMAGE", ""), *_shape_cards(plane), _card("PCOUNT", 0, ""),
            _card("GCOUNT", 1, "")]


def _shape_cards(plane):
    height, width = plane.shape
    return [_card("BITPIX", -32, ""), _card("NAXIS", 2, ""), _card("NAXIS1", width, ""),
            _card("NAXIS2", height, "")]


def _card(keyword, value, comment):
    """Return one 80-character card in fixed format."""
    if isinstance(value, (bool, np.bool_)):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, str):
        escaped = value.replace("'", "''").ljust(8)
        text = f"'{escaped}'".ljust(20)
    else:
        text = f"{repr(value).upper():>20}"  # FITS writes 1E-05
    return f"{keyword:<8}= {text}{f' / {comment}' if comment else ''}"[:80].ljust(80)


def _header(cards):
    text = "".join(cards) + "END".ljust(80)
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


def _data(plane):
    raw = plane.astype(">f4").tobytes()
    return raw + bytes(-len(raw) % BLOCK)


def _with_checksums(content):
    from astropy.io import fits

    out = io.BytesIO()
    with fits.open(io.BytesIO(content)) as hdus:
        for hdu in hdus:
            hdu.add_checksum(when="by otrain-simulate")  # instead of the time: same seed, same bytes
        hdus.writeto(out, output_verify="exception")
    return out.getvalue()
