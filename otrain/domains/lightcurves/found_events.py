"""Events that a network found in prepared light curves: measured on the curve, and joined to periods."""

import numpy as np

from otrain.domains.lightcurves.measure import measure_events
from otrain.domains.lightcurves.periods import join_events

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
    """Return the period of each event that repeats.

    Parameters
    ----------
    rows : dict of str to list
        A table of events: ``object_id kind t0 duration depth depth_error snr score``.
    observed : dict of str to ndarray
        Times [d] at which each star was observed, in all of its light curves.

    Returns
    -------
    list of float
        [d], NaN of single events.
    """
    period = np.full(len(rows["t0"]), np.nan)
    star, kind = np.asarray(rows["object_id"], str), np.asarray(rows["kind"], str)
    values = {name: np.asarray(rows[name], float)
              for name in ("t0", "duration", "depth", "depth_error", "snr", "score")}
    usable = np.isfinite(values["depth"]) & (values["depth"] > 0) & np.isfinite(values["depth_error"])
    usable &= (values["score"] >= LEAST_SCORE) | np.asarray(rows["announced"], bool)
    for name in np.unique(star).tolist():
        for one in np.unique(kind[star == name]).tolist():
            mine = np.flatnonzero((star == name) & (kind == one) & usable)
            if len(mine) < 3:
                continue
            ladders = join_events(*(values[column][mine] for column in ("t0", "duration", "depth",
                                                                        "depth_error")),
                                  time=observed[name], snr=values["snr"][mine])
            for ladder in ladders:
                period[mine[ladder.events]] = ladder.period
    return period.tolist()
