"""What magnetic activity does to a light curve: spots that come and go on a turning star, and flares."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Flare", "Spots", "draw_flares", "draw_spots", "flare_light", "flare_profile"]

SPOTS = 12  # of one generation of 30 d, on average
GENERATION = 30.0  # d
COARSE = 0.02  # d; spots are computed so often and interpolated in between
FLARE_STARS = 0.15  # share of the stars that flare
EDGE = 0.03  # sin(10 deg)^2
OVER = 25.0  # widths after which a flare is down to 3e-4 of its peak


@dataclass(frozen=True)
class Spots:
    """Dark spots, each an array over all spots.

    Parameters
    ----------
    period : (S,) ndarray
        Rotation period at the latitude of each [d].
    phase : (S,) ndarray
        Longitude at time 0 [rad].
    height, tilt : (S,) ndarray
        ``cos i sin lat`` and ``sin i cos lat``: the cosine towards the observer is
        ``height + tilt cos(phase)``.
    depth : (S,) ndarray
        Light lost when the spot is largest and faces the observer.
    middle, lifetime : (S,) ndarray
        When it is largest and its standard deviation in time [d].
    """

    period: np.ndarray
    phase: np.ndarray
    height: np.ndarray
    tilt: np.ndarray
    depth: np.ndarray
    middle: np.ndarray
    lifetime: np.ndarray

    def light(self, time):
        """Return the relative change of the light at ascending times [d], at most 0."""
        fastest = float(self.period.min(initial=20.0))
        step = min(COARSE * max(fastest / 2, 1.0), 0.2)
        grid = np.arange(time[0] - step, time[-1] + 2 * step, step)
        near = (np.abs(self.middle - grid[len(grid) // 2])
                < 4 * self.lifetime + (grid[-1] - grid[0]) / 2)
        total = np.zeros(len(grid))
        for s in np.flatnonzero(near):
            facing = self.height[s] + self.tilt[s] * np.cos(2 * np.pi * grid / self.period[s] + self.phase[s])
            size = np.exp(-0.5 * ((grid - self.middle[s]) / self.lifetime[s]) ** 2)
            # max(facing, 0) for a spot of ten degrees, whose parts do not all set at once
            total -= self.depth[s] * size * (facing + np.sqrt(facing**2 + EDGE)) / 2
        return np.interp(time, grid, total)


def draw_spots(rngs, star, start):
    """Return the spots of a star.

    The contrast of the whole pattern is log-normal about 600 ppm for a rotation of 20 d
    and grows as the rotation gets faster, to the power 1.2, as active stars do (McQuillan et al. 2014,
    ApJS 211, 24); at most 3 %. Latitudes up to 40 deg rotate with the differential rotation of the Sun.

    Parameters
    ----------
    rngs : sequence of numpy.random.Generator
        The first draws what all spots share; each of the others a generation of 30 d.
        So the spots of a quarter do not depend on how many follow.
    star : StellarParameters
    start : float
        Time at which the first generation comes [d].
    """
    shared = rngs[0]
    contrast = 6e-4 * (star.rotation / 20.0) ** -1.2 * np.exp(1.1 * shared.standard_normal())
    contrast = min(contrast, 0.03)
    cosine = shared.uniform(0, 1)  # of the inclination, isotropic
    lifetime = star.rotation * shared.uniform(0.4, 1.5)
    columns = []
    for number, rng in enumerate(rngs[1:]):
        count = rng.poisson(SPOTS)
        latitude = np.radians(rng.uniform(-40, 40, count))
        columns.append([
            star.rotation * (1 + 0.2 * np.sin(latitude) ** 2), rng.uniform(0, 2 * np.pi, count),
            cosine * np.sin(latitude), np.sqrt(1 - cosine**2) * np.cos(latitude),
            contrast * rng.exponential(0.5, count), start + GENERATION * (number + rng.uniform(0, 1, count)),
            lifetime * rng.uniform(0.6, 1.4, count)])
    return Spots(*np.concatenate(columns, axis=1))


@dataclass(frozen=True)
class Flare:
    """One flare: time of its peak [d], relative amplitude, and full width at half maximum [d]."""

    peak: float
    amplitude: float
    width: float


def flare_profile(phase):
    """Return the light of a flare over its peak (Davenport et al. 2014, ApJ 797, 122, eq. 1 and 4).

    `phase` is the time from the peak in units of the full width at half maximum; the flare rises from
    -1 to 0.
    """
    rise = 1 + phase * (1.941 + phase * (-0.175 + phase * (-2.246 - 1.125 * phase)))
    late = np.maximum(phase, 0.0)
    decay = 0.6890 * np.exp(-1.600 * late) + 0.3030 * np.exp(-0.2783 * late)
    return np.where(phase < -1, 0.0, np.where(phase < 0, rise, decay))


def draw_flares(rng, star, start, end):
    """Return the flares of a star from `start` to `end` [d].

    One star in seven flares, once in a few days, more often if it turns fast. Energies are a power law of
    index -2, so amplitudes go as 1 / amplitude, from 200 ppm to 3 %; widths are 3 to 30 minutes.
    """
    flares_at_all, quiet = rng.uniform(), rng.uniform(0.3, 3.0)
    rate = 0.25 / quiet * (20.0 / star.rotation) if flares_at_all < FLARE_STARS else 0.0
    count = rng.poisson(min(rate, 3.0) * (end - start))
    amplitude = 2e-4 / np.maximum(rng.uniform(0, 1, count), 2e-4 / 0.03)
    return [Flare(float(peak), float(height), float(width))
            for peak, height, width in zip(rng.uniform(start, end, count), amplitude,
                                           np.exp(rng.uniform(np.log(3), np.log(30), count)) / 1440,
                                           strict=True)]


def flare_light(flares, time, exposure):
    """Return the relative light of flares in exposures around ascending, even times [d]."""
    total = np.zeros(len(time))
    pieces = max(1, int(np.ceil(exposure * 1440)))  # one per minute
    offsets = ((np.arange(pieces) + 0.5) / pieces - 0.5) * exposure
    for flare in flares:
        first, last = np.searchsorted(time, [flare.peak - flare.width - exposure,
                                             flare.peak + OVER * flare.width + exposure])
        phase = (time[first:last, None] + offsets - flare.peak) / flare.width
        total[first:last] += flare.amplitude * flare_profile(phase).mean(axis=1)
    return total
