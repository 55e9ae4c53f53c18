"""Noise with a given power spectrum, as an exposure averages it: granulation, oscillations, slow wander.

A damped oscillator that random kicks keep moving (SHO; Foreman-Mackey et al. 2017, AJ 154,
220) with quality 1/sqrt(2) has the power spectrum ``1 / (1 + (nu / b)^4)``, which is what granulation
shows (Kallinger et al. 2014, A&A 570, A41). Series are made in the Fourier domain: exact for the
spectrum, and as fast as one transform.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len

__all__ = ["Oscillator", "Relaxation", "draw_flicker", "granulation", "oscillations", "simulate_noise",
           "spectrum_of_samples"]

ALIASES = 8  # multiples of the sampling frequency whose power is folded in
SHARP = 10.0  # quality from which an oscillator is computed near its peak only
REACH = 100.0  # full widths of the peak; 0.6 % of the power lies further out
SPARE = 20.0  # d; correlations over so long a time are lost
DAY = 86400.0  # s
MICROHERTZ = 1e-6


@dataclass(frozen=True)
class Oscillator:
    """One damped oscillator with random driving.

    Parameters
    ----------
    rms : float
        Standard deviation of the signal, seen without averaging.
    frequency : float
        Undamped frequency [Hz].
    quality : float
        Below or at 1/sqrt(2) there is no peak.
    """

    rms: float
    frequency: float
    quality: float = 1 / np.sqrt(2)

    def spectrum(self, frequency):
        """Return the one-sided power density at frequencies [Hz]; its integral is ``rms**2``."""
        x2 = (frequency / self.frequency) ** 2
        # Foreman-Mackey et al. 2017, eq. 20, normalised; for Q = 1/sqrt(2) it is 1 / (1 + x^4).
        height = 2 * self.rms**2 / (np.pi * self.quality * self.frequency)
        return height / ((1 - x2) ** 2 + x2 / self.quality**2)


@dataclass(frozen=True)
class Relaxation:
    """A signal that forgets exponentially: an oscillator of very low quality.

    Parameters
    ----------
    rms : float
        Standard deviation, seen without averaging.
    time : float
        After which the correlation is 1 / e [s].
    """

    rms: float
    time: float
    quality = 0.0

    def spectrum(self, frequency):
        """Return the one-sided power density at frequencies [Hz]; its integral is ``rms**2``."""
        return 4 * self.rms**2 * self.time / (1 + (2 * np.pi * frequency * self.time) ** 2)


def draw_flicker(rng, star):
    """Return the unrest of a star from hours to a day [ppm]: activity below granulation in frequency.

    A Lorentzian, as PSLS has it (Samadi et al. 2019, A&A 624, A117); about 40 ppm that forget in 0.8 d, so
    that the scatter from two to sixteen hours is that of quiet stars of PSLS and Kepler, more for fast
    rotators; both scattered log-normally.
    """
    rms = 40.0 * (star.rotation / 20.0) ** -0.5 * np.exp(0.5 * rng.standard_normal())
    return Relaxation(float(rms), float(0.8 * DAY * np.exp(0.4 * rng.standard_normal())))


def granulation(star):
    """Return the two oscillators of granulation [ppm] (Kallinger et al. 2014, table 2).

    Both have an rms of ``3382 numax^-0.609`` ppm; their frequencies are ``0.317 numax^0.970``
    and ``0.948 numax^0.992`` [muHz]. `star` is a StellarParameters.
    """
    rms = 3382.0 * star.numax**-0.609
    return [Oscillator(rms, 0.317 * star.numax**0.970 * MICROHERTZ),
            Oscillator(rms, 0.948 * star.numax**0.992 * MICROHERTZ)]


def oscillations(star):
    """Return p-modes of degree 0, 1 and 2 as oscillators [ppm].

    Frequencies follow the asymptotic relation with a small separation of 0.06 and an offset of 1.4 large
    separations; the radial mode at numax has an rms of 2.5 ppm times (L / M)^0.7 of the Sun
    (Samadi et al. 2007, A&A 463, 297), others less under a Gaussian of width 0.28 numax; modes live for
    three days (Chaplin et al. 2009, A&A 500, L21).
    """
    luminosity = star.radius**2 * (star.teff / 5772.0) ** 4
    strongest = 2.5 * (luminosity / star.mass) ** 0.7
    width = 0.28 * star.numax
    visible = {0: 1.0, 1: 1.5**0.5, 2: 0.5**0.5}
    modes = []
    for order in range(5, 40):
        for degree, visibility in visible.items():
            nu = star.delta_nu * (order + degree / 2 + 1.4 - 0.01 * degree * (degree + 1))
            if abs(nu - star.numax) < 2.5 * width:
                rms = strongest * visibility * np.exp(-0.25 * ((nu - star.numax) / width) ** 2)
                # a mode that decays by e in 3 d has Q = pi nu tau
                modes.append(Oscillator(float(rms), nu * MICROHERTZ, np.pi * nu * MICROHERTZ * 3 * DAY))
    return modes


def spectrum_of_samples(oscillators, frequency, cadence):
    """Return the power density of exposures that follow each other without a gap.

    An exposure averages: the power is multiplied by ``sinc(nu cadence)^2``. Sampling folds what lies
    above the Nyquist frequency back below it.

    Parameters
    ----------
    oscillators : sequence of Oscillator or Relaxation
    frequency : (F,) ndarray
        From 0 to the Nyquist frequency [Hz].
    cadence : float
        Length of an exposure and distance of two [s].
    """
    total = np.zeros(len(frequency))
    # sin(pi (nu + k / cadence) cadence)^2 is the same for every fold k
    sine = np.sin(np.pi * frequency * cadence) ** 2
    broad = [one for one in oscillators if one.quality < SHARP]
    for fold in range(ALIASES + 1):
        for seen in ((frequency,) if fold == 0 else (fold / cadence - frequency, fold / cadence + frequency)):
            angle = np.pi * seen * cadence
            average = np.divide(sine, angle * angle, out=np.ones(len(seen)), where=angle > 0)
            total += sum(one.spectrum(seen) for one in broad) * average
    for one in oscillators:
        if one.quality >= SHARP:
            _add_line(total, frequency, one, cadence)
    return total


def _add_line(total, frequency, one, cadence):
    """Add an oscillator with a sharp peak where the peak appears, and near it only."""
    fold = np.round(one.frequency * cadence) / cadence
    side = 1 if one.frequency >= fold else -1
    apparent, reach = abs(one.frequency - fold), REACH * one.frequency / one.quality
    near = slice(*np.searchsorted(frequency, [apparent - reach, apparent + reach]))
    seen = fold + side * frequency[near]
    total[near] += one.spectrum(seen) * np.sinc(seen * cadence) ** 2


def simulate_noise(rng, oscillators, count, cadence):
    """Return a series of exposures of several oscillators.

    Parameters
    ----------
    rng : numpy.random.Generator
    oscillators : sequence of Oscillator or Relaxation
    count : int
        Number of exposures.
    cadence : float
        [s]

    Returns
    -------
    (count,) ndarray
        Gaussian, of mean 0, in the unit of the rms of the oscillators.
    """
    # Longer than needed: a Fourier series closes into a ring, and its ends would know each other.
    length = next_fast_len(count + int(np.ceil(SPARE * DAY / cadence)), real=True)
    frequency = np.arange(length // 2 + 1) / (length * cadence)
    power = spectrum_of_samples(oscillators, frequency, cadence)
    amplitude = np.sqrt(power / (2 * cadence) * length / 2)
    kicks = rng.standard_normal((2, len(frequency)))
    spectrum = amplitude * (kicks[0] + 1j * kicks[1])
    spectrum[0] = spectrum[0].real * np.sqrt(2)
    if length % 2 == 0:
        spectrum[-1] = spectrum[-1].real * np.sqrt(2)
    return irfft(spectrum, length)[:count]
