"""Units of times and fluxes as files write them: days, and flux whose ratio to its level has a meaning."""

import math
import re

import numpy as np

from otrain.data.quarantine import InputRejected

__all__ = ["SECONDS", "bare_name", "to_days", "to_flux"]

SECONDS = 86400.0  # s in a day
_FACTORS = {"d": 1.0, "day": 1.0, "days": 1.0, "h": 1 / 24, "hr": 1 / 24, "hour": 1 / 24, "hours": 1 / 24,
            "min": 1 / 1440, "minute": 1 / 1440, "minutes": 1 / 1440, "s": 1 / SECONDS, "sec": 1 / SECONDS,
            "second": 1 / SECONDS, "seconds": 1 / SECONDS}
_ZEROS = {"bkjd": 2454833.0, "btjd": 2457000.0, "bjd": 0.0, "jd": 0.0, "hjd": 0.0, "bjd_tdb": 0.0,
          "mjd": 2400000.5}  # d
_SHIFTED = re.compile(r"b?jd\s*-\s*([0-9.]+)\s*(?:,?\s*(d|days?))?$")
_DEVIATIONS = {"ppm": 1e-6, "ppt": 1e-3, "%": 1e-2, "percent": 1e-2, "relative deviation": 1.0}
_MAGNITUDES = {"mag": 1.0, "mmag": 1e-3}
_BARE = re.compile(r"^(.*?)\s*[\[(]\s*(.*?)\s*[\])]\s*$")
_LONGEST, _SHORTEST = 1.5, 5.0  # d, s: between them nobody can tell days from seconds


def bare_name(name):
    """Return the name of a column in lower case and the unit that stands behind it in brackets.

    Examples
    --------
    >>> bare_name("Time [s]"), bare_name("flux")
    (('time', 's'), ('flux', ''))
    """
    found = _BARE.match(name.strip())
    return (found[1].strip().lower(), found[2].strip()) if found else (name.strip().lower(), "")


def to_days(time, unit=""):
    """Return times in days, and the Julian date of their zero where the unit tells it, else None.

    Without a unit the times are days if samples lie up to 1.5 apart, and seconds if they lie 5 or more
    apart: no light curve has a cadence of five days.

    Raises
    ------
    InputRejected
        ``bad-unit`` if the unit is unknown, or there is none and the times could be either.
    """
    text = unit.strip().lower()
    if text in _ZEROS:
        return time, _ZEROS[text]
    if found := _SHIFTED.match(text):
        return time, float(found[1])
    if text in _FACTORS:
        return time * _FACTORS[text] if _FACTORS[text] != 1 else time, None
    if text:
        raise InputRejected("bad-unit", f"the unit of the times is {unit!r}. Known: {', '.join(_FACTORS)}, "
                                        f"{', '.join(_ZEROS)}.")
    steps = np.abs(np.diff(time[np.isfinite(time)]))
    steps = steps[steps > 0]
    typical = float(np.median(steps)) if len(steps) else 0.0
    if typical <= _LONGEST:
        return time, None
    if typical >= _SHORTEST:
        return time / SECONDS, None
    raise InputRejected("bad-unit", f"samples lie {typical:.3g} apart: days or seconds? Name the unit, e.g. "
                                    "`time [s]`.")


def to_flux(flux, error, unit=""):
    """Return flux and error so that flux / median is the relative flux.

    Deviations (ppm, ppt, percent) become ``1 + deviation``, magnitudes become flux; any other unit is
    linear in light and stays.
    """
    text = unit.strip().lower()
    if text in _DEVIATIONS:
        factor = _DEVIATIONS[text]
        return 1 + flux * factor, None if error is None else error * factor
    if text in _MAGNITUDES:
        flux = flux * _MAGNITUDES[text]
        linear = 10 ** (-0.4 * (flux - np.nanmedian(flux)))
        return linear, None if error is None else error * _MAGNITUDES[text] * linear * 0.4 * math.log(10)
    return flux, error
