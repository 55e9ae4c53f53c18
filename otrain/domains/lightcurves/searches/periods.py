"""Single events of one star joined into periods, where that is unlikely to be chance."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

__all__ = ["Ladder", "join_events"]

HOURS = 24.0  # per day
MOST_EPOCHS = 60  # between two events
MOST_EVENTS = 60  # the most significant


@dataclass(frozen=True)
class Ladder:
    """Events one period apart, or several.

    Parameters
    ----------
    period, t0 : float
        [d]; `t0` is the middle of the first event, of the fit.
    events : (M,) int ndarray
        Indices, in the order of time.
    epochs : (M,) int ndarray
        Number of periods since the first.
    missing : int
        Epochs that were observed without an event.
    chance : float
        Expected number of such ladders if the events came at random times.
    """

    period: float
    t0: float
    events: np.ndarray
    epochs: np.ndarray
    missing: int
    chance: float


def join_events(t0, duration, depth, depth_error, *, time, snr=None, tolerance=0.25, least=3,
                most_missing=0.34, chance=0.05):
    """Return the periods that explain single events of one star, the surest first.

    Events can belong together if their depths agree within 3 standard deviations or 20 %, their
    durations within a factor 1.6, and their times fit ``t0 + n * period``.

    Parameters
    ----------
    t0, duration, depth, depth_error : (E,) ndarray
        Measured events [d], [h], relative; all quarters of the star together.
    time : (n,) ndarray
        Times with a measurement, to know which epochs were observed.
    snr : (E,) ndarray, optional
        Only the 60 most significant events are joined.
    tolerance : float
        Distance of an event from its place in the ladder, in durations.
    least : int
        Fewest events; two always fit.
    most_missing : float
        Largest share of observed epochs without an event.
    chance : float
        Largest expected number of ladders as good among random events.

    Returns
    -------
    list of Ladder
        No event is in two of them.

    Examples
    --------
    >>> ladders = join_events([3.0, 13.0, 23.0, 17.2], [2] * 4, [1e-3, 1e-3, 1e-3, 3e-3], [1e-4] * 4,
    ...                       time=np.arange(0, 30, 0.02))
    >>> [(round(ladder.period, 3), ladder.events.tolist()) for ladder in ladders]
    [(10.0, [0, 1, 2])]
    """
    events = {name: np.asarray(values, float) for name, values in
              (("t0", t0), ("duration", duration), ("depth", depth), ("error", depth_error))}
    usable = np.isfinite(sum(events.values()))
    rank = events["depth"] / events["error"] if snr is None else np.asarray(snr, float)
    left = np.flatnonzero(usable)
    left = left[np.argsort(-rank[left], kind="stable")][:MOST_EVENTS]
    time = np.sort(np.asarray(time, float)[np.isfinite(time)])
    ladders = []
    while len(left) >= max(2, least) and len(time) > 1:
        best = _best(events, left, time, tolerance, least, most_missing)
        if best is None or best.chance > chance:
            break
        ladders.append(best)
        left = np.setdiff1d(left, best.events)
    return ladders


def _best(events, left, time, tolerance, least, most_missing):
    """Return the least accidental ladder of the events that are left."""
    best, tried = None, 0
    days = len(time) * float(np.median(np.diff(time)))  # observed
    for one, other in combinations(left[np.argsort(events["t0"][left])], 2):
        if not _alike(events, one, other):
            continue
        alike = left[_alike(events, one, left) & _alike(events, other, left)]
        distance = events["t0"][other] - events["t0"][one]
        length = events["duration"][[one, other]].mean() / HOURS
        for epochs in range(1, MOST_EPOCHS + 1):
            period = distance / epochs
            # So many epochs were observed that even all events together would leave too many out.
            if period < 3 * length or days / period * (1 - most_missing) > len(alike) + 1:
                break
            ladder = _ladder(events, alike, one, period, tolerance * length, time, least, most_missing)
            tried += 1
            if ladder and (best is None or ladder.chance < best.chance):
                best = ladder
    return best and Ladder(best.period, best.t0, best.events, best.epochs, best.missing, best.chance * tried)


def _alike(events, one, other):
    depth, error, duration = events["depth"], events["error"], events["duration"]
    away = np.abs(depth[one] - depth[other])
    agrees = (away <= 3 * np.hypot(error[one], error[other])) | (away <= 0.2 * depth[one])
    ratio = duration[one] / duration[other]
    return agrees & (ratio < 1.6) & (ratio > 1 / 1.6)


def _ladder(events, alike, first, period, reach, time, least, most_missing):
    """Return the ladder of one trial period, its chance not yet multiplied by the number of trials."""
    from scipy.special import bdtrc

    t0 = events["t0"]
    epoch = np.rint((t0[alike] - t0[first]) / period)
    away = np.abs(t0[alike] - t0[first] - epoch * period)
    on = away <= reach
    if on.sum() < least:
        return None
    members, epoch, away = alike[on], epoch[on].astype(int), away[on]
    order = np.lexsort((away, epoch))
    members, epoch = members[order], epoch[order]
    once = np.append(True, np.diff(epoch) > 0)  # one event per epoch, the nearest
    members, epoch = members[once], epoch[once]
    if len(members) < least:
        return None
    fitted, start = np.polyfit(epoch - epoch[0], t0[members], 1)
    expected = start + fitted * np.arange(np.ceil((time[0] - start) / fitted),
                                          np.floor((time[-1] - start) / fitted) + 1)
    seen = np.searchsorted(time, expected + reach) > np.searchsorted(time, expected - reach)
    missing = max(0, int(seen.sum()) - len(members))
    if missing > most_missing * max(1, int(seen.sum())):
        return None
    # Two events make the ladder; each of the others falls on it by chance with this probability.
    share = min(1.0, 2 * reach / period)
    accident = bdtrc(len(members) - 3, len(alike) - 2, share) if len(members) > 2 else 1.0
    return Ladder(float(fitted), float(start), members, epoch - epoch[0], missing, float(accident))
