"""Events that a network found in prepared light curves: measured on the curve, and joined to periods."""

from collections import Counter

import numpy as np

from otrain.domains.lightcurves.searches.measure import measure_events
from otrain.domains.lightcurves.searches.periods import join_events
from otrain.domains.lightcurves.time_scales import shift_between, zero_of
from otrain.domains.lightcurves.truth.ephemerides import star_key

__all__ = ["join_found", "measure_found"]

MEASURED = ("depth", "depth_error", "snr", "near_gap", "near_segment", "near_edge")
LEAST_SCORE = 0.1  # of events that may belong to a period
LEAST_PEAK = 0.1  # of the probability of an event that is worth a fit


def measure_found(examples, channels, columns, events):
    """Return what a fit to the light curve says of events in windows.

    Parameters
    ----------
    examples : (n, L, C) ndarray
    channels : sequence of str
        ``flux time segment`` among them.
    columns : dict of (n,) ndarray
        ``time_start`` [d] and ``scale`` (relative flux of one unit of flux).
    events : dict of str to (E,) ndarray
        ``row t0 [d] duration [h] peak`` as the map has them; those of a lower peak than 0.1 are not
        measured.

    Returns
    -------
    dict of str to (E,) ndarray
        ``t0 duration depth depth_error [relative] snr near_gap near_segment near_edge``. Where no fit is
        possible, time and duration are those of the map, and depth, its error and snr NaN.
    """
    flux, time, segment = (channels.index(name) for name in ("flux", "time", "segment"))
    start = np.asarray(columns["time_start"], float)
    scale = np.asarray(columns.get("scale", np.ones(len(examples))), float)
    result = {"t0": events["t0"].astype(float), "duration": events["duration"].astype(float)}
    result |= {name: np.full(len(events["t0"]), np.nan) for name in ("depth", "depth_error", "snr")}
    result |= {name: np.asarray(events[name], bool).copy() for name in MEASURED[3:]}
    worth = events["peak"] >= LEAST_PEAK
    for row in np.unique(events["row"][worth]).tolist():
        mine = np.flatnonzero(worth & (events["row"] == row))
        example = examples[row]
        fitted = measure_events(example[:, time].astype(float) + start[row], example[:, flux],
                                result["t0"][mine], result["duration"][mine], segment=example[:, segment])
        fits = np.isfinite(fitted["depth"])
        for name in ("t0", "duration", "snr", *MEASURED[3:]):
            result[name][mine[fits]] = fitted[name][fits]
        for name in ("depth", "depth_error"):
            result[name][mine[fits]] = fitted[name][fits] * scale[row]
    return result


def join_found(rows, observed):
    """Return the period of each event that repeats, and times of one star in one time scale.

    Parameters
    ----------
    rows : dict of str to list
        A table of events: ``object_id kind t0 time_scale duration depth depth_error snr score announced``.
    observed : dict of (str, str) to ndarray
        Times [d] at which each star was observed in each time scale, in all of its light curves.

    Returns
    -------
    dict of str to list
        ``period`` [d], NaN of single events; ``t0 time_scale``: those of a star whose light curves have
        several known time scales are in that of most of its events.
    """
    period = np.full(len(rows["t0"]), np.nan)
    star = np.array([star_key(name) for name in rows["object_id"]], np.str_)
    kind, t0, scale = np.asarray(rows["kind"], str), np.array(rows["t0"], float), list(rows["time_scale"])
    values = {name: np.asarray(rows[name], float)
              for name in ("duration", "depth", "depth_error", "snr", "score")}
    usable = np.isfinite(values["depth"]) & (values["depth"] > 0) & np.isfinite(values["depth_error"])
    usable &= (values["score"] >= LEAST_SCORE) | np.asarray(rows["announced"], bool)
    for name in np.unique(star).tolist():
        of_star = np.flatnonzero(star == name)
        for scales in _same_clock([scale[row] for row in of_star]):
            target = Counter(scale[row] for row in of_star if scale[row] in scales).most_common(1)[0][0]
            together = np.array([row for row in of_star if scale[row] in scales])
            for row in together[[scale[row] != target for row in together]]:
                t0[row] += shift_between(scale[row], target)
                scale[row] = target
            time = np.concatenate([times + (shift_between(clock, target) or 0.0)
                                   for (whose, clock), times in observed.items()
                                   if star_key(whose) == name and clock in scales])
            for one in np.unique(kind[together]).tolist():
                mine = together[(kind[together] == one) & usable[together]]
                _join(mine, t0, values, np.unique(time), period)
    return {"period": period.tolist(), "t0": t0.tolist(), "time_scale": scale}


def _same_clock(scales):
    """Return the sets of time scales that can be brought to one: all known ones, each unknown one alone."""
    known = {scale for scale in scales if zero_of(scale) is not None}
    return ([known] if known else []) + [{scale} for scale in sorted(set(scales) - known)]


def _join(rows, t0, values, time, period):
    """Set the periods of some events; those of one transit in several light curves count once."""
    order = rows[np.argsort(t0[rows], kind="stable")]
    if not len(order):
        return
    half = values["duration"][order] / 48
    new = np.diff(t0[order], prepend=-np.inf) > np.minimum(half, np.concatenate([half[:1], half[:-1]]))
    group = np.cumsum(new) - 1
    best = np.array([order[group == number][np.argmax(values["snr"][order[group == number]])]
                     for number in range(group[-1] + 1)])
    if len(best) < 3:
        return
    measured = (values[column][best] for column in ("duration", "depth", "depth_error"))
    ladders = join_events(t0[best], *measured, time=time, snr=values["snr"][best])
    for ladder in ladders:
        period[order[np.isin(group, ladder.events)]] = ladder.period
