"""From a header value in any reasonable form to a number, logical, text, angle or date.

Headers are written by many programs, and by hand: numbers carry units, errors or a decimal
comma, unknown ones are ``NAN`` or ``-1.#IND``, angles are sexagesimal with colons, blanks
or letters. A value that says that it is unknown is NaN; one that cannot be
understood raises ValueError, and whoever asked counts it.
"""

import datetime
import math
import re

__all__ = ["JD_TO_MJD", "to_bool", "to_degrees", "to_float", "to_magnitude", "to_mjd", "to_pixels", "to_text"]

JD_TO_MJD = 2_400_000.5  # d
_FIRST_JD = 2_000_000.0  # d: no MJD of this millennium is as large, no JD of it as small
_MJD_EPOCH = datetime.datetime(1858, 11, 17)

_MISSING_WORDS = {"", "none", "null", "undef", "undefined", "indef", "indefinite", "na", "n/a", "nil", "--",
                  "-", "---", "?", "unknown", "masked", "nodata", "missing"}
# Patterns of what few headers have are compiled when the first does.
# NaN and infinity as IDL, Fortran, C and its libraries on Windows write them.
_NO_NUMBER = r"[+-]?(?:s?q?nan[sq]?(?:\(.*\))?|inf(?:inity)?|1\.?#(?:[sq]nan|inf|ind)\w*|\*+)"
_TRUE = {"true", "t", "1", "1.0", "yes", "y", "on", ".true."}
_FALSE = {"false", "f", "0", "0.0", "no", "n", "off", ".false."}

_PLAIN = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eEdD][+-]?[0-9]{1,3})?"
_ERROR = r"(?:\s*(?:\+/-|\+-|\u00b1)\s*[0-9.,]+(?:[eE][+-]?[0-9]+)?|\s*\([0-9.,]+\))?"
_NUMBER = rf"({_PLAIN}){_ERROR}\s*\[?([^\s0-9\[\]()<>]+(?:\s[^\s0-9<>]+)?|)\]?"
_THOUSANDS = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*"

_MAGNITUDES = {"mag": 1.0, "mags": 1.0, "magnitude": 1.0, "magnitudes": 1.0, "abmag": 1.0, "mag(ab)": 1.0,
               "mag (ab)": 1.0, "mag ab": 1.0, "ab mag": 1.0, "ab": 1.0, "vega": 1.0, "mag(vega)": 1.0,
               "mag vega": 1.0, "vega mag": 1.0, "m": 1.0, "mmag": 1e-3, "millimag": 1e-3}
_PIXELS = dict.fromkeys(("pix", "pixel", "pixels", "px", "pixel(s)"), 1.0)
_DEGREES = {"deg": 1.0, "degs": 1.0, "degree": 1.0, "degrees": 1.0, "d": 1.0, "\u00b0": 1.0,
            "h": 15.0, "hr": 15.0, "hour": 15.0, "hours": 15.0, "hourangle": 15.0,
            "rad": math.degrees(1), "radian": math.degrees(1), "radians": math.degrees(1)}
_DAYS = dict.fromkeys(("d", "day", "days", "mjd", "jd", "utc"), 1.0)

_MINUTES = r"([0-9]{1,2}(?:[.,][0-9]*)?)"
_SEXAGESIMAL = (
    rf"([+-]?)\s*([0-9]{{1,3}})\s*(h|d|deg|\u00b0|:|\s)\s*{_MINUTES}\s*(?:m|min|'|\u2032|:|)"
    rf"(?:\s*{_MINUTES}\s*(?:s|sec|\"|\u2033|''|))?")


def to_float(value, units=()):
    """Return a header value as a number, NaN where it says that it is unknown or is infinite.

    Parameters
    ----------
    value : object
        A number, or text: with an error (``19.3 +/- 0.1``), a decimal comma or an exponent of Fortran.
    units : dict of str to float, optional
        Units that may follow the number, in lower case, and the factor of each; None: any, which changes
        nothing.

    Raises
    ------
    ValueError
        If the value is a logical, a limit (``>20.1``) or a text that is no number in such a unit.

    Examples
    --------
    >>> to_float("19,3"), to_float("1.5D+01"), to_float("-NAN")
    (19.3, 15.0, nan)
    """
    if type(value) is float:
        return value if value - value == 0 else math.nan
    if type(value) is int:
        return _finite(value)
    if isinstance(value, bool):
        raise ValueError("a logical is no number")
    text = str(value).strip()
    lower = text.lower()
    if lower in _MISSING_WORDS or re.fullmatch(_NO_NUMBER, lower):
        return math.nan
    if text[0] in "<>\u2264\u2265":
        raise ValueError("a limit is no value")
    if re.fullmatch(_THOUSANDS, text):
        text = text.replace(",", "")
    match = re.fullmatch(_NUMBER, text.replace("\u2212", "-").lstrip("~\u2248 "))
    if match is None:
        raise ValueError("no number")
    unit = match[2].lower().strip(" .")
    if unit and units is not None and unit not in units:
        raise ValueError("a number in a unit that does not fit")
    number = _finite(match[1].replace(",", ".").lower().replace("d", "e"))
    return number * units[unit] if unit and units is not None else number


def _finite(number):
    """Return a number as float, NaN where it is too large for one."""
    try:
        number = float(number)
    except OverflowError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def to_magnitude(value):
    """Return a magnitude, or the error of one [mag]; see `to_float`."""
    return to_float(value, _MAGNITUDES)


def to_pixels(value):
    """Return a length or place [pixel]; see `to_float`."""
    return to_float(value, _PIXELS)


def to_bool(value):
    """Return a logical, a number or the words of one as bool.

    Raises
    ------
    ValueError
        If the value is none of them, as a distance from the edge is.
    """
    if type(value) is bool:
        return value
    # The cutouts carry EDGE as the text "False", which is true in Python.
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE or text in _MISSING_WORDS or re.fullmatch(_NO_NUMBER, text):
        return False
    raise ValueError("neither true nor false")


def to_text(value):
    """Return a header value as text without surrounding blanks."""
    return value if type(value) is str else str(value).strip()


def to_degrees(value, *, hours):
    """Return an angle [deg] that is written as a number [deg] or as degrees, minutes and seconds.

    Parameters
    ----------
    value : object
        Parts are separated by colons, blanks or letters: ``10:30:00``, ``10 30 00``, ``10h30m00s``.
    hours : bool
        Whether the sexagesimal form counts hours (right ascension), unless it says degrees.

    Raises
    ------
    ValueError
        If the value is no angle, or has 60 minutes or more.
    """
    if type(value) is not str:
        return to_float(value)
    text = value.strip().replace("\u2212", "-")
    match = re.fullmatch(_SEXAGESIMAL, text, re.IGNORECASE)
    if match is None:
        return to_float(text, _DEGREES)
    sign, first, separator, *parts = match.groups()
    minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
    if minutes >= 60 or seconds > 60:  # 59.9996 may have been rounded to 60.00
        raise ValueError("no angle has 60 minutes")
    letter = separator.lower()
    in_hours = letter == "h" or (hours and letter in (":", " ", "\t"))
    angle = (int(first) + minutes / 60 + seconds / 3600) * (15 if in_hours else 1)
    return -angle if sign == "-" else angle


def to_mjd(value):
    """Return a date as modified Julian date [d]: from an MJD, a JD or ISO 8601.

    Raises
    ------
    ValueError
        If the value is none of them.
    """
    if isinstance(value, str) and re.match(r"\s*[0-9]{4}[-/][0-9]", value):
        text = value.strip().replace("/", "-").removesuffix("Z").removesuffix("UTC").strip()
        date = datetime.datetime.fromisoformat(text)
        if date.tzinfo is not None:
            date = date.astimezone(datetime.UTC).replace(tzinfo=None)
        return (date - _MJD_EPOCH) / datetime.timedelta(days=1)
    number = to_float(value, _DAYS)
    return number - JD_TO_MJD if number > _FIRST_JD else number
