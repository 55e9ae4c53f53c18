"""Windows of one light curve put together again, with the maps of the network over them."""

from dataclasses import dataclass

import numpy as np

from otrain.bundle.format import SERIES_BATCH

__all__ = ["WINDOWS", "JoinedCurve", "curves_of", "join_windows"]

WINDOWS = 4 * SERIES_BATCH  # that are scored at a time

DAY = 86_400.0  # s


@dataclass(frozen=True)
class JoinedCurve:
    """A whole light curve on its grid.

    Parameters
    ----------
    image : (1, n, C) float32 ndarray
        Every channel of the recipe.
    logits : (1, n, K) ndarray
    columns : dict
        Of its first window, each as an array of one.
    """

    image: np.ndarray
    logits: np.ndarray
    columns: dict


def curves_of(examples):
    """Yield the windows of one curve after the other, and how many of the next one were read already.

    Parameters
    ----------
    examples : iterable of (Input, Example)
        Windows of one curve follow each other.

    Yields
    ------
    windows : list of (Input, Example)
    ahead : int
        1, or 0 after the last curve.
    """
    windows, last = [], None
    for item, example in examples:
        columns = example.columns
        key = (item.name, *(columns.get(name) for name in ("object_id", "quarter", "flux_column", "band")))
        if windows and (key != last or columns["time_start"] <= windows[-1][1].columns["time_start"]):
            yield windows, 1
            windows = []
        windows.append((item, example))
        last = key
    if windows:
        yield windows, 0


def join_windows(images, logits, columns, channels):
    """Return one curve of its windows; where they overlap, log odds are averaged, the middles count most.

    A point near the end of a window has been seen with half of its surroundings only. Times are
    counted from the start of the first window, pieces through all of them.

    Parameters
    ----------
    images : (W, L, C) ndarray
    logits : (W, L, K) ndarray
    columns : list of dict
        ``time_start`` [d] and ``cadence`` [s] of each.
    channels : sequence of str
        Of the images; ``time`` and ``segment`` among them are counted anew in every window.

    Returns
    -------
    JoinedCurve
    """
    starts = np.array([part["time_start"] for part in columns], float)
    first = int(np.argmin(starts))
    place = np.rint((starts - starts[first]) * DAY / columns[first]["cadence"]).astype(int)
    length = images.shape[1]
    total = int(place.max()) + length
    image = np.full((total, images.shape[2]), np.nan, np.float32)
    summed, weights = np.zeros((total, logits.shape[2])), np.zeros((total, 1))
    ramp = np.minimum(np.arange(1, length + 1), np.arange(length, 0, -1)).astype(float)[:, None]
    time = channels.index("time") if "time" in channels else None
    segment = channels.index("segment") if "segment" in channels else None
    for at, start, window, odds in zip(place, starts, images.copy(), logits, strict=True):
        part = image[at:at + length]
        if time is not None:
            window[:, time] += start - starts[first]
        if segment is not None:
            window[:, segment] += _offset(image[:at + length, segment], part[:, segment], window[:, segment])
        image[at:at + length] = np.where(np.isnan(part), window, part)
        summed[at:at + length] += ramp * odds
        weights[at:at + length] += ramp
    merged = summed / np.maximum(weights, 1e-12)
    return JoinedCurve(image[None], merged[None],
                       {name: np.array([value]) for name, value in columns[first].items()})


def _offset(before, shared, window):
    """Return what is added to the numbers of the pieces of a window so that they go on from those before."""
    both = np.isfinite(shared) & np.isfinite(window)
    if both.any():
        return np.median(shared[both] - window[both])
    known = before[np.isfinite(before)]
    return known.max() + 1 - np.nanmin(window) if len(known) and np.isfinite(window).any() else 0.0
