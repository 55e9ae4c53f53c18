"""A value, the name of its column and its unit to days with a known zero: the one function for times.

A time scale is the Julian date of its zero. Barycentric, heliocentric and plain Julian dates differ by less
than nine minutes, which nobody can undo without the position of the star; they count as one.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["OFFSETS", "SECONDS", "Clock", "bare_name", "clock_rank", "read_times", "scale_name",
           "shift_between", "zero_of"]

SECONDS = 86400.0  # s in a day
OFFSETS = {"BKJD": 2454833.0, "BTJD": 2457000.0, "BJD": 0.0}  # d; BJD = value + offset
_DIVISORS = {"d": 1.0, "day": 1.0, "days": 1.0, "h": 24.0, "hr": 24.0, "hour": 24.0, "hours": 24.0,
             "min": 1440.0, "minute": 1440.0, "minutes": 1440.0, "s": SECONDS, "sec": SECONDS,
             "secs": SECONDS, "second": SECONDS, "seconds": SECONDS, "ms": 1e3 * SECONDS}  # of a day
_MJD, _UNIX = 2400000.5, 2440587.5  # d; Julian date of their zero
# Julian date of the zero of a clock by its name. Of several, values decide.
_CLOCKS = {
    "bkjd": (2454833.0,), "kbjd": (2454833.0,), "kjd": (2454833.0,),
    "btjd": (2457000.0,), "tbjd": (2457000.0,), "tessjd": (2457000.0,), "tjd": (2457000.0, 2440000.5),
    "bjd": (0.0,), "hjd": (0.0,), "jd": (0.0,), "gjd": (0.0,), "ajd": (0.0,), "jdb": (0.0,), "jdh": (0.0,),
    "mjd": (_MJD,), "bmjd": (_MJD,), "mbjd": (_MJD,), "hmjd": (_MJD,), "mhjd": (_MJD,), "mjdb": (_MJD,),
    "rjd": (2400000.0,), "brjd": (2400000.0,), "rbjd": (2400000.0,), "hrjd": (2400000.0,),
    "rhjd": (2400000.0,), "cjd": (2451545.0, 2433282.5), "cnesjd": (2433282.5,), "jd2000": (2451545.0,),
    "mjd2000": (2451544.5,), "unix": (_UNIX,), "unixtime": (_UNIX,), "timestamp": (_UNIX,),
    # CoRoT counted from noon of 1 January 2000 at first and from JD 2400000 in its last release.
    "datebartt": (2451545.0, 2400000.0), "datebarregtt": (2451545.0, 2400000.0),
    "datejd": (2451545.0, 2400000.0, 0.0), "datehel": (2451545.0, 2400000.0),
    "datett": (2451545.0, 2400000.0),
}
# Better clocks first: what is corrected for the motion of the Earth, then what is not.
_RANKS = (("bkjd", "kbjd", "btjd", "tbjd", "bjd", "jdb", "rbjd", "brjd", "datebartt", "datebarregtt", "bmjd",
           "mbjd", "mjdb"),
          ("hjd", "jdh", "rhjd", "hrjd", "hmjd", "mhjd", "datehel"))
_BESIDE = {"time", "times", "t", "tdb", "utc", "tt", "tcb", "tai", "mid", "tmid", "obs", "date", "datetime",
           "dates", "center", "centre", "mean", "observation", "midtime", "iso", "isot", "days", "day",
           "d", "in", "s", "sec", "seconds", "hours", "minus", "full", "reduced", "modified", "julian"}
_PLAIN = ("time", "t", "times", "tmid", "date", "datetime", "dates", "utc", "midtime", "epoch", "obstime",
          "isot", "iso", "timestamp", "unix", "unixtime", "days", "day", "seconds")
_BARE = re.compile(r"^(.*?)\s*[\[(]\s*(.*?)\s*[\])]\s*$")
_SHIFT = re.compile(r"(?<![0-9.])(2[34]\d{5}(?:\.\d+)?)(?![0-9])")
_SCALES = {"tdb", "utc", "tt", "tcb", "tai"}  # of which the zero is not told
_WORDS = re.compile(r"[a-z]+(?:2000)?")
_SCALE = re.compile(r"bjd-([0-9.]+)\Z", re.IGNORECASE)
_EARLIEST, _LATEST = 2415020.5, 2488069.5  # JD of the years 1900 and 2100
_MODERN = 2444239.5, 2469807.5  # JD of the years 1980 and 2050: to choose among what a name can mean
_LONGEST, _SHORTEST = 1.5, 5.0  # d, s: between them nobody can tell days from seconds
# What a mission counts from where nothing else says so, and the values that it has.
_MISSIONS = {"TESS": (2457000.0, 1000.0, 10_000.0), "Kepler": (2454833.0, 50.0, 1700.0),
             "K2": (2454833.0, 1700.0, 4000.0)}


@dataclass(frozen=True)
class Clock:
    """Times in days and what is known of their zero.

    Parameters
    ----------
    time : (n,) float64 ndarray
        [d]
    zero : float or None
        Julian date of time 0 [d]; None: nobody knows.
    """

    time: np.ndarray
    zero: float | None

    @property
    def scale(self):
        """Name of the time scale: BKJD, BTJD, BJD, ``BJD-<zero>``, or d for days of its own."""
        return scale_name(self.zero)


def bare_name(name):
    """Return the name of a column in lower case and the unit that stands behind it in brackets.

    Examples
    --------
    >>> bare_name("Time [s]"), bare_name("flux")
    (('time', 's'), ('flux', ''))
    """
    found = _BARE.match(name.strip())
    return (found[1].strip().lower(), found[2].strip()) if found else (name.strip().lower(), "")


def scale_name(zero):
    """Return the name of a time scale.

    Examples
    --------
    >>> scale_name(2457000.0), scale_name(2400000.5), scale_name(None)
    ('BTJD', 'BJD-2400000.5', 'd')
    """
    if zero is None:
        return "d"
    for name, offset in OFFSETS.items():
        if abs(zero - offset) < 1e-6:
            return name
    return f"BJD-{zero:.10g}"


def zero_of(scale):
    """Return the Julian date of the zero of a time scale, None where nobody knows it.

    Examples
    --------
    >>> zero_of("BTJD"), zero_of("MJD"), zero_of("BJD-2450000"), zero_of("d")
    (2457000.0, 2400000.5, 2450000.0, None)
    """
    text = str(scale).strip()
    if text.upper() in OFFSETS:
        return OFFSETS[text.upper()]
    if found := _SCALE.match(text):
        return float(found[1])
    zeros = _zeros_of(text)
    return zeros[0] if zeros else None


def shift_between(one, other):
    """Return what is added to times of one scale to get those of another; None where one is not known."""
    first, second = zero_of(one), zero_of(other)
    if str(one).strip().lower() == str(other).strip().lower():
        return 0.0
    return None if first is None or second is None else first - second


@lru_cache(1024)  # a night's files have the same columns
def clock_rank(name):
    """Return how well a column of a name tells the time; less is better, None: it is no time.

    Parameters
    ----------
    name : str
        In lower case, without its unit.

    Examples
    --------
    >>> [clock_rank(name) for name in ("time", "tmid_bjd", "hjd", "mjd", "timecorr")]
    [0, 1, 2, 3, None]
    """
    if name == "time":
        return 0
    if name in _PLAIN:
        return 4 + _PLAIN.index(name)
    words = _WORDS.findall(name)
    clocks = [clock for word in words if (clock := _clock_of(word))]
    rest = {word for word in words if not _clock_of(word)}
    if not words or not rest <= _BESIDE:
        return None
    if clocks:
        return next((1 + rank for rank, known in enumerate(_RANKS) if clocks[0] in known), 3)
    return 3 if {"julian", "date"} <= rest else 4 + len(_PLAIN) if rest & {"time", "date"} else None


def _clock_of(word):
    """Return the clock that a word names, with or without `obs` about it, or None."""
    bare = (word, word.removeprefix("obs"), word.removesuffix("obs"))
    return next((name for name in bare if name in _CLOCKS), None)


def _zeros_of(text):
    """Return the zeros that a name or a unit can mean, best first."""
    text = text.strip().lower()
    if found := _SHIFT.search(text):
        return (float(found[1]),)
    words = _WORDS.findall(text)
    for word in words:
        if clock := _clock_of(word):
            return _CLOCKS[clock]
    if "julian" in words:
        return (_MJD,) if "modified" in words else (2400000.0,) if "reduced" in words else (0.0,)
    return ()


def read_times(values, name="", unit="", *, zero=None, mission=""):
    """Return times in days, and the Julian date of their zero.

    A name that fixes the zero wins over the unit, this over the header, as far as the values can be in it:
    between the years 1900 and 2100. Without any, Julian dates are known by their size, and times of Kepler,
    K2 and TESS by that of their mission. Times without a unit are days if samples lie up to 1.5 apart, and
    seconds if they lie 5 or more apart: no light curve has a cadence of five days.

    Parameters
    ----------
    values : (n,) ndarray
        Numbers; or texts or dates such as ``2020-07-09T12:00:00`` (ISO 8601).
    name, unit : str
        Of the column.
    zero : float, optional
        What the header says.
    mission : str

    Returns
    -------
    Clock

    Raises
    ------
    InputRejected
        ``bad-unit`` if the unit is unknown, if there is none and the times could be days or seconds, or if
        name, unit and header all contradict the values.

    Examples
    --------
    >>> read_times(np.array([2040.0, 2040.02]), "btjd").zero, read_times(np.array([59040.5]), "mjd").scale
    (2457000.0, 'BJD-2400000.5')
    """
    values = np.asarray(values)
    if values.dtype.kind == "M":
        return _from_dates(values)
    if values.dtype.kind in "OSU":
        values = _from_texts(values, name)
        if isinstance(values, Clock):
            return values
    values = values.astype(np.float64)
    name, text = name.strip().lower(), unit.strip().lower()
    divisor = _DIVISORS.get(text)
    said = [("its name", zeros) for zeros in [_zeros_of(name)] if zeros]
    if divisor is None and text and not set(_WORDS.findall(text)) <= _SCALES:
        if not (zeros := _zeros_of(text)):
            raise InputRejected("bad-unit", f"the unit of the times is {unit!r}. Known: "
                                f"{', '.join((*_DIVISORS, *sorted(_CLOCKS)))}, or such as BJD - 2450000.")
        said.append(("its unit", zeros))
        divisor = next((_DIVISORS[word] for word in _WORDS.findall(text) if word in _DIVISORS), 1.0)
    if zero is not None:
        said.append(("the header", (float(zero),)))
    if divisor is None:
        unix = bool(said) and said[0][1] == (_UNIX,)
        divisor = SECONDS if unix else 1.0 if said and _possible(values, said) else _divisor(values)
    time = values / divisor if divisor != 1 else values
    known = time[np.isfinite(time)]
    if not len(known):
        return Clock(time, said[0][1][0] if said else None)
    middle = float(np.median(known))
    for _, zeros in said:
        for first, last in (_MODERN, (_EARLIEST, _LATEST)):
            for one in zeros:
                if first <= middle + one <= last:
                    return Clock(time, one)
    if said:
        raise _contradiction(name, unit, said, known)
    return Clock(time, _guess(middle, mission))


def _possible(values, said):
    """Tell whether values can be days since one of the zeros that were said."""
    known = values[np.isfinite(values)]
    return len(known) > 0 and any(_EARLIEST <= np.median(known) + one <= _LATEST
                                  for _, zeros in said for one in zeros)


def _guess(middle, mission):
    """Return the zero that values about `middle` suggest where nothing says it, or None."""
    if _EARLIEST <= middle <= _LATEST:
        return 0.0
    zero, first, last = _MISSIONS.get(mission, (None, math.inf, math.inf))
    return zero if first <= middle <= last else None


def _contradiction(name, unit, said, known):
    """Return the refusal of times that are not what their name, unit or header say."""
    words = "; ".join(f"{who} says that they count from JD {' or '.join(f'{one:.10g}' for one in zeros)}"
                      for who, zeros in said)
    shown = f"{name} [{unit}]" if unit else name
    fitting = [label for label, zero in (("JD", 0.0), ("MJD", _MJD), ("BTJD", 2457000.0), ("BKJD", 2454833.0),
                                         ("JD - 2450000", 2450000.0))
               if 2447892.5 <= np.median(known) + zero <= 2469807.5]  # years 1990 to 2050
    could = f" They could be {' or '.join(fitting)}." if fitting else ""
    return InputRejected(
        "bad-unit", f"the times of column {shown!r} are {known.min():.10g} to {known.max():.10g}, but "
        f"{words}.{could} Name the column and its unit with --time '{name or 'time'} [UNIT]', such as [MJD], "
        "[BTJD], [BJD - 2450000] or [d].")


def _divisor(values):
    """Return how many units of times without a unit make a day."""
    steps = np.abs(np.diff(values[np.isfinite(values)]))
    steps = steps[steps > 0]
    typical = float(np.median(steps)) if len(steps) else 0.0
    if typical <= _LONGEST:
        return 1.0
    if typical >= _SHORTEST:
        return SECONDS
    raise InputRejected("bad-unit", f"samples lie {typical:.3g} apart: days or seconds? Name the unit, e.g. "
                                    "`time [s]`.")


def _from_dates(values):
    seconds = values.astype("datetime64[ns]").astype(np.int64)
    days = np.where(np.isnat(values), np.nan, seconds / 1e9 / SECONDS)
    return Clock(days + _UNIX, 0.0)


def _from_texts(values, name):
    """Return numbers written as text as numbers, dates as a clock."""
    texts = [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values.tolist()]
    try:
        return np.array(texts, np.float64)
    except ValueError:
        pass
    try:
        dates = np.array([_date(text) for text in texts], "datetime64[ns]")
    except ValueError as error:
        raise InputRejected("bad-column", f"column {name!r} holds neither numbers nor dates ({error})."
                            ) from None
    return _from_dates(dates)


def _date(text):
    text = text.strip().removesuffix("Z").removesuffix("+00:00")
    return text.replace("/", "-").replace(" ", "T") or "NaT"
