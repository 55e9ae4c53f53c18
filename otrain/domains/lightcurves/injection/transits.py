"""Transits put into somebody's own light curves, to see which of them a search finds."""

from itertools import product

import numpy as np

from otrain.domains.lightcurves.simulators.transit_model import light_lost, radius_ratio_of_depth
from otrain.errors import DataError

__all__ = ["inject_grid", "inject_transit"]

HOURS = 24.0  # per day
LIMB = (0.4, 0.25)  # quadratic, of a star like the Sun in white light
SUBSTEPS = 7  # per exposure


def inject_transit(time, flux, *, t0, duration, depth, impact=0.3, limb=LIMB, level=None, exposure=None):
    """Return the flux with one limb-darkened transit in it.

    Parameters
    ----------
    time : (n,) ndarray
        Middle of the exposures [d]; NaN where there is no value.
    flux : (n,) ndarray
        In units of light, not about zero: its median is the light of the star.
    t0 : float
        Middle of the transit [d].
    duration : float
        From first to last contact [h].
    depth : float
        Light lost in the middle, relative.
    impact : float
        Closest approach of the centres [radii of the star].
    limb : tuple of float
        Coefficients of quadratic limb darkening.
    level : float, optional
        Light of the star in the unit of flux; needed where flux has been moved to about zero.
    exposure : float, optional
        Length of an exposure [s], over which the transit is averaged; the median spacing by default.

    Returns
    -------
    (n,) float64 ndarray

    Raises
    ------
    DataError
        If the level is not known or the depth is not between 0 and 1.
    """
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    if not 0 < depth < 1 or not duration > 0:
        raise DataError(f"a transit needs a depth between 0 and 1 and a duration above 0. "
                        f"Received: depth {depth!r}, duration {duration!r} h.")
    if level is None:
        level = float(np.nanmedian(flux)) if np.isfinite(flux).any() else np.nan
        if not level > 3 * np.nanstd(flux):
            raise DataError(f"the median flux {level:.4g} is not clearly above zero, so it is not the light "
                            "of the star. Give `level`.")
    ratio = radius_ratio_of_depth(depth, impact, limb)
    step = np.nanmedian(np.diff(time)) if exposure is None else exposure / 86400
    half_chord = np.sqrt((1 + ratio) ** 2 - impact**2)
    offsets = ((np.arange(SUBSTEPS) + 0.5) / SUBSTEPS - 0.5) * step
    touched = np.flatnonzero(np.abs(time - t0) < duration / (2 * HOURS) + step)
    along = (time[touched, None] + offsets - t0) * HOURS / (duration / 2) * half_chord
    lost = light_lost(np.hypot(along, impact), ratio, limb).mean(axis=1)
    changed = flux.copy()
    changed[touched] -= level * lost
    return changed


def inject_grid(time, flux, *, depths, durations, repeats=1, seed=0, avoid=(), level=None, impact=0.3,
                limb=LIMB):
    """Yield copies of a light curve, each with one transit at a random time, and the truth.

    Parameters
    ----------
    time, flux : (n,) ndarray
    depths : sequence of float
        Relative.
    durations : sequence of float
        [h]
    repeats : int
        Times tried for each depth and duration.
    seed : int
    avoid : sequence of (t0, duration)
        Known events [d, h]; no transit is put within two durations of one.
    level, impact, limb
        As for `inject_transit`.

    Yields
    ------
    flux : (n,) float64 ndarray
    truth : dict
        ``t0`` [d], ``duration`` [h], ``depth``, ``kind`` (``"planet"``). Times are drawn among those
        with at least half of the transit's points measured.

    Raises
    ------
    DataError
        If there is no such time.
    """
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    known = np.isfinite(time) & np.isfinite(flux)
    t = time[known]
    rng = np.random.default_rng(seed)
    step = float(np.median(np.diff(t))) if len(t) > 1 else np.nan
    for depth, duration, _ in product(depths, durations, range(repeats)):
        half = duration / (2 * HOURS)
        count = np.searchsorted(t, t + half, "right") - np.searchsorted(t, t - half, "left")
        free = count >= max(1, half / step)
        for middle, length in avoid:
            free &= np.abs(t - middle) > 2 * (length + duration) / (2 * HOURS)
        if not free.any():
            raise DataError(f"no place for a transit of {duration:g} h in {len(t)} points. "
                            "Use shorter durations or a longer light curve.")
        t0 = float(rng.choice(t[free]) + rng.uniform(-0.5, 0.5) * step)
        changed = inject_transit(time, flux, t0=t0, duration=duration, depth=depth, level=level,
                                 impact=impact, limb=limb)
        yield changed, {"t0": t0, "duration": float(duration), "depth": float(depth), "kind": "planet"}
