"""The power spectral density of noise, from overlapping segments, with gaps left out."""

import numpy as np

from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["AVERAGES", "estimate_psd", "median_bias"]

AVERAGES = ("mean", "median", "median-mean")


def median_bias(count):
    """Return the expected median of `count` exponential numbers whose mean is 1.

    Parameters
    ----------
    count : int or ndarray of int
        At least 1; for an even number that of one fewer, as is usual (Allen et al. 2012, PRD 85, 122006,
        appendix B).

    Examples
    --------
    >>> median_bias(np.array([1, 3, 10_001])).round(3)
    array([1.   , 0.833, 0.693])
    """
    count = np.asarray(count)
    terms = np.arange(1, max(1, int(count.max(initial=1))) + 1)
    sums = np.cumsum((-1.0) ** (terms + 1) / terms)
    odd = np.maximum(count - (count % 2 == 0), 1)
    return sums[odd - 1]


def estimate_psd(strain, sample_rate, *, segment=2.0, overlap=0.5, average="median-mean"):
    """Return the one-sided power spectral density of series (Welch, with Hann windows).

    Parameters
    ----------
    strain : (..., n) array_like
        Segments with NaN or infinite values are left out.
    sample_rate : float
        [Hz].
    segment : float
        Length of a segment [s]; its inverse is the resolution.
    overlap : float
        Share of a segment that the next one shares.
    average : {"mean", "median", "median-mean"}
        Over the segments of a frequency. A glitch does not move a median; ``median-mean`` takes the
        medians of every other segment, which do not overlap by a half, and then the mean of both. Medians
        are divided by their bias.

    Returns
    -------
    frequencies : (segment * sample_rate // 2 + 1,) float64 ndarray
        [Hz].
    psd : (..., same) float64 ndarray
        [unit of the strain squared / Hz]; white noise of variance v has 2 v / sample_rate. NaN for a series
        without a segment.

    Raises
    ------
    UsageError
        If the average is unknown or the overlap not between 0 and below 1.
    DataError
        If the series are shorter than a segment.
    """
    if average not in AVERAGES:
        raise UsageError(f"unknown average {average!r} of spectra.{nearest(average, AVERAGES)} "
                         f"Known: {', '.join(AVERAGES)}.")
    strain = np.asarray(strain, float)
    length = round(segment * sample_rate)
    if not 0 <= overlap < 1 or length < 8:
        raise UsageError("segments need at least 8 samples and an overlap from 0 to below 1. "
                         f"Received: {length} samples, overlap {overlap!r}.")
    if strain.shape[-1] < length:
        raise DataError(f"a series of {strain.shape[-1] / sample_rate:g} s is shorter than a segment of "
                        f"{segment:g} s. Give a longer one or a shorter `segment`.")
    step = max(1, round(length * (1 - overlap)))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    pieces = np.lib.stride_tricks.sliding_window_view(strain, length, axis=-1)[..., ::step, :]
    whole = np.isfinite(pieces).all(axis=-1)
    pieces = np.where(whole[..., None], pieces, 0.0)
    pieces = (pieces - pieces.mean(axis=-1, keepdims=True)) * window
    power = np.abs(np.fft.rfft(pieces)) ** 2 * (2 / (sample_rate * np.sum(window**2)))
    power[..., 0] /= 2
    if length % 2 == 0:
        power[..., -1] /= 2
    frequencies = np.fft.rfftfreq(length, 1 / sample_rate)
    if average == "mean":
        count = whole.sum(axis=-1)
        total = np.where(whole[..., None], power, 0.0).sum(axis=-2)
        return frequencies, total / np.where(count, count, np.nan)[..., None]
    parts = [slice(None)] if average == "median" or power.shape[-2] == 1 else [slice(0, None, 2),
                                                                               slice(1, None, 2)]
    medians = np.stack([_medians(power[..., part, :], whole[..., part]) for part in parts])
    known = np.isfinite(medians[..., 0]).sum(axis=0)
    total = np.nansum(medians, axis=0)
    return frequencies, total / np.where(known, known, np.nan)[..., None]


def _medians(power, whole):
    """Return unbiased medians over the segments that are whole; NaN where none is."""
    count = whole.sum(axis=-1)
    # Segments that are left out sort behind all others; the middle of the rest is then at a known place.
    power = np.sort(np.where(whole[..., None], power, np.inf), axis=-2)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, power.shape[-2] - 1)
    picked = [np.take_along_axis(power, place[..., None, None], axis=-2)[..., 0, :] for place in (low, high)]
    with np.errstate(invalid="ignore"):
        middle = np.where(count[..., None] > 0, 0.5 * (picked[0] + picked[1]), np.nan)
    return middle / median_bias(np.maximum(count, 1))[..., None]
