"""Gaussian noise of a given spectrum, and how loud a signal is in it."""

import numpy as np

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["SPECTRA", "coloured_noise", "design_psd", "optimal_snr"]

SPECTRA = ("advanced-ligo", "white", "red")
LOWEST = 8.0  # Hz; below it a design is as loud as here, so that float64 holds the whole series


def design_psd(name, frequencies):
    """Return the one-sided power spectral density of a detector or of a made-up channel.

    Parameters
    ----------
    name : {"advanced-ligo", "white", "red"}
        ``advanced-ligo``: the fit of Ajith (2011, PRD 84, 084037) to the design with high power. ``white``:
        1 / Hz at all frequencies. ``red``: 1 / Hz at 10 Hz, falling with the square of the frequency.
    frequencies : (m,) array_like
        [Hz].

    Returns
    -------
    (m,) float64 ndarray
        [1 / Hz].

    Raises
    ------
    UsageError
        If there is no such spectrum.
    """
    if name not in SPECTRA:
        raise UsageError(f"unknown spectrum {name!r}.{nearest(name, SPECTRA)} Known: {', '.join(SPECTRA)}.")
    frequencies = np.maximum(np.asarray(frequencies, float), LOWEST if name == "advanced-ligo" else 1.0)
    if name == "white":
        return np.ones_like(frequencies)
    if name == "red":
        return (10 / frequencies) ** 2
    x = frequencies / 245.4
    return 1e-48 * (0.0152 / x**4 + 0.2935 * x**2.25 + 2.7951 * x**1.5 - 6.5080 * x**0.75 + 17.7622)


def coloured_noise(rng, samples, sample_rate, psd):
    """Return stationary Gaussian noise.

    Parameters
    ----------
    rng : numpy.random.Generator
    samples : int
    sample_rate : float
        [Hz].
    psd : callable
        One-sided density [unit^2 / Hz] of an array of frequencies [Hz].

    Returns
    -------
    (samples,) float64 ndarray
        With a mean of about 0; the end does not go on at the beginning.
    """
    size = 2 * samples
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate)
    amplitude = np.sqrt(psd(frequencies) * sample_rate / 2)
    amplitude[0] = 0
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * amplitude, size)[:samples]


def optimal_snr(signal, sample_rate, psd):
    """Return the signal-to-noise ratio that a matched filter has for a signal, on average.

    Parameters
    ----------
    signal : (..., n) array_like
        Gone at both ends.
    sample_rate : float
        [Hz].
    psd : callable
        As for `coloured_noise`.

    Returns
    -------
    (...) float64 ndarray
        Root of ``4 integral |h(f)|^2 / S(f) df``.
    """
    signal = np.asarray(signal, float)
    count = signal.shape[-1]
    frequencies = np.fft.rfftfreq(count, 1 / sample_rate)
    power = np.abs(np.fft.rfft(signal)) ** 2 / sample_rate**2
    return np.sqrt(4 * np.sum(power[..., 1:] / psd(frequencies)[1:], axis=-1) * sample_rate / count)
