"""Samples of a light curve to slots of a uniform grid: cleaned, averaged, split where pieces end."""

from dataclasses import dataclass

import numpy as np

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["DAY", "Grid", "Samples", "clean", "fill_between", "pieces", "to_grid"]

DAY = 86400.0  # s
LONGEST = 40_000_000  # slots; 25 s over 30 years
_CROWD = 5  # samples in a slot from which one of them can be called an outlier
_OUTLIER = 5.0  # robust sigma
_IMPOSSIBLE = 1e12  # times the median flux: no star does that


@dataclass
class Samples:
    """Samples in order of time.

    Parameters
    ----------
    time : (n,) float64 ndarray
        [d], rising, finite.
    flux, error : (n,) float64 ndarray
        NaN where there is none or a flag excludes it.
    piece : (n,) ndarray or None
        Number of the piece (mask update, pointing) that the file gives.
    label : (n,) ndarray or None
        Class of each sample; NaN where not known.
    counts : dict of str to int
        ``samples flagged impossible unsorted repeated untimed``.
    """

    time: np.ndarray
    flux: np.ndarray
    error: np.ndarray
    piece: np.ndarray | None
    label: np.ndarray | None
    counts: dict

    @property
    def cadence(self):
        """Median time between samples [s]."""
        return float(np.median(np.diff(self.time))) * DAY


def clean(image, channels, bad=None):
    """Return samples that can be used, in order; what was put right is counted.

    Parameters
    ----------
    image : (n, k) ndarray
    channels : tuple of str
        ``time`` [d] and ``flux``; also ``flux_err``, ``segment`` and ``label`` if known.
    bad : (n,) bool ndarray, optional
        Samples that a flag excludes: their flux becomes NaN.

    Raises
    ------
    InputRejected
        ``too-small`` for fewer than two samples, ``no-finite-pixel`` without a finite time or flux.
    """
    parts = {name: np.asarray(image[:, place], np.float64) for place, name in enumerate(channels)}
    time, flux = parts["time"], parts["flux"]
    if len(time) < 2:
        raise InputRejected("too-small", f"a light curve needs two samples at least. Received: {len(time)}.")
    counts = {"flagged": 0}
    flux = np.where(np.isfinite(flux), flux, np.nan)
    flux, counts["impossible"] = _without_impossible(flux)
    if bad is not None:
        counts["flagged"] = int(np.count_nonzero(bad & np.isfinite(flux)))
        flux = np.where(bad, np.nan, flux)
    order = np.flatnonzero(np.isfinite(time))
    counts["untimed"] = len(time) - len(order)
    if len(order) < 2:
        raise InputRejected("no-finite-pixel", f"{len(order)} of {len(time)} times are finite.")
    steps = np.diff(time[order])
    counts["unsorted"] = int(np.count_nonzero(steps < 0))
    if counts["unsorted"]:
        order = order[np.argsort(time[order], kind="stable")]
        steps = np.diff(time[order])
    if not steps.all():
        # Of samples at one time the first with a flux stays, whatever their order in the file.
        order = order[np.lexsort((np.isnan(flux[order]), time[order]))]
        first = np.concatenate([[True], np.diff(time[order]) > 0])
        order = order[first]
    counts["repeated"] = len(time) - counts["untimed"] - len(order)
    flux = flux[order]
    counts["samples"] = int(np.count_nonzero(np.isfinite(flux)))
    if len(order) < 2 or not counts["samples"]:
        flagged = f", {counts['flagged']} of them excluded by a flag" if counts["flagged"] else ""
        raise InputRejected("no-finite-pixel", f"no sample of {len(time)} has a flux and a time of its "
                                               f"own{flagged}.")
    error = parts.get("flux_err")
    error = np.full(len(order), np.nan) if error is None else error[order]
    return Samples(time[order], flux, np.where(error > 0, error, np.nan), _taken(parts, "segment", order),
                   _taken(parts, "label", order), counts)


def _without_impossible(flux):
    """Return flux without values that are no measurement, and how many there were.

    A slot would take the value over, and in float32, which networks take, it is infinite.
    """
    level = np.abs(flux[np.isfinite(flux)])
    middle = float(np.median(level)) if len(level) else 0.0
    far = np.abs(flux) >= _IMPOSSIBLE * middle if middle > 0 else np.zeros(len(flux), bool)
    return (np.where(far, np.nan, flux) if far.any() else flux), int(np.count_nonzero(far))


def _taken(parts, name, order):
    return parts[name][order] if name in parts else None


@dataclass
class Grid:
    """A light curve in slots of equal length.

    Parameters
    ----------
    start : float
        Left edge of slot 0 [d].
    step : float
        Length of a slot [d].
    time : (L,) float64 ndarray
        Mean time of the samples in the slot [d]; NaN where none.
    flux, error : (L,) float64 ndarray
    piece : (L,) int ndarray
        Number of the piece between gaps, from 0; of slots in a gap that of the piece before it.
    label : (L,) ndarray or None
    count : (L,) int ndarray
        Samples with flux in the slot.
    """

    start: float
    step: float
    time: np.ndarray
    flux: np.ndarray
    error: np.ndarray
    piece: np.ndarray
    label: np.ndarray | None
    count: np.ndarray

    def __len__(self):
        return len(self.flux)


def to_grid(samples, *, cadence, average="mean", gap=0.5):
    """Average samples into slots.

    Slot k covers ``[start + k step, start + (k + 1) step)``. The first sample lies half its own
    cadence, at most half a slot, behind the start, so that samples at the grid's own cadence lie
    in the middle of their slots.

    Parameters
    ----------
    samples : Samples
    cadence : float
        Length of a slot [s].
    average : {"mean", "weighted", "robust"}
        Mean; mean with weights 1 / error^2, where every sample has an error; or mean without samples
        that lie more than 5 robust sigma above the median of a slot of 5 or more: cosmic rays only
        add light, and a dip is never taken for an outlier.
    gap : float
        Time without flux [d] at which a new piece begins.

    Raises
    ------
    InputRejected
        ``too-large`` if the grid would have more than `LONGEST` slots.
    """
    step = cadence / DAY
    start = samples.time[0] - min(samples.cadence, cadence) / 2 / DAY
    slots = (samples.time[-1] - start) / step + 1
    if slots > LONGEST:
        raise InputRejected("too-large", f"the times span {samples.time[-1] - samples.time[0]:.6g} d, which "
                                         f"are {slots:.3g} slots of {cadence:g} s. Are they in days?")
    # An exact multiple of the step must not fall into the slot before by rounding.
    slot = np.floor((samples.time - start) / step + 1e-6).astype(np.int64)
    good = np.isfinite(samples.flux)
    if average == "robust":
        good &= ~_high(samples.flux, slot, good)
    length = int(slot[-1]) + 1
    at, flux = slot[good], samples.flux[good]
    count = np.bincount(at, minlength=length)
    error = samples.error[good]
    weights = 1 / error**2 if average == "weighted" and np.isfinite(error).all() else None
    total = count if weights is None else np.bincount(at, weights, length)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(at, flux if weights is None else flux * weights, length) / total
        time = np.bincount(at, samples.time[good] - start, length) / count + start
        spread = (np.sqrt(np.bincount(at, error**2, length)) / count if weights is None
                  else 1 / np.sqrt(total))
    return Grid(start, step, time, mean, spread, pieces(samples, slot, length, gap),
                None if samples.label is None else _labels(samples.label, slot, length), count)


def _high(flux, slot, good):
    """Return which samples lie far above the others of their slot."""
    order = np.lexsort((flux, slot))
    order = order[good[order]]
    starts = np.flatnonzero(np.diff(slot[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    ordered = flux[order]
    middle = (ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]) / 2
    steps = np.diff(flux[good])
    sigma = 1.4826 * np.median(np.abs(steps)) / np.sqrt(2) if len(steps) else 0.0
    above = ordered - np.repeat(middle, sizes) > _OUTLIER * sigma
    high = np.zeros(len(flux), bool)
    high[order] = above & (np.repeat(sizes, sizes) >= _CROWD)
    return high


def _labels(label, slot, length):
    """Return the class of each slot: what at least half of its samples say; NaN where none knows."""
    known = np.isfinite(label)
    classes = np.where(known, label, 0).astype(np.int64)
    out = np.full(length, np.nan)
    counts = np.bincount(slot[known], minlength=length)
    out[counts > 0] = 0
    for index in np.unique(classes[known])[::-1]:  # a planet's label prevails over a binary's
        if index:
            share = np.bincount(slot[known & (classes == index)], minlength=length)
            out[(share > 0) & (2 * share >= counts)] = index
            _keep_short(out, np.flatnonzero(share), share, index)
    return out


def _keep_short(out, slots, share, index):
    """Label one slot of an event that fills no slot by half, so that none is lost."""
    for run in np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1):
        if not (out[run] == index).any():
            out[run[np.argmax(share[run])]] = index


def pieces(samples, slot, length, gap):
    """Return the number of the piece of each slot.

    A new piece begins after more than `gap` days without flux, and where the file says so.
    """
    good = np.isfinite(samples.flux)
    time, at = samples.time[good], slot[good]
    begins = np.zeros(length, np.int64)
    breaks = np.diff(time) > gap
    if samples.piece is not None:
        breaks |= np.diff(samples.piece[good]) != 0
    begins[at[1:][breaks]] = 1
    return np.cumsum(begins)


def fill_between(grid, *, reach):
    """Fill empty slots between neighbouring samples that are not further than `reach` days apart, linearly.

    For data coarser than the grid. Slots of different pieces are never joined.
    """
    known = np.flatnonzero(np.isfinite(grid.flux))
    left = np.searchsorted(known, np.arange(len(grid)), side="right") - 1
    empty = np.flatnonzero(~np.isfinite(grid.flux) & (left >= 0) & (left < len(known) - 1))
    before, after = known[left[empty]], known[left[empty] + 1]
    near = ((grid.time[after] - grid.time[before] <= reach)
            & (grid.piece[after] == grid.piece[before]))
    empty, before, after = empty[near], before[near], after[near]
    time = grid.start + (empty + 0.5) * grid.step
    share = (time - grid.time[before]) / (grid.time[after] - grid.time[before])
    for name in ("flux", "error"):
        values = getattr(grid, name)
        values[empty] = values[before] * (1 - share) + values[after] * share
    if grid.label is not None:
        grid.label[empty] = np.where(share < 0.5, grid.label[before], grid.label[after])
    grid.time[empty] = time
    return grid
