"""Simulated candidates as FITS bytes: cards formatted here, because astropy needs a millisecond per file."""

import io

from otrain.data.inputs.fits_bytes import card, data_block, header_block

__all__ = ["fits_bytes"]

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
    cards = [card(keyword, columns[name] if name != "edge" else str(columns[name]), comment)
             for name, (keyword, comment) in KEYWORDS.items() if name in columns]
    if len(channels) == 1:
        plane = image[..., 0]
        content = header_block(_primary_cards(plane) + cards) + data_block(plane.astype(">f4"))
    else:
        content = header_block(_primary_cards(None) + cards)
        for number, channel in enumerate(channels):
            plane = image[..., number]
            cards = [*_extension_cards(plane), card("EXTNAME", channel.upper(), "")]
            content += header_block(cards) + data_block(plane.astype(">f4"))
    return _with_checksums(content) if checksum else content


def _primary_cards(plane):
    if plane is None:
        return [card("SIMPLE", True, "FITS"), card("BITPIX", 8, ""), card("NAXIS", 0, ""),
                card("EXTEND", True, "")]
    return [card("SIMPLE", True, "FITS"), *_shape_cards(plane)]


def _extension_cards(plane):
    return [card("XTENSION", "IMAGE", ""), *_shape_cards(plane), card("PCOUNT", 0, ""),
            card("GCOUNT", 1, "")]


def _shape_cards(plane):
    height, width = plane.shape
    return [card("BITPIX", -32, ""), card("NAXIS", 2, ""), card("NAXIS1", width, ""),
            card("NAXIS2", height, "")]


def _with_checksums(content):
    from astropy.io import fits

    out = io.BytesIO()
    with fits.open(io.BytesIO(content)) as hdus:
        for hdu in hdus:
            hdu.add_checksum(when="by otrain-simulate")  # instead of the time: same seed, same bytes
        hdus.writeto(out, output_verify="exception")
    return out.getvalue()
