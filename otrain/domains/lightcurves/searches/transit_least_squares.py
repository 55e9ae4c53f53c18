"""Periodic transits by transit least squares, with the optional package that its authors wrote."""

import numpy as np

from otrain.domains.lightcurves.searches.box_least_squares import transits_of
from otrain.domains.lightcurves.searches.detrend import running_biweight
from otrain.errors import DataError, MissingExtraError

__all__ = ["transit_least_squares"]

HOURS = 24.0  # per day


def transit_least_squares(time, flux, *, segment=None, window=1.5, gap=0.1, shortest=1.0, longest=None,
                          threads=1, mass=1.0, radius=1.0):
    """Return the most significant period of limb-darkened transits in a light curve.

    Parameters
    ----------
    time, flux : (n,) ndarray
        Rising [d]; flux in units of light, not about zero. NaN where there is no value.
    segment, window, gap
        As for `box_least_squares`.
    shortest, longest : float
        Periods [d]; the longest is half of the time covered by default.
    threads : int
    mass, radius : float
        Of the star [solar units]; they limit the durations.

    Returns
    -------
    dict or None
        As `box_least_squares`; ``depth`` is relative.

    Raises
    ------
    MissingExtraError
        If the package `transitleastsquares` is not there (extra ``transits``).
    DataError
        If the flux is about zero.

    References
    ----------
    Hippke & Heller 2019, A&A 623, A39.
    """
    try:
        from transitleastsquares import transitleastsquares
    except ImportError:
        raise MissingExtraError("transitleastsquares", "transits") from None

    time, flux = np.asarray(time, float), np.asarray(flux, float)
    trend = running_biweight(time, flux, window=window, segment=segment, gap=gap)
    known = np.isfinite(trend)
    if known.sum() < 10:
        return None
    t, relative = time[known], flux[known] / trend[known]
    if not np.all(trend[known] > 0) or not np.std(relative) < 0.5:
        raise DataError("`flux` must be the light of the star, not a residual about zero. "
                        f"Received: a trend from {trend[known].min():.4g} to {trend[known].max():.4g}.")
    sigma = 1.4826 * float(np.median(np.abs(relative - np.median(relative))))
    longest = (t[-1] - t[0]) / 2 if longest is None else longest
    if not sigma > 0 or not longest > shortest:
        return None
    keep = relative < 1 + 4 * sigma
    t, relative = t[keep], relative[keep]
    result = transitleastsquares(t, relative, np.full(len(t), sigma), verbose=False).power(
        period_min=shortest, period_max=longest, use_threads=threads, show_progress_bar=False, M_star=mass,
        R_star=radius, M_star_max=max(1.5, 1.5 * mass), R_star_max=max(3.0, 1.5 * radius))
    if not np.isfinite(result.period):
        return None
    duration = float(result.duration) * HOURS
    return {"period": float(result.period), "t0": float(result.T0), "duration": duration,
            "depth": float(1 - result.depth), "snr": float(result.snr), "statistic": float(result.SDE),
            "transits": transits_of(t, relative - 1, sigma, float(result.period), float(result.T0), duration)}
