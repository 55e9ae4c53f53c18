"""Waveforms of glitches by class, after how Gravity Spy describes them, and of inspirals.

Each is a function of time about its middle; none has a scale: the caller gives it a
signal-to-noise ratio.
"""

import numpy as np

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["CLASSES", "chirp", "glitch_shape"]

SUN = 4.925490947e-6  # s; G M / c^3 of the Sun


def _gaussian(t, width):
    return np.exp(-0.5 * (t / width) ** 2)


def _burst(t, frequency, q, phase):
    """A sine-Gaussian."""
    return np.exp(-(2 * np.pi * frequency * t / q) ** 2) * np.cos(2 * np.pi * frequency * t + phase)


def _sine_gaussian(t, frequency, rng):
    return _burst(t, frequency, rng.uniform(6, 16), rng.uniform(0, 2 * np.pi))


def _blip(t, frequency, rng):
    """Hardly more than one cycle, as loud at all frequencies near its own."""
    return _burst(t, frequency, rng.uniform(2, 3), rng.uniform(0, 2 * np.pi))


def _koi_fish(t, frequency, rng):
    """A loud blip with fins: a longer, lower part about it, and a tail that fades."""
    body = _burst(t, frequency, 2.5, rng.uniform(0, 2 * np.pi))
    fins = _burst(t, frequency / 2, 5, rng.uniform(0, 2 * np.pi))
    tail = np.where(t > 0, np.exp(-t * frequency / 6), 0) * np.sin(2 * np.pi * frequency / 3 * t)
    return body + 0.5 * fins + 0.15 * tail


def _tomte(t, frequency, rng):
    """A short swing that rises fast and falls slowly."""
    fall = np.where(t < 0, 2.5, 5.0) / (2 * np.pi * frequency)
    return np.exp(-0.5 * (t / fall) ** 2) * np.cos(2 * np.pi * frequency * t + rng.uniform(0, 2 * np.pi))


def _whistle(t, frequency, rng):
    """A frequency that comes down from thrice its lowest value and goes up again."""
    width = rng.uniform(0.15, 0.35)
    phase = 2 * np.pi * frequency * (t + 2 * t**3 / (3 * width**2))
    return np.where(np.abs(t) < 2 * width, _gaussian(t, width / 1.6) * np.cos(phase), 0)


def _scattered_light(t, frequency, rng):
    """Arches: light from a mirror that swings slowly through many wavelengths (Accadia et al. 2010)."""
    swing = rng.uniform(0.15, 0.3)  # Hz
    depth = frequency / swing  # the phase's amplitude over 2 pi, so that the top of an arch is at `frequency`
    return _gaussian(t, 0.9) * np.sin(depth * np.sin(2 * np.pi * swing * t))


def _line(t, frequency, rng):
    """One frequency for a second or more, switched on and off softly."""
    half, soft = rng.uniform(0.6, 1.2), 0.15
    edge = np.clip((half - np.abs(t)) / soft, 0, 1)
    return np.sin(0.5 * np.pi * edge) ** 2 * np.sin(2 * np.pi * frequency * t + rng.uniform(0, 2 * np.pi))


def _scratchy(t, frequency, rng):
    """A train of short bursts, each a little different."""
    step, made = 4 / frequency, np.zeros_like(t)
    for start in np.arange(-0.6, 0.6, step):
        made += rng.uniform(0.3, 1) * _burst(t - start - 0.2 * step * rng.standard_normal(),
                                             frequency * rng.uniform(0.85, 1.2), 4, rng.uniform(0, 2 * np.pi))
    return made


_SHAPES = {"blip": _blip, "koi-fish": _koi_fish, "line": _line, "scattered-light": _scattered_light,
           "scratchy": _scratchy, "sine-gaussian": _sine_gaussian, "tomte": _tomte, "whistle": _whistle}
CLASSES = tuple(_SHAPES)


def glitch_shape(name, t, frequency, rng):
    """Return the waveform of a glitch.

    Parameters
    ----------
    name : str
        One of `CLASSES`.
    t : (n,) ndarray
        Time from its middle [s].
    frequency : float
        Its own [Hz]: the middle one of bursts, the lowest of a whistle, the top of an arch.
    rng : numpy.random.Generator
        For what differs from one to the next: phase, length, number of cycles.

    Returns
    -------
    (n,) float64 ndarray
        Within a second and a half it has faded, but for the last thousandth of scattered light.

    Raises
    ------
    UsageError
        If there is no such class.
    """
    if name not in _SHAPES:
        raise UsageError(f"unknown class {name!r} of glitches.{nearest(name, CLASSES)} "
                         f"Known: {', '.join(CLASSES)}.")
    return _SHAPES[name](np.asarray(t, float), float(frequency), rng)


def chirp(t, chirp_mass, *, lowest=20.0, phase=0.0):
    """Return an inspiral in Newton's approximation: a signal that no witness sees.

    Parameters
    ----------
    t : (n,) ndarray
        Time from the merger [s].
    chirp_mass : float
        In the detector's frame [solar masses].
    lowest : float
        Frequency at which it is switched on, softly [Hz].
    phase : float
        At the merger [rad].

    Returns
    -------
    (n,) float64 ndarray
        Amplitude and frequency as powers -1/4 and -3/8 of the time left; it fades within a few cycles
        of the last one, at the frequency of the innermost orbit of equal masses.

    Raises
    ------
    UsageError
        If the mass is not positive.
    """
    if not 0 < chirp_mass < 1000:
        raise UsageError(f"a chirp mass lies between 0 and 1000 solar masses. Received: {chirp_mass!r}.")
    mass = chirp_mass * SUN
    total = chirp_mass * 2**1.2  # of two equal masses [solar masses]
    last = 1 / (6**1.5 * np.pi * total * SUN)  # Hz
    left = np.maximum(-np.asarray(t, float), _time_left(last, mass))
    angle = phase - 2 * (left / (5 * mass)) ** 0.625
    made = left**-0.25 * np.cos(angle)
    # The last frequency goes on and fades within two of its cycles.
    after = np.asarray(t, float) + _time_left(last, mass)
    ring = np.cos(phase - 2 * (_time_left(last, mass) / (5 * mass)) ** 0.625 + 2 * np.pi * last * after)
    made = np.where(after > 0, _time_left(last, mass) ** -0.25 * ring * np.exp(-after * last), made)
    on = np.clip((_time_left(lowest, mass) - left) / (0.1 * _time_left(lowest, mass)), 0, 1)
    return np.where(after > 40 / last, 0, made * np.sin(0.5 * np.pi * on) ** 2)


def _time_left(frequency, mass):
    """Return the time to the merger at which an inspiral has a frequency [s]."""
    return 5 / 256 * mass * (np.pi * mass * frequency) ** (-8 / 3)
