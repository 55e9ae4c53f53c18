"""How much of the strain's peaks a channel shares: Annalisa's two scores, and what a veto would use of it."""

import numpy as np

from otrain.domains.glitches.scan.peaks import widen
from otrain.errors import UsageError

__all__ = ["shared_peaks", "veto_use"]


def shared_peaks(strain, channels, *, tolerance=(0, 0), quiet=np.nan):
    """Return `corr` and `iou` of channels with the strain in one event.

    With no tolerance these are ``|strain and channel| / |strain|`` and ``|strain and channel| / |strain or
    channel|``. With a tolerance a peak is shared if the other has one within it; the intersection of `iou`
    is then the mean of the shared peaks of both.

    Parameters
    ----------
    strain : (T, F) bool ndarray
        Its peaks.
    channels : (C, T, F) bool ndarray
    tolerance : (int, int)
        Bins in time and in frequency.
    quiet : float
        Score where it is not defined, because the strain (`corr`), or both (`iou`), have no peak: NaN, so
        that the event does not count. Annalisa gives 1, which calls every quiet channel a witness.

    Returns
    -------
    corr, iou : (C,) float64 ndarray
        0 to 1.
    """
    strain, channels = np.asarray(strain, bool), np.asarray(channels, bool)
    of_strain = strain & _widen_both(channels, tolerance)
    of_channel = channels & _widen_both(strain, tolerance)
    shared = of_strain.sum((-2, -1))
    both = 0.5 * (shared + of_channel.sum((-2, -1)))
    loud, heard = int(strain.sum()), channels.sum((-2, -1))
    union = loud + heard - both
    corr = shared / loud if loud else np.where(heard, np.nan, float(quiet))
    with np.errstate(invalid="ignore"):
        iou = np.where(union > 0, both / np.where(union > 0, union, 1), quiet)
    return corr, iou


def _widen_both(mask, tolerance):
    time, frequency = tolerance
    if time < 0 or frequency < 0:
        raise UsageError(f"tolerances are numbers of bins from 0 on. Received: {tolerance!r}.")
    return widen(widen(mask, time), frequency, axis=-1)


def veto_use(strain, channels, valid, *, tolerance=0, delay=0):
    """Return counts from which efficiency, dead time and use percentage of a veto follow, for one event.

    Parameters
    ----------
    strain : (T,) bool ndarray
        Time bins with a peak of the strain.
    channels : (C, T) bool ndarray
    valid : (T,) bool ndarray
        Bins that count.
    tolerance : int
        Bins to either side of a channel's peak that a veto takes out.
    delay : int or (C,) int ndarray
        Bins by which each channel follows the strain.

    Returns
    -------
    (C, 6) int ndarray
        Strain's bins and those of them in the veto; bins that count and those of them in the veto;
        the channel's bins and those of them within the tolerance of a peak of the strain. Efficiency,
        dead time and use percentage are the ratios of sums over events.
    """
    strain, channels = np.asarray(strain, bool), np.asarray(channels, bool)
    count = channels.shape[-1]
    index = np.arange(count) + np.broadcast_to(delay, len(channels))[:, None]
    inside = (index >= 0) & (index < count)
    moved = np.take_along_axis(channels, np.clip(index, 0, count - 1), axis=-1) & inside & valid
    vetoed = widen(moved, tolerance, axis=-1) & valid
    near = widen(strain, tolerance, axis=-1)
    seen = strain & valid
    return np.stack(np.broadcast_arrays(
        seen.sum(), (vetoed & seen).sum(-1), np.sum(valid), vetoed.sum(-1), moved.sum(-1),
        (moved & near).sum(-1)), axis=-1)
