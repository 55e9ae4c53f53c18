"""Pieces of light curves that show what a network finds, misses and invents."""

import numpy as np

from otrain.answers.events.judgement import Judged
from otrain.answers.events.maps import class_maps
from otrain.answers.events.search import NETWORK

__all__ = ["event_galleries"]

SHOWN = 9
MARGIN = 3.0  # durations to either side
LEAST = 0.6  # d


def event_galleries(cube, rows, logits, findings, subset, empty, search, kind, task, *, threshold):
    """Return panels of the least sure finds, the deepest misses and the surest false alarms on test.

    Parameters
    ----------
    cube : DataCube
    rows : (n,) int ndarray
    logits : (n, L, units) ndarray
    findings : Findings
    subset, empty : (n,) ndarray
    search : EventSearch
    kind : str
    task : SegmentationTask
    threshold : float or None
        Log odds from which an event is announced; None: every event is.

    Returns
    -------
    dict of str to list of dict
        ``finds misses false_alarms``, for `otrain.plots.curve_gallery.curve_gallery`.
    """
    truth, events = findings.truth, findings.events[NETWORK, kind]
    index = 1 + list(cube.classes[1:]).index(kind)
    judged = Judged(events, truth, truth["kind"] == index, subset, empty, score=search.statistic)
    limit = -np.inf if threshold is None else threshold
    mine, announced = judged.event_subset == "test", judged.score >= limit
    calibration = search.kinds[kind].calibration

    def panel(row, t0, duration, title):
        return _panel(cube, rows[row], logits[row], index, task, t0, duration, title)

    finds = _first(np.flatnonzero(mine & announced & judged.true), judged.score, events["row"])
    false = _first(np.flatnonzero(mine & announced & ~judged.true & ~judged.ignored), -judged.score,
                   events["row"])
    missed = np.flatnonzero((judged.truth_subset == "test") & judged.wanted & ~(judged.found_score >= limit))
    depth = truth.get("depth", np.zeros(len(truth["row"])))
    return {
        "finds": [panel(events["row"][i], events["t0"][i], events["duration"][i],
                        _title(calibration.apply(judged.score[i:i + 1])[0], events, i)) for i in finds],
        "misses": [panel(truth["row"][i], truth["t0"][i], truth["duration"][i], _truth_title(truth, i))
                   for i in _first(missed, -np.nan_to_num(depth), truth["row"])],
        "false_alarms": [panel(events["row"][i], events["t0"][i], events["duration"][i],
                               _title(calibration.apply(judged.score[i:i + 1])[0], events, i))
                         for i in false],
    }


def _first(places, order, row):
    """Return the first places in an order, one of each light curve before the second of any."""
    places = places[np.argsort(order[places], kind="stable")]
    by_row = np.argsort(row[places], kind="stable")
    _, starts, counts = np.unique(row[places][by_row], return_index=True, return_counts=True)
    turn = np.empty(len(places), int)
    turn[by_row] = np.arange(len(places)) - np.repeat(starts, counts)
    return places[np.argsort(turn, kind="stable")][:SHOWN].tolist()


def _title(probability, events, i):
    depth = f", {_depth(events['depth'][i])}" if "depth" in events else ""
    return f"p = {probability:.3f}, {events['duration'][i]:.1f} h{depth}"


def _truth_title(truth, i):
    depth = f"{_depth(truth['depth'][i])}, " if "depth" in truth else ""
    snr = f", SNR {truth['snr'][i]:.1f}" if "snr" in truth and np.isfinite(truth["snr"][i]) else ""
    return f"{depth}{truth['duration'][i]:.1f} h{snr}"


def _depth(value):
    """Return a depth in three digits."""
    if not np.isfinite(value):
        return "depth not known"
    return f"{100 * value:.3g} %" if abs(value) >= 0.01 else f"{float(f'{1e6 * value:.3g}'):g} ppm"


def _panel(cube, row, logits, index, task, t0, duration, title):
    """Return the piece of one light curve around a moment."""
    example, channels = cube.read([row])[0], cube.channels
    columns = {name: values[0] for name, values in cube.columns_of(np.array([row])).items()}
    time = example[:, channels.index("time")].astype(float) + float(columns.get("time_start", 0.0))
    near = np.abs(time - t0) <= max(LEAST, MARGIN * duration / 24)
    label = example[near, task.answer_channel(cube)]
    probability = class_maps(logits[None, near], index)[0][0]
    flux = example[near, 0] * float(columns.get("scale", 1.0)) * 1e6
    star = str(columns.get("object_id", ""))
    return {"time": time[near], "t0": t0, "flux": flux, "label": label,
            "title": f"{star}, day {t0:.2f}\n{title}",
            "probability": np.where(np.isfinite(flux), probability, np.nan)}
