"""Periodic transits by box least squares, as single events that the same judge can judge."""

import numpy as np

from otrain.domains.lightcurves.searches.detrend import detrend

__all__ = ["COLUMNS", "DURATIONS", "box_least_squares", "transits_of"]

HOURS = 24.0  # per day
DURATIONS = (2.0, 3.0, 4.5, 7.0, 10.0)  # h
COLUMNS = ("t0", "duration", "depth", "snr", "statistic", "points")


def box_least_squares(time, flux, *, segment=None, window=1.5, gap=0.1, durations=DURATIONS, shortest=1.0,
                      longest=None):
    """Return the most significant period of boxes in a light curve.

    Parameters
    ----------
    time, flux : (n,) ndarray
        Rising [d], in any unit; NaN where there is no value.
    segment : (n,) ndarray, optional
        Number of the part between mask updates.
    window, gap : float
        Of the running biweight location taken off first [d].
    durations : sequence of float
        [h]
    shortest, longest : float
        Periods [d]; the longest is half of the time covered by default, so that three transits or
        two are there. A single transit is not for this search.

    Returns
    -------
    dict or None
        ``period`` [d], ``t0`` [d] of the first transit, ``duration`` [h], ``depth`` (unit of flux),
        ``snr`` (of the depth), ``statistic`` (signal detection efficiency: the peak of the power over
        its mean, in standard deviations), ``transits`` (dict of arrays, see `transits_of`). None for
        a curve too short or without noise.

    References
    ----------
    Kovacs, Zucker & Mazeh 2002, A&A 391, 369.
    """
    from astropy.timeseries import BoxLeastSquares

    time, flux = np.asarray(time, float), np.asarray(flux, float)
    residual = detrend(time, flux, window=window, segment=segment, gap=gap)
    known = np.isfinite(residual)
    t, y = time[known], residual[known]
    if len(t) < 10:
        return None
    sigma = 1.4826 * float(np.median(np.abs(y - np.median(y))))
    longest = (t[-1] - t[0]) / 2 if longest is None else longest
    if not sigma > 0 or not longest > shortest:
        return None
    keep = y < 4 * sigma
    t, y = t[keep], y[keep]
    lengths = np.array([hours / HOURS for hours in durations if hours / HOURS < 0.5 * shortest])
    search = BoxLeastSquares(t, y, sigma)
    periods = search.autoperiod(lengths, minimum_period=shortest, maximum_period=longest,
                                frequency_factor=3.0)
    power = search.power(periods, lengths, oversample=5)
    best = int(np.argmax(power.power))
    period, duration = float(power.period[best]), float(power.duration[best]) * HOURS
    spread = float(np.std(power.power))
    efficiency = float(power.power[best] - np.mean(power.power)) / spread if spread > 0 else 0.0
    first = float(power.transit_time[best])
    first -= np.floor((first - t[0]) / period) * period
    return {"period": period, "t0": first, "duration": duration, "depth": float(power.depth[best]),
            "snr": float(power.depth_snr[best]), "statistic": efficiency,
            "transits": transits_of(t, y, sigma, period, first, duration)}


def transits_of(time, residual, sigma, period, t0, duration):
    """Return every transit of a period with a measured point, as a table of events.

    Parameters
    ----------
    time, residual : (n,) ndarray
        Finite, detrended.
    sigma : float
        Noise of a point.
    period, t0 : float
        [d]
    duration : float
        [h]

    Returns
    -------
    dict of str to ndarray
        ``t0 duration depth snr statistic points``; the statistic of each is its SNR.
    """
    half = duration / (2 * HOURS)
    middle = t0 + period * np.arange(np.ceil((time[0] - t0) / period), np.floor((time[-1] - t0) / period) + 1)
    first, stop = np.searchsorted(time, middle - half, "left"), np.searchsorted(time, middle + half, "right")
    total = np.concatenate([[0], np.cumsum(residual)])
    count, seen = stop - first, stop > first
    middle, count = middle[seen], count[seen]
    depth = -(total[stop] - total[first])[seen] / count
    snr = depth / sigma * np.sqrt(count)
    return {"t0": middle, "duration": np.full(len(middle), duration), "depth": depth, "snr": snr,
            "statistic": snr.copy(), "points": count}
