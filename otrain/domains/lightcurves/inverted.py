"""A light curve with its time inverted around its own trend: new noise and transits under the same drift."""

import numpy as np

from otrain.domains.lightcurves.scaling import running_median

__all__ = ["inverted_window", "trend_of"]

KNOTS = 2.0  # d between the knots of the spline; transits are masked, so it follows drift and rotation only
DAY = 86_400.0  # s


def trend_of(flux, inside, piece, step):
    """Return a cubic spline through a light curve that does not see its events.

    Parameters
    ----------
    flux : (L,) ndarray
        On an even grid, NaN where there is no value.
    inside : (L,) bool ndarray
        Points of events: they do not count, so that the trend does not follow them.
    piece : (L,) int ndarray
        The spline is fitted to each piece by itself.
    step : float
        Between points [d].

    Returns
    -------
    (L,) ndarray
        At every point of a piece with values, the events among them; NaN elsewhere.
    """
    from scipy.interpolate import make_lsq_spline

    trend = np.full(len(flux), np.nan)
    for number in np.unique(piece[np.isfinite(flux)]).tolist():
        part = np.flatnonzero(piece == number)
        span = np.arange(part[0], part[-1] + 1)
        known = span[np.isfinite(flux[span]) & ~inside[span]]
        if len(known) < 8:
            trend[span] = np.median(flux[known]) if len(known) else np.nanmedian(flux[span])
            continue
        x, spacing = known.astype(float), max(4.0, KNOTS / step)
        inner = np.arange(x[0] + spacing, x[-1] - spacing / 2, spacing)
        # A knot needs points on both sides, or the fit has no unique answer.
        counts = np.searchsorted(x, inner)
        inner = inner[np.diff(np.append(counts, len(x)), prepend=0)[:-1] > 4] if len(inner) else inner
        knots = np.concatenate([[x[0]] * 4, inner, [x[-1]] * 4])
        try:
            spline = make_lsq_spline(x, flux[known], knots)
        except (ValueError, np.linalg.LinAlgError):  # too few points between two knots
            spline = make_lsq_spline(x, flux[known], np.array([x[0]] * 4 + [x[-1]] * 4))
        trend[span] = spline(np.clip(span, x[0], x[-1]))
    return trend


def inverted_window(image, channels, *, cadence, median_window=2.0):
    """Return a window whose residual to its trend runs backwards in time; its classes follow.

    Parameters
    ----------
    image : (L, C) ndarray
        A window of a data cube, with the channels ``flux residual segment label``.
    channels : sequence of str
    cadence : float
        [s]
    median_window : float
        Width of the running median of the residual channel [d].

    Returns
    -------
    (L, C) float32 ndarray
        Gaps are inverted as well; ``time`` is that of the grid. The end of a window that the
        light curve does not fill stays empty.
    """
    place = {name: index for index, name in enumerate(channels)}
    known = np.flatnonzero(np.isfinite(image[:, place["flux"]]))
    out = np.full(image.shape, np.nan, np.float32)
    if not len(known):
        return out
    length = known[-1] + 1
    part, step = image[:length].astype(float), cadence / DAY
    flux, piece = part[:, place["flux"]], part[:, place["segment"]]
    piece = np.where(np.isfinite(piece), piece, -1).astype(int)
    inside = np.nan_to_num(part[:, place["label"]]) > 0 if "label" in place else np.zeros(length, bool)
    trend = trend_of(flux, inside, piece, step)
    level = np.interp(np.arange(length), np.flatnonzero(np.isfinite(trend)), trend[np.isfinite(trend)])
    turned = part[::-1]
    result = turned.copy()
    result[:, place["flux"]] = level + (flux - trend)[::-1]
    numbers = piece[::-1]
    result[:, place["segment"]] = np.where(numbers >= 0, numbers.max() - numbers, np.nan)
    if "time" in place:
        result[:, place["time"]] = np.where(np.isfinite(turned[:, place["time"]]),
                                            (np.arange(length) + 0.5) * step, np.nan)
    if "residual" in place:
        width = max(3, round(median_window / step))
        result[:, place["residual"]] = result[:, place["flux"]] - running_median(
            result[:, place["flux"]], np.where(numbers >= 0, numbers.max() - numbers, -1), width)
    out[:length] = result
    return out
