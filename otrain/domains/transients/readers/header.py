"""Canonical columns from the keywords of one or several headers.

Where a file has several headers, one of them describes the candidate. The others may repeat
the header of the whole frame, whose position, magnitude and FWHM are those of something else.
"""

from functools import lru_cache, partial

from otrain.domains.transients.readers.values import (
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
}

# The error that belongs to a magnitude, the best first; MAGERR is at least the error of the measurement.
_ERRORS = {"MAG_CALIB": ("MAG_CALIB_ERR", "MAGERR"), "MAG": ("MAGERR", "MAG_CALIB_ERR")}

# A header that has one of these describes a candidate; no telescope writes them.
_OWN = ("CANDID", "NAME", "MAG_CALIB", "MAG", "MAGERR", "MAG_CALIB_ERR", "EDGE", "XPOS", "YPOS", "FWHMPSF",
        "DRB", "RB", "KIND", "OBJECTID", "OBJID")
# A header that has one of these, and none of the above, describes a frame.
_FRAME = ("EXPTIME", "EXPOSURE", "TELESCOP", "INSTRUME", "DATE-OBS", "AIRMASS", "GAIN", "CRVAL1", "CTYPE1",
          "CRPIX1",           "OBSERVER", "IMAGETYP")
# What a frame says of itself as a candidate does of itself, and means something else by.
_NOT_OF_A_FRAME = frozenset({"candid", "mag", "mag_err", "fwhm", "ra", "dec", "x", "y", "edge", "object_id"})

CONVERT = {
    "candid": to_text, "band": to_text, "original_file": to_text, "object_id": to_text, "kind": to_text,
    "edge": to_bool, "mag": to_magnitude, "mag_err": to_magnitude, "mjd": to_mjd,
    "fwhm": to_pixels, "fwhm_psf": to_pixels, "x": to_pixels, "y": to_pixels,
    "ra": partial(to_degrees, hours=True), "dec": partial(to_degrees, hours=False),
}
_PLAN = tuple((column, keywords, CONVERT.get(column, to_float)) for column, keywords in KEYWORDS.items())


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
    rest = [header for header in headers if not any(header is other for other in first)]
    ranks = [(_marks(header, _OWN), not _marks(header, _FRAME)) for header in first]
    ordered = [*first, *rest]
    if rest and rest[0] is headers[0]:
        # A primary header without an image: whoever filled it meant the candidate.
        rank = (_marks(rest[0], _OWN), not _marks(rest[0], _FRAME))
        if any(rank) and rank >= max(ranks):
            ordered = [rest[0], *first, *rest[1:]]
    near = [header for header in ordered if _marks(header, _OWN) or not _marks(header, _FRAME)]
    if not near or not any(_marks(header, _OWN) for header in ordered):
        return ordered, len(ordered)  # nothing tells whose header is whose
    return near + [header for header in ordered if not any(header is other for other in near)], len(near)


def _marks(header, keywords):
    """Return how many of some keywords a header has."""
    layout = getattr(header, "layout", None)
    if layout is not None and not layout.hierarch:
        return _marks_of(layout, keywords)
    return sum(header.get(keyword) is not None for keyword in keywords)


@lru_cache(256)
def _marks_of(layout, keywords):
    return sum(layout[keyword] is not None for keyword in keywords)


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
    columns = {}
    if len(headers) == 1 and hasattr(headers[0], "layout"):
        get, plan = headers[0].get, _shortened(headers[0].layout)
    else:
        get, plan = headers[0].get if len(headers) == 1 else partial(first_value, headers), _PLAN
    near = get if own is None or own >= len(headers) else partial(first_value, headers[:own])
    paired = None
    for column, keywords, convert in plan:
        ask = near if column in _NOT_OF_A_FRAME else get
        if column == "mag_err" and paired is not None:
            keywords = _ERRORS[paired]
        for keyword in keywords:
            value = ask(keyword)
            if value is not None:
                set_column(columns, column, convert, keyword, value, remarks)
                if column == "mag":
                    paired = keyword
                break
    return columns, None if label_keyword is None else first_value(headers, label_keyword)


@lru_cache(64)
def _shortened(layout):
    """Return the part of the plan that headers of this layout can answer.

    It remembers the layouts of plain headers: most keywords of the plan are
    absent from a cutout, and to ask for each took a third of reading it.
    """
    present = [(column, tuple(keyword for keyword in keywords if layout[keyword] is not None), convert)
               for column, keywords, convert in _PLAN]
    return tuple(part for part in present if part[1])


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
