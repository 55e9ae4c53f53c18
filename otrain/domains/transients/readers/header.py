"""Canonical columns from the keywords of one or several headers."""

import math
from functools import lru_cache, partial

from otrain.data.quarantine import InputRejected

__all__ = ["CONVERT", "KEYWORDS", "MANDATORY", "first_value", "read_columns", "set_column", "to_bool",
           "to_degrees", "to_float", "to_text"]

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

# What every cutout of O'TRAIN must say. A value here that makes no sense is a
# fault of the file; elsewhere it is only unknown.
MANDATORY = frozenset({"candid", "mag", "mag_err", "band", "fwhm", "edge"})

_MISSING_WORDS = {"", "nan", "none", "null", "undef", "indef", "n/a", "--"}
_TRUE = {"true", "t", "1", "1.0", "yes", "y"}
_FALSE = {"false", "f", "0", "0.0", "no", "n"}


def to_float(value):
    """Return a header value as a number, NaN where it says that it is unknown or is infinite.

    Raises
    ------
    ValueError
        If the value is a logical or a text that is no number.
    """
    if type(value) is float:
        return value if value - value == 0 else math.nan
    if type(value) is int:
        return float(value)
    if isinstance(value, bool):
        raise ValueError("a logical is no number")
    text = str(value).strip()
    return math.nan if text.lower() in _MISSING_WORDS else to_float(float(text))


def to_bool(value):
    """Return a logical, a number or the words of one as bool.

    Raises
    ------
    ValueError
        If the value is none of them.
    """
    if type(value) is bool:
        return value
    # The cutouts carry EDGE as the text "False", which is true in Python.
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE or text in _MISSING_WORDS:
        return False
    raise ValueError("neither true nor false")


def to_text(value):
    """Return a header value as text without surrounding blanks."""
    return value if type(value) is str else str(value).strip()


def to_degrees(value, *, hours):
    """Return an angle [deg] that is written as a number [deg] or as ``dd:mm:ss``.

    Parameters
    ----------
    value : object
    hours : bool
        Whether the sexagesimal form counts hours (right ascension).
    """
    if type(value) is not str or ":" not in value:
        return to_float(value)
    text = value.strip()
    parts = [float(part) for part in text.lstrip("+-").split(":")]
    angle = sum(part / 60**power for power, part in enumerate(parts))
    return to_float((-angle if text.startswith("-") else angle) * (15 if hours else 1))


CONVERT = {
    "candid": to_text, "band": to_text, "original_file": to_text, "object_id": to_text, "kind": to_text,
    "edge": to_bool,
    "ra": lambda value: to_degrees(value, hours=True),
    "dec": lambda value: to_degrees(value, hours=False),
}
_PLAN = tuple((column, keywords, CONVERT.get(column, to_float)) for column, keywords in KEYWORDS.items())


def read_columns(headers, label_keyword=None):
    """Return the canonical columns that headers hold, and the label if asked for.

    Parameters
    ----------
    headers : list of mapping-like
        Searched in this order for each keyword; the first keyword of a column
        that any of them has counts.
    label_keyword : str, optional
        Keyword of the label.

    Returns
    -------
    columns : dict
        Without those that no header has.
    label : object
        As the header has it, or None.

    Raises
    ------
    InputRejected
        ``bad-column`` if a mandatory keyword has a value that makes no sense.
    """
    columns = {}
    if len(headers) == 1 and hasattr(headers[0], "layout"):
        get, plan = headers[0].get, _shortened(headers[0].layout)
    else:
        get, plan = headers[0].get if len(headers) == 1 else partial(first_value, headers), _PLAN
    for column, keywords, convert in plan:
        for keyword in keywords:
            value = get(keyword)
            if value is not None:
                set_column(columns, column, convert, keyword, value)
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


def set_column(columns, column, convert, keyword, value):
    """Convert and store one value; an optional one that makes no sense is left out."""
    try:
        columns[column] = convert(value)
    except ValueError:
        if column in MANDATORY:
            raise InputRejected("bad-column", f"{keyword} = {value!r} cannot be read as "
                                              f"{'a logical' if column == 'edge' else 'a number'}.") from None
