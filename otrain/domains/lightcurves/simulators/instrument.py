"""What an instrument adds to the light of a star: drift, jumps, gaps, cosmic hits, scattered light."""

import numpy as np

from otrain.domains.lightcurves.simulators.correlated_noise import DAY, Relaxation, simulate_noise

__all__ = ["COSMIC", "DUMP", "NO_DATA", "STRAY_LIGHT", "TWEAK", "Instrument", "draw_instrument"]

# Bits of QUALITY, as the archives of Kepler use them (Thompson et al. 2016, KSCI-19081, table 2-3).
TWEAK = 1  # the pointing or the mask changed: the flux may jump here
DUMP = 32  # momentum dump within the exposure
COSMIC = 128  # a hit of a cosmic ray was noticed
STRAY_LIGHT = 4096  # scattered light (as TESS counts)
NO_DATA = 65536  # nothing was measured
NOTICED = 0.3  # share of the cosmic hits that get a flag


class Instrument:
    """Everything that an instrument does to one quarter of one star.

    Parameters
    ----------
    gain : (N,) ndarray
        What the light of the star is multiplied by.
    offset : (N,) ndarray
        Light added, relative to that of the star.
    quality : (N,) int32 ndarray
    jumps : ndarray
        Index of the first exposure after each change of mask or pointing.
    """

    def __init__(self, gain, offset, quality, jumps):
        self.gain, self.offset, self.quality, self.jumps = gain, offset, quality, jumps


def draw_instrument(rng, preset, count, cadence, sigma, cameras):
    """Return what the instrument does in one quarter.

    Parameters
    ----------
    rng : numpy.random.Generator
    preset : Preset
    count : int
        Number of exposures.
    cadence : float
        [s]
    sigma : float
        White noise of one exposure, relative; cosmic hits are measured by it.
    cameras : int

    Returns
    -------
    Instrument
    """
    day = (np.arange(count) + 0.5) * cadence / DAY
    quality = np.zeros(count, np.int32)
    gaps = _long_gaps(rng, preset)
    gain = 1 + _drift(rng, preset, day) + _recovery(rng, preset, day, gaps)
    jump_days, steps = _mask_updates(rng, preset, day, cameras)
    gain += steps + _dropouts(rng, preset, day)
    if preset.wander:
        slow = Relaxation(1e-6 * preset.wander * np.exp(0.5 * rng.standard_normal()),
                          preset.wander_time * DAY)
        gain += simulate_noise(rng, [slow], count, cadence)
    offset = _scattered(rng, preset, day, gaps, quality) + _cosmic_hits(rng, preset, count, cadence, sigma,
                                                                        cameras, quality)
    offset += _momentum_dumps(rng, preset, day, sigma, quality)
    jumps = np.searchsorted(day, jump_days)
    jumps = jumps[(jumps > 0) & (jumps < count)]
    quality[jumps] |= TWEAK
    quality[_in_gaps(day, gaps + _short_gaps(rng, preset))] |= NO_DATA
    roll = 1 + 0.01 * rng.standard_normal()  # another CCD after each roll
    return Instrument(roll * gain, roll * offset, quality, jumps)


def _repeat(rng, step, length, *, jitter=0.05):
    """Times that repeat with some jitter, from a random phase."""
    if step <= 0:
        return np.empty(0)
    times = np.arange(rng.uniform(0, step), length, step)
    return times + jitter * step * rng.standard_normal(len(times))


def _long_gaps(rng, preset):
    """Downlinks and safe modes, as (begin, end) [d]; the middle one of TESS is always there."""
    step, length = preset.long_gap_step, preset.long_gap
    if step and step > 0.4 * preset.quarter and step < 0.6 * preset.quarter and preset.ramp:
        begin = preset.quarter / 2 - length / 2 + rng.uniform(-0.4, 0.4)
        return [(begin, begin + length * rng.uniform(0.8, 1.3))]
    return [(begin, begin + length * rng.uniform(0.5, 1.5)) for begin in _repeat(rng, step, preset.quarter)]


def _short_gaps(rng, preset):
    return [(begin, begin + preset.short_gap * rng.uniform(0.95, 1.05))
            for begin in _repeat(rng, preset.short_gap_step, preset.quarter)]


def _in_gaps(day, gaps):
    lost = np.zeros(len(day), bool)
    for begin, end in gaps:
        lost[slice(*np.searchsorted(day, [begin, end]))] = True
    return lost


def _drift(rng, preset, day):
    """A polynomial of third order over the quarter, as a sum of Legendre polynomials."""
    size = np.exp(rng.uniform(*np.log(preset.drift)))
    x = 2 * day / preset.quarter - 1
    coefficients = rng.standard_normal(3) * [0.5, 0.35, 0.15]
    return 1e-6 * size * np.polynomial.legendre.legval(x, [0, *coefficients])


def _mask_updates(rng, preset, day, cameras):
    """Days of the updates, and the steps with the slope of the light that leaves the mask in between."""
    times = np.sort(_repeat(rng, preset.mask_step, preset.quarter))
    # With many cameras the masks change one after the other and the jumps average out in part.
    size = 1e-6 * preset.mask_jump * np.exp(0.6 * rng.standard_normal()) * (24 / max(cameras, 6)) ** 0.25
    steps = np.zeros(len(day))
    for time in times:
        jump = size * rng.standard_normal()
        after = np.searchsorted(day, time)
        steps[after:] += jump
        steps[after:] -= jump * rng.uniform(0, 0.7) * (day[after:] - time) / preset.quarter
    return times, steps


def _recovery(rng, preset, day, gaps):
    """The instrument warms up again after a long gap: an exponential."""
    total = np.zeros(len(day))
    for _, end in [(0, 0.0), *gaps]:
        after = np.searchsorted(day, end)
        size = 1e-6 * preset.recovery * rng.standard_normal() * np.exp(0.5 * rng.standard_normal() - 0.5)
        time = preset.recovery_time * rng.uniform(0.5, 2.0)
        total[after:] += size * np.exp(-(day[after:] - end) / time)
    return total


def _dropouts(rng, preset, day):
    """Sudden losses of sensitivity of a pixel that recover in part (Jenkins et al. 2010, ApJ 713, L87)."""
    total = np.zeros(len(day))
    for _ in range(rng.poisson(preset.dropouts)):
        begin, depth = rng.uniform(0, preset.quarter), np.exp(rng.uniform(np.log(1e-4), np.log(5e-3)))
        after = np.searchsorted(day, begin)
        left = rng.uniform(0.1, 0.8)
        total[after:] -= depth * (left + (1 - left) * np.exp(-(day[after:] - begin) / rng.uniform(0.1, 1.0)))
    return total


def _scattered(rng, preset, day, gaps, quality):
    """Light of Earth and Moon that rises towards the end of each orbit, and falls at the start of some."""
    total = np.zeros(len(day))
    if not preset.ramp:
        return total
    for end in [*(begin for begin, _ in gaps), preset.quarter]:
        size = 1e-6 * preset.ramp * np.exp(0.8 * rng.standard_normal()) * rng.choice([-1, 1], p=[0.3, 0.7])
        before = day < end
        total[before] += size * np.exp((day[before] - end) / (preset.ramp_time * rng.uniform(0.5, 1.5)))
    quality[np.abs(total) > 0.5e-6 * preset.ramp] |= STRAY_LIGHT
    return total


def _cosmic_hits(rng, preset, count, cadence, sigma, cameras, quality):
    """Single exposures with too much light; one in five decays over the next ones."""
    total = np.zeros(count)
    number = rng.poisson(preset.cosmic_hits * cameras * count * cadence / DAY)
    for at in rng.integers(0, count, number):
        height = sigma * (4 + rng.exponential(8.0))
        if rng.uniform() < NOTICED:
            quality[at] |= COSMIC
        if rng.uniform() < 0.2:
            tail = np.exp(-np.arange(min(12, count - at)) / rng.uniform(0.8, 3.0))
            total[at:at + len(tail)] += height * tail
        else:
            total[at] += height
    return total


def _momentum_dumps(rng, preset, day, sigma, quality):
    """Exposures in which the pointing was lost for a moment: flagged, and mostly too faint."""
    total = np.zeros(len(day))
    at = np.searchsorted(day, np.sort(_repeat(rng, preset.dump_step, preset.quarter, jitter=0.01)))
    at = at[(at >= 0) & (at < len(day))]
    total[at] = -sigma * np.abs(rng.standard_normal(len(at))) * 4
    quality[at] |= DUMP
    return total
