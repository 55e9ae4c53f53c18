"""Values of brightness to flux whose ratio to its level has a meaning: the one function for fluxes.

Deviations become 1 + deviation, magnitudes become flux, limits and fill values become missing. What varies
about zero is refused: a depth relative to such a level has no meaning.
"""

import math
import re
from dataclasses import dataclass

import numpy as np

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["Flux", "is_error", "is_magnitude", "looks_like_magnitudes", "read_flux"]

_DEVIATIONS = {"ppm": 1e-6, "ppt": 1e-3, "%": 1e-2, "percent": 1e-2, "relative deviation": 1.0}
_MAGNITUDES = {"mag": 1.0, "mags": 1.0, "magnitude": 1.0, "magnitudes": 1.0, "mmag": 1e-3,
               "abmag": 1.0, "millimag": 1e-3}
_HAT = re.compile(r"(irm|itf|iep|epd|tfa|pca|sp|rm|ep|tf|im)[1-9]\Z")  # of the pipelines of HAT and CDIPS
_WORDS = re.compile(r"[a-z]+|%")
_ERROR_WORDS = {"err", "error", "errors", "e", "sigma", "sig", "unc", "uncertainty", "std", "rms", "dev",
                "ire", "ife", "snr"}
_NINES = np.array([99, 99.9, 99.99, 99.999, 999, 999.9, 999.99, 999.999, 9999, 9999.9, 9999.99, 99999,
                   99999.9, 999999, 9999999])
_FAR = 10.0  # robust sigma from the median: what a fill value is beyond
_FAINTEST, _WORST = 50.0, 9.0  # mag: what no star and what no measurement has
_LEAST = 5.0  # median over the noise of a sample; less is no level
_BELOW = 5.0  # noise below zero: light cannot be less than none
_HUGE = 1e20  # no flux, but a fill value


@dataclass(frozen=True)
class Flux:
    """Flux and its error; NaN where there is no measurement.

    Parameters
    ----------
    flux : (n,) float64 ndarray
        Proportional to the light of the star.
    error : (n,) float64 ndarray or None
    limits : int
        Values that were limits or fill values.
    magnitudes : bool
        Whether they were magnitudes.
    """

    flux: np.ndarray
    error: np.ndarray | None
    limits: int
    magnitudes: bool


def is_error(name):
    """Return whether a column holds errors of another one.

    Examples
    --------
    >>> [is_error(name) for name in ("flux_err", "e_mag", "magerr", "fluxerr", "flux", "dmag")]
    [True, True, True, True, False, False]
    """
    name = name.lower()
    words = set(_WORDS.findall(name))
    return bool(words & _ERROR_WORDS) or name.startswith(("sigma", "err")) or name.endswith(
        ("err", "error", "unc", "sigma", "dev"))


def is_magnitude(name, unit=""):
    """Return whether a column holds magnitudes, by its unit or name.

    Examples
    --------
    >>> [is_magnitude(name) for name in ("mag", "Vmag", "TAMMAG2", "magpsf", "IRM1", "flux", "image")]
    [True, True, True, True, True, False, False]
    """
    text = unit.strip().lower()
    if text:
        return text in _MAGNITUDES
    name = name.lower()
    if "flux" in name:
        return False
    words = _WORDS.findall(name)
    return bool(_HAT.fullmatch(name)) or any(
        word in _MAGNITUDES or word.endswith(("mag", "mags"))
        or (word.startswith("mag") and word != "magnetic") for word in words)


def read_flux(values, error=None, name="", unit="", *, magnitudes=False):
    """Return flux and error so that flux over its median is the relative flux.

    Parameters
    ----------
    values, error : (n,) ndarray
    name, unit : str
        Of the column; ppm, ppt, percent and ``relative deviation`` are about zero, any other unit than
        these and magnitudes is linear in light.
    magnitudes : bool
        They are magnitudes, whatever the name says.

    Returns
    -------
    Flux

    Raises
    ------
    InputRejected
        ``bad-unit`` where the flux varies about zero.

    Examples
    --------
    >>> read_flux(np.array([12.0, 12.0, 99.99]), name="mag").flux.tolist()
    [1.0, 1.0, nan]
    """
    values = np.array(values, np.float64)
    error = None if error is None else np.array(error, np.float64)
    ends = (known for known in _DEVIATIONS if name.lower().endswith(f"_{known}"))
    text = unit.strip().lower() or next(ends, "")
    if magnitudes or is_magnitude(name, unit):
        factor = _MAGNITUDES.get(text) or (1e-3 if "mmag" in name.lower() else 1.0)
        return _from_magnitudes(values * factor, None if error is None else error * factor)
    missing = _fill_values(values, error, about_zero=text in _DEVIATIONS)
    values[missing] = np.nan
    limits = int(np.count_nonzero(missing))
    if text in _DEVIATIONS:
        factor = _DEVIATIONS[text]
        return Flux(1 + values * factor, None if error is None else error * factor, limits, False)
    _require_level(values, name)
    return Flux(values, error, limits, False)


def looks_like_magnitudes(values):
    """Return whether numbers of an unnamed column could be magnitudes: 4 to 25, varying by less than 2.

    Parameters
    ----------
    values : (n,) ndarray
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return False
    low, high = np.percentile(known, [1, 99])
    return bool(low >= 4 and high <= 25 and high - low < 2)


def _from_magnitudes(values, error):
    """Return the flux of magnitudes relative to their median; limits and fill values are missing."""
    known = np.isfinite(values)
    missing = known & (np.abs(values) >= _FAINTEST)
    if error is not None:
        missing |= known & ((error >= _WORST) | (error <= -_WORST))
    if (known & ~missing).any() and np.median(values[known & ~missing]) > 5:
        missing |= known & ((values == 0) | (values <= -1))
    values[missing] = np.nan
    if not np.isfinite(values).any():
        return Flux(values, error, int(np.count_nonzero(missing)), True)
    linear = 10 ** (-0.4 * (values - np.nanmedian(values)))
    if error is not None:
        error = error * linear * 0.4 * math.log(10)
    return Flux(linear, error, int(np.count_nonzero(missing)), True)


def _fill_values(values, error, *, about_zero=False):
    """Return which fluxes are no measurement: 99.99, -99, 0 without an error, and their like."""
    known = np.isfinite(values)
    missing = known & (np.abs(values) > _HUGE)
    zero = (values == 0) & (not about_zero)
    bad_error = np.zeros(len(values), bool)
    if error is not None and np.isfinite(error).any():
        usual = np.median(error[np.isfinite(error)])
        odd = (error < 0) | (error > 30 * usual) | (error > 98)
        bad_error[odd] = _is_nines(error[odd])
    empty = known & bad_error
    empty[empty] = zero[empty] | _is_nines(values[empty])
    ordinary = known & ~missing & ~zero & ~bad_error
    others = values[ordinary]
    if len(others) < 3:
        return missing | empty
    middle = np.median(others)
    spread = max(1.4826 * float(np.median(np.abs(others - middle))), 1e-3 * abs(middle))
    suspects = np.flatnonzero(known & ~missing & (np.abs(values - middle) > _FAR * spread))
    nines = _is_nines(values[suspects])
    unsure = (zero | bad_error)[suspects] & (True if error is None else (bad_error | ~(error > 0))[suspects])
    suspects = suspects[nines | unsure]
    if len(suspects):
        # Of stitched sectors one may lie at 999.9: a fill value is far from its neighbours as well.
        ordinary[suspects] = False
        good = np.flatnonzero(ordinary)
        if len(good):
            place = np.searchsorted(good, suspects)
            before = values[good[np.clip(place - 1, 0, None)]]
            after = values[good[np.clip(place, None, len(good) - 1)]]
            reach = np.minimum(np.abs(values[suspects] - before), np.abs(values[suspects] - after))
            suspects = suspects[reach > _FAR * 1e-3 * abs(middle)]
        missing[suspects] = True
    return missing | empty


def _is_nines(values):
    """Return which values are written in nines, such as 99.99 and -999."""
    size = np.abs(np.where(np.isfinite(values), values, 0.0))
    place = np.clip(np.searchsorted(_NINES, size), 1, len(_NINES) - 1)
    near = np.where(size - _NINES[place - 1] < _NINES[place] - size, _NINES[place - 1], _NINES[place])
    return np.abs(size - near) < 1e-6 * near


def _require_level(values, name):
    """Refuse flux that varies about zero."""
    known = values[np.isfinite(values)]
    if len(known) < 10:  # too few to tell noise from signal
        return
    middle = float(np.median(known))
    steps = np.diff(known)
    if known.min() >= 0 and middle > _LEAST * float(np.std(steps)):
        return  # the usual case, without the medians of the others
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / math.sqrt(2)
    noise = noise or float(np.std(steps)) / math.sqrt(2)
    spread = 1.4826 * float(np.median(np.abs(known - middle)))
    below = np.count_nonzero(known < -_BELOW * noise)
    if (middle >= _LEAST * noise and below < max(3, 0.005 * len(known))
            and not (middle < spread and np.count_nonzero(known < 0) > 1)) and middle > 0:
        return
    raise InputRejected(
        "bad-unit", f"the median flux is {middle:.6g}, beside a noise of {noise:.3g} and values from "
        f"{known.min():.6g} to {known.max():.6g}, so a depth relative to it has no meaning. If the flux is a "
        f"deviation, say so by its unit: --flux '{name or 'flux'} [relative deviation]', [ppm] or [%], or in "
        "the name of the column; else choose another column with --flux.")
