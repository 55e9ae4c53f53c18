"""Series whose noise is equally loud at all frequencies: divided by the amplitude of their own spectrum."""

import numpy as np

from otrain.domains.glitches.gaps import fill_gaps, narrow_valid
from otrain.domains.glitches.psd import estimate_psd
from otrain.errors import DataError, UsageError

__all__ = ["whiten", "whitening_taps"]

SILENT = 1e-13  # a spread this small beside the level is the rounding of a constant


def whiten(strain, sample_rate, *, psd=None, filter_length=2.0, segment=2.0, overlap=0.5, average="median",
           highpass=None, crop=True):
    """Return whitened series and where they may be believed.

    Parameters
    ----------
    strain : (..., n) array_like
        NaN and infinite values are gaps.
    sample_rate : float
        [Hz].
    psd : (frequencies, psd) pair of ndarray, optional
        One-sided density of the noise, (m,) and (..., m); estimated from the series themselves by default.
    filter_length : float
        Of the filter [s]. It is symmetric, so that nothing moves in time.
    segment, overlap, average
        Of the estimate, as for `otrain.domains.glitches.psd.estimate_psd`.
    highpass : float, optional
        Lower frequencies are left out [Hz].
    crop : bool
        Whether half a filter is cut off at either end, where it reaches beyond the series.

    Returns
    -------
    white : (..., m) float32 ndarray
        Noise of that density has a variance of 1. Straight lines were drawn through gaps; a constant series
        and one without a density are 0 throughout.
    valid : (..., m) bool ndarray
        False within half a filter of a gap, and where the filter reaches beyond the ends.

    Raises
    ------
    DataError
        If nothing is left once the ends are cut off.
    """
    import scipy.fft

    strain = np.asarray(strain, float)
    taps = round(filter_length * sample_rate) // 2 * 2
    half, count = taps // 2, strain.shape[-1]
    if count <= 2 * half:
        raise DataError(f"a series of {count / sample_rate:g} s is not longer than the filter of "
                        f"{filter_length:g} s. Give a longer one or a shorter `filter_length`.")
    frequencies, density = psd if psd is not None else estimate_psd(
        strain, sample_rate, segment=segment, overlap=overlap, average=average)
    filled, valid = fill_gaps(strain)
    level = filled.mean(axis=-1, keepdims=True)
    filled -= level
    kernel = whitening_taps(frequencies, density, sample_rate, taps, highpass=highpass)
    size = scipy.fft.next_fast_len(count + 2 * half, real=True)
    white = scipy.fft.irfft(scipy.fft.rfft(filled, size) * scipy.fft.rfft(kernel, size), size)
    white = white[..., half:half + count]
    silent = filled.std(axis=-1, keepdims=True) <= SILENT * np.abs(level)
    white = np.where(silent, 0.0, white).astype(np.float32)
    valid = narrow_valid(valid, half)
    valid[..., :half] = valid[..., count - half:] = False
    if crop:
        white, valid = white[..., half:count - half], valid[..., half:count - half]
    return white, valid


def whitening_taps(frequencies, psd, sample_rate, taps, *, highpass=None):
    """Return a symmetric filter that whitens noise of a density.

    Parameters
    ----------
    frequencies : (m,) ndarray
        [Hz], ascending.
    psd : (..., m) ndarray
        One-sided; where it is 0 or not finite the filter lets nothing through.
    sample_rate : float
        [Hz].
    taps : int
        Even; the inverse spectrum is cut to this length under a Hann window, which smooths it.
    highpass : float, optional
        [Hz].

    Returns
    -------
    (..., taps + 1) float64 ndarray
        Its middle is tap ``taps // 2``.

    Raises
    ------
    UsageError
        If the number of taps is odd or below 8.
    """
    if taps % 2 or taps < 8:
        raise UsageError(f"a whitening filter needs an even number of taps, at least 8. Received: {taps!r}.")
    psd = np.asarray(psd, float)
    usable = (psd > 0) & np.isfinite(psd)
    gain = np.where(usable, np.sqrt(2 / sample_rate / np.where(usable, psd, 1.0)), 0.0)
    wanted = np.fft.rfftfreq(taps, 1 / sample_rate)
    if len(wanted) != len(frequencies) or not np.allclose(wanted, frequencies, rtol=1e-9):
        gain = _interpolate(wanted, frequencies, gain)
    gain[..., 0] = 0
    if highpass is not None:
        gain[..., wanted < highpass] = 0
    kernel = np.roll(np.fft.irfft(gain, taps), taps // 2, axis=-1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(taps + 1) / taps)
    return np.concatenate([kernel, kernel[..., :1]], axis=-1) * window


def _interpolate(wanted, x, values):
    """Return values at other frequencies on straight lines, over the last axis."""
    right = np.clip(np.searchsorted(x, wanted), 1, len(x) - 1)
    share = np.clip((wanted - x[right - 1]) / (x[right] - x[right - 1]), 0, 1)
    return values[..., right - 1] * (1 - share) + values[..., right] * share
