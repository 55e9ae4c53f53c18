"""Simulated light curves as FITS binary tables, in bytes."""

import numpy as np

from otrain.data.inputs.fits_bytes import card, data_block, header_block

__all__ = ["fits_bytes"]

OFFSETS = {"BKJD": 2454833, "BTJD": 2457000}  # BJD of the zero of a time scale [d]
COLUMNS = (  # name, FITS format, numpy type, unit
    ("TIME", "D", ">f8", "d"), ("FLUX", "E", ">f4", ""), ("FLUX_ERR", "E", ">f4", ""),
    ("QUALITY", "J", ">i4", ""), ("SEGMENT", "I", ">i2", ""), ("LABEL", "B", "u1", ""),
)


def fits_bytes(name, star, curve, preset, *, labelled=True):
    """Return one light curve as a FITS file.

    Parameters
    ----------
    name : str
        Of the star, for OBJECT.
    star : Star
    curve : Curve
        One quarter of it.
    preset : Preset
    labelled : bool
        Write the column LABEL.

    Returns
    -------
    bytes
        A primary header with the star, and the table LIGHTCURVE with TIME [d], FLUX and FLUX_ERR
        (relative), QUALITY, SEGMENT where the instrument tells of mask updates, and LABEL.
    """
    chosen = [column for column in COLUMNS
              if (labelled or column[0] != "LABEL") and (preset.mask_known or column[0] != "SEGMENT")]
    table = np.empty(len(curve.time), [(column, kind) for column, _, kind, _ in chosen])
    for column, *_ in chosen:
        table[column] = getattr(curve, column.lower())
    return (header_block(_star_cards(name, star, curve, preset))
            + header_block(_table_cards(table, chosen, star, preset)) + data_block(table))


def _star_cards(name, star, curve, preset):
    own = star.parameters
    return [
        card("SIMPLE", True, "FITS"), card("BITPIX", 8), card("NAXIS", 0), card("EXTEND", True),
        card("ORIGIN", "otrain-simulate", "simulated, not observed"),
        card("TELESCOP", preset.mission, "simulated telescope"), card("MISSION", preset.mission),
        card("OBJECT", name, "star"), card(preset.quarter_keyword, curve.quarter),
        card("EXPOSURE", float(star.cadence), "[s] length of an exposure"),
        card(preset.magnitude_keyword, _rounded(star.magnitude), "[mag]"),
        card("TEFF", _rounded(own.teff), "[K] effective temperature"),
        card("LOGG", _rounded(own.logg), "[cm/s2] log10 surface gravity"),
        card("RADIUS", _rounded(own.radius), "[solar radii]"),
        card("MASS", _rounded(own.mass), "[solar masses]"),
        card("PROT", _rounded(own.rotation), "[d] rotation period"),
        card("NCAMERA", star.cameras, "telescopes that see the star"),
        card("NOISE", _rounded(star.noise), "[ppm] white noise in one hour"),
    ]


def _table_cards(table, chosen, star, preset):
    cards = [
        card("XTENSION", "BINTABLE", "table"), card("BITPIX", 8), card("NAXIS", 2),
        card("NAXIS1", table.itemsize), card("NAXIS2", len(table)), card("PCOUNT", 0), card("GCOUNT", 1),
        card("TFIELDS", len(chosen)), card("EXTNAME", "LIGHTCURVE"),
    ]
    for number, (name, form, _, unit) in enumerate(chosen, 1):
        cards += [card(f"TTYPE{number}", name), card(f"TFORM{number}", form)]
        cards += [card(f"TUNIT{number}", unit)] if unit else []
    if preset.time_scale in OFFSETS:
        cards += [card("TIMEREF", "SOLARSYSTEM"), card("TIMESYS", "TDB"),
                  card("BJDREFI", OFFSETS[preset.time_scale], "[d] BJD of time 0"), card("BJDREFF", 0.0)]
    return [*cards, card("TIMEUNIT", "d"), card("TIMEDEL", _rounded(star.cadence / 86400), "[d]")]


def _rounded(value):
    """Eight significant digits: a header need not be longer than it is good for."""
    return float(f"{value:.8g}")
