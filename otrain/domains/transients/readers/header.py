"""Canonical columns from the keywords of one or several headers.

Where a file has several headers, one of them describes the candidate. The others may repeat
the header of the whole frame, whose position, magnitude and FWHM are those of something else.
"""

import math
from functools import lru_cache, partial

from otrain.data.fits.values import (
    to_bool,
    to_degrees,
    to_float,
    to_magnitude,
    to_mjd,
    to_pixels,
    to_text,
)

__all__ = ["CONVERT", "KEYWORDS", "first_value", "order_headers", "read_columns", "set_column"]

KEYWORDS = {
    "candid": ("CANDID", "NAME"),
    "mag": ("MAG_CALIB", "MAG"),
    "mag_err": ("MAGERR", "MAG_CALIB_ERR"),
    "band": ("FILTER",),
    "fwhm": ("FWHM",),
    "fwhm_psf": ("FWHMPSF",),
    "ra": ("RA",),
    "dec": ("DEC",),
    "x": ("XPOS",),
    "y": ("YPOS",),
    "edge": ("EDGE",),
    "original_file": ("FILE",),
    "object_id": ("OBJECTID", "OBJID"),
    "mjd": ("MJD", "MJD-OBS"),
    "kind": ("KIND",),
    "survey_score": ("DRB", "RB"),
    "telescope": ("TELESCOP", "INSTRUME"),
    "pixel_scale": ("PIXSCALE", "PIXSCAL1", "SECPIX", "SECPIX1"),
}

_LARGEST_PIXEL = 600.0  # arcsec

# The error that belongs to a magnitude, the best first; MAGERR is at least the error of the measurement.
_ERRORS = {"MAG_CALIB": ("MAG_CALIB_ERR", "MAGERR"), "MAG": ("MAGERR", "MAG_CALIB_ERR")}

# A header that has one of these describes a candidate; no telescope writes them.
_OWN = ("CANDID", "NAME", "MAG_CALIB", "MAG", "MAGERR", "MAG_CALIB_ERR", "EDGE", "XPOS", "YPOS", "FWHMPSF",
        "DRB", "RB", "KIND", "OBJECTID", "OBJID")
# A header that has one of these, and none of the above, describes a frame.
_FRAME = ("EXPTIME", "EXPOSURE", "TELESCOP", "INSTRUME", "DATE-OBS", "AIRMASS", "GAIN", "CRVAL1", "CTYPE1",
          "CRPIX1", "OBJECT", "EQUINOX", "RADESYS", "SITELAT", "OBSERVER", "IMAGETYP")
# What a frame says of itself as a candidate does of itself, and means something else by.
_NOT_OF_A_FRAME = frozenset({"candid", "mag", "mag_err", "fwhm", "ra", "dec", "x", "y", "edge", "object_id"})

CONVERT = {
    "candid": to_text, "band": to_text, "original_file": to_text, "object_id": to_text, "kind": to_text,
    "telescope": to_text, "edge": to_bool, "mag": to_magnitude, "mag_err": to_magnitude, "mjd": to_mjd,
    "fwhm": to_pixels, "fwhm_psf": to_pixels, "x": to_pixels, "y": to_pixels,
    "ra": partial(to_degrees, hours=True), "dec": partial(to_degrees, hours=False),
}


def order_headers(headers, first):
    """Return the headers of a file, the one that describes the candidate first, and whether it is alone.

    Parameters
    ----------
    headers : list of mapping-like
        As they stand in the file, those of the images of the candidate included.
    first : list of mapping-like
        Of the images of the candidate, the most telling first.

    Returns
    -------
    ordered : list of mapping-like
    own : int
        How many of them, from the first on, speak of the candidate; the others describe its frame.
    """
    chosen = set(map(id, first))
    rest = [header for header in headers if id(header) not in chosen]
    ranks = {id(header): _rank(header) for header in (*first, *rest)}
    ordered = [*first, *rest]
    if rest and rest[0] is headers[0]:
        # A primary header without an image: whoever filled it meant the candidate.
        rank = ranks[id(rest[0])]
        if any(rank) and rank >= max(ranks[id(header)] for header in first):
            ordered = [rest[0], *first, *rest[1:]]
    if not any(marks for marks, _ in ranks.values()):
        return ordered, len(ordered)  # nothing tells whose header is whose
    near = [header for header in ordered if any(ranks[id(header)])]
    return near + [header for header in ordered if not any(ranks[id(header)])], len(near)


def _rank(header):
    """Return how many keywords of a candidate a header has, and whether it has none of a frame."""
    if hasattr(header, "present"):
        return len(header.present(_OWN)), not header.present(_FRAME)
    return (sum(header.get(keyword) is not None for keyword in _OWN),
            all(header.get(keyword) is None for keyword in _FRAME))


def read_columns(headers, label_keyword=None, *, own=None, remarks=None):
    """Return the canonical columns that headers hold, and the label if asked for.

    Parameters
    ----------
    headers : list of mapping-like
        Searched in this order for each keyword; the first keyword of a column
        that any of them has counts. A calibrated magnitude comes with its own error.
    label_keyword : str, optional
        Keyword of the label.
    own : int, optional
        As `order_headers` gives it: position, magnitude, FWHM and name are looked for in
        so many headers only. By default in all.
    remarks : dict of str to str, optional
        Gets what was not understood, in words, and the value.

    Returns
    -------
    columns : dict
        Without those that no header has, or whose value makes no sense.
    label : object
        As the header has it, or None.
    """
    own = len(headers) if own is None else own
    if all(hasattr(header, "layout") for header in headers):
        plan, has_scale = _shortened(tuple([header.layout for header in headers]), own)
    else:
        plan, has_scale = _plan(headers, own, lambda header, keyword: True), True
    columns, paired = {}, None
    for column, asked, after, convert in plan:
        for keyword, place in after[paired] if after else asked:
            value = headers[place].get(keyword)
            if value is not None:
                set_column(columns, column, convert, keyword, value, remarks)
                if column == "mag":
                    paired = keyword
                break
    if has_scale and "pixel_scale" not in columns and (scale := _scale_of_wcs(headers)) is not None:
        columns["pixel_scale"] = scale
    return columns, None if label_keyword is None else first_value(headers, label_keyword)


@lru_cache(64)
def _shortened(layouts, own):
    """Return the part of the plan that headers of these layouts can answer, and whether they may have a WCS.

    It remembers the layouts of plain headers: most keywords of the plan are
    absent from a cutout, and to ask for each took a third of reading it.
    """
    def may_have(layout, keyword):
        return bool(layout.hierarch) or layout[keyword] is not None

    return (_plan(layouts, own, may_have),
            any(may_have(layout, keyword) for layout in layouts for keyword in ("CD1_1", "CDELT1")))


def _plan(headers, own, may_have):
    """Return each column, what is asked for it, the same by the magnitude that was found, and the conversion.

    What is asked are keywords, each with the place of a header that may have it, in order.
    """
    plan = []
    for column, keywords in KEYWORDS.items():
        searched = headers[:own] if column in _NOT_OF_A_FRAME else headers

        def questions(keywords, searched=searched):
            return [(keyword, place) for keyword in keywords for place, header in enumerate(searched)
                    if may_have(header, keyword)]

        if asked := questions(keywords):
            after = {}
            if column == "mag_err":
                after = {paired: questions(those) for paired, those in {None: keywords, **_ERRORS}.items()}
            plan.append((column, asked, after, CONVERT.get(column, to_float)))
    return plan


def _scale_of_wcs(headers):
    """Return the side of a pixel [arcsec] that a WCS tells, by its first axis, or None."""
    for header in headers:
        first, second = header.get("CD1_1"), header.get("CD2_1")
        if first is None:
            first, second = header.get("CDELT1"), 0.0
        try:
            scale = 3600 * math.hypot(float(first), float(second or 0.0))
        except (TypeError, ValueError):
            continue
        # CDELT of a header without a unit of degrees, or the default of 1, says nothing.
        if 0 < scale < _LARGEST_PIXEL:
            return round(scale, 6)
    return None


def first_value(headers, keyword):
    """Return the value of a keyword in the first header that has it, or None."""
    for header in headers:
        value = header.get(keyword)
        if value is not None:
            return value
    return None


def set_column(columns, column, convert, keyword, value, remarks=None):
    """Convert and store one value; one that makes no sense is left out, and remarked on."""
    try:
        columns[column] = convert(value)
    except ValueError as error:
        if remarks is not None:
            words = f"{keyword} is not understood ({error}), so the column '{column}' is not known"
            remarks[words] = repr(value)
