"""Light curves of a user, as they were read, with transits of known size put into them and prepared anew.

A transit is put into the flux before anything is done to it, so that level, noise, running median and
the averaging into slots are those of a curve that really has it.
"""

import zlib
from itertools import pairwise, product

import numpy as np

from otrain.data.inputs.example import Example
from otrain.data.inputs.outcomes import Kept
from otrain.domains.lightcurves.door import Door
from otrain.domains.lightcurves.injection.transits import HOURS, inject_transit
from otrain.domains.lightcurves.preparation import prepare

__all__ = ["RawDoor", "free_slots", "injected_copies"]

MEASURED = 0.9  # share of a transit that must be measured
LEVEL = 1.0  # days to either side whose median is the light of the star


class RawDoor(Door):
    """Read light curves as `Door` does, and give them as they were read."""

    def _admit(self, item, found):
        windows = super()._admit(item, found)  # of what cannot be prepared the fault
        return [Kept(found)] if any(isinstance(window, Kept) for window in windows) else windows


def free_slots(time, valid, duration, *, cadence, avoid=()):
    """Return the slots in the middle of which a transit can be put.

    Parameters
    ----------
    time : (L,) ndarray
        Middle of the slots [d]; NaN where there is no value.
    valid : (L,) bool ndarray
        Where there is a flux.
    duration : float
        Of the transit [h].
    cadence : float
        Between neighbouring values [s].
    avoid : sequence of (t0, duration)
        Known events [d, h]: no transit is nearer than both durations together.

    Returns
    -------
    (K,) int ndarray
        At least 90 % of the slots of a transit there are measured.
    """
    places = np.flatnonzero(valid & np.isfinite(time))
    t = time[places]
    half = duration / (2 * HOURS)
    count = np.searchsorted(t, t + half, "right") - np.searchsorted(t, t - half, "left")
    free = count >= max(1.0, MEASURED * duration * 3600 / cadence)
    for middle, length in avoid:
        free &= np.abs(t - middle) > (length + duration) / HOURS
    return places[free]


def injected_copies(example, recipe, time, valid, *, depths, durations, repeats, seed=0, avoid=()):
    """Yield prepared copies of a light curve with transits in them, one in each stretch of a window's length.

    Parameters
    ----------
    example : Example
        A light curve as it was read. It is not changed.
    recipe : dict
        As `make_recipe` gives it.
    time, valid : (L,) ndarray
        Of its slots [d], and which have a flux.
    depths, durations : sequence of float
        Relative; [h]. Every pair is tried.
    repeats : int
        Transits of each pair.
    seed : int
        With the name of the file and the star it decides the times.
    avoid : sequence of (t0, duration)
        Known events [d, h].

    Yields
    ------
    windows : list of Example
        As `prepare` gives them.
    truths : dict of str to list
        ``t0 [d] duration [h] depth snr`` of the transits in this copy; `snr` is the depth over white noise in
        the slots that are measured. Pairs without a place in the curve come last, in a copy without
        windows, with ``t0`` NaN.
    """
    name = f"{example.columns.get('file', '')} {example.columns.get('object_id', '')} {example.position}"
    rng = np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogateescape"))])
    cadence = recipe["cadence"]
    spacing = max(cadence, float(np.median(np.diff(time[valid]))) * 86400) if valid.sum() > 1 else cadence
    border = max(durations) * 3600 / cadence
    stretches = _stretches(len(time), recipe["length"], border)
    places = {duration: [some[(some >= start) & (some < stop)] for start, stop in stretches]
              for duration in set(durations)
              for some in [free_slots(time, valid, duration, cadence=spacing, avoid=avoid)]}
    waiting, homeless = [], []
    for _, depth, duration in product(range(repeats), depths, durations):
        fits = any(len(some) for some in places[duration])
        (waiting if fits else homeless).append((float(depth), float(duration)))
    while waiting:
        placed = []
        for number in range(len(stretches)):
            chosen = next((job for job in waiting if len(places[job[1]][number])), None)
            if chosen is not None:
                waiting.remove(chosen)
                slot = rng.choice(places[chosen[1]][number])
                placed.append((time[slot] + rng.uniform(-0.5, 0.5) * cadence / 86400, *chosen))
        windows = prepare(_with_transits(example, placed, cadence), recipe)
        yield windows, _truths(placed, time[valid], windows[0].columns)
    if homeless:
        depth, duration = zip(*homeless, strict=True)
        missing = [float("nan")] * len(homeless)
        yield [], {"t0": missing, "duration": list(duration), "depth": list(depth), "snr": missing}


def _stretches(slots, length, border):
    """Return first and last slot of each stretch of a window's length, apart from its neighbours."""
    edges = [*range(0, max(1, slots - length // 2), length), slots]
    last = len(edges) - 2
    return [(start + (border if number else 0), stop - (border if number < last else 0))
            for number, (start, stop) in enumerate(pairwise(edges))]


def _with_transits(example, placed, cadence):
    """Return a light curve as it was read with transits in its flux."""
    image = np.array(example.image, float)
    channels = tuple(example.channels)
    time, flux = image[:, channels.index("time")], image[:, channels.index("flux")]
    step = np.diff(np.unique(time[np.isfinite(time)]))
    exposure = float(np.median(step)) * 86400 if len(step) else cadence
    for t0, depth, duration in placed:
        near = np.abs(time - t0) < max(LEVEL, duration / HOURS)
        flux = inject_transit(time, flux, t0=t0, duration=duration, depth=depth, exposure=exposure,
                              level=float(np.nanmedian(flux[near])))
    image[:, channels.index("flux")] = flux
    return Example(image, example.channels, dict(example.columns), position=example.position)


def _truths(placed, time, columns):
    hours = max(columns["cadence"], columns["native_cadence"]) / 3600
    truths = {"t0": [], "duration": [], "depth": [], "snr": []}
    for t0, depth, duration in placed:
        inside = np.count_nonzero(np.abs(time - t0) < duration / (2 * HOURS))
        snr = depth * 1e6 / columns["noise"] * np.sqrt(inside * hours)
        for key, value in zip(truths, (t0, duration, depth, snr), strict=True):
            truths[key].append(float(value))
    return truths
