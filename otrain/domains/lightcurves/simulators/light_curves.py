"""One simulated star: its parameters, the bodies around it, and its light curve in every quarter."""

from dataclasses import dataclass, field

import numpy as np

from otrain.domains.lightcurves.simulators.activity import draw_flares, draw_spots, flare_light
from otrain.domains.lightcurves.simulators.bodies import draw_binary, draw_planets, event_light
from otrain.domains.lightcurves.simulators.correlated_noise import (
    DAY,
    draw_flicker,
    granulation,
    oscillations,
    simulate_noise,
)
from otrain.domains.lightcurves.simulators.instrument import NO_DATA, draw_instrument
from otrain.domains.lightcurves.simulators.presets import HOUR, choose_preset
from otrain.domains.lightcurves.simulators.stars import StellarParameters, draw_star
from otrain.errors import UsageError

__all__ = ["BINARY", "CONTINUUM", "PLANET", "Curve", "Options", "Star", "dimming", "simulate_star"]

CONTINUUM, PLANET, BINARY = 0, 1, 2  # labels of a point
LABELS = {"planet": PLANET, "binary": BINARY}
GENERATIONS = 4.0  # of spots before the first quarter: 120 d, so that old ones are there


@dataclass(frozen=True)
class Curve:
    """The light curve of one star in one quarter, evenly sampled.

    Parameters
    ----------
    quarter : int
        From 1.
    time : (N,) float64 ndarray
        Middle of the exposures [d].
    flux, flux_err : (N,) float32 ndarray
        Light in units of that of the star, and its white noise; `flux` is NaN where nothing was measured.
    quality : (N,) int32 ndarray
        Bits of `otrain.domains.lightcurves.simulators.instrument`.
    segment : (N,) int16 ndarray
        Number of the piece between two updates of the mask (or tweaks of the pointing), from 0.
    label : (N,) uint8 ndarray
        0 continuum, 1 planet, 2 binary; known in gaps too.
    """

    quarter: int
    time: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    quality: np.ndarray
    segment: np.ndarray
    label: np.ndarray


@dataclass(frozen=True)
class Star:
    """One simulated star.

    Parameters
    ----------
    parameters : StellarParameters
    magnitude : float
    cameras : int
        How many telescopes see it.
    noise : float
        White noise in one hour [ppm].
    cadence : float
        Sampling [s].
    bodies : list of Body
    curves : list of Curve
        One for each quarter.
    """

    parameters: StellarParameters
    magnitude: float
    cameras: int
    noise: float
    cadence: float
    bodies: list
    curves: list = field(repr=False)

    def snr(self, event):
        """Signal-to-noise ratio of one event in white noise: depth over the noise of its duration."""
        return event.depth / (self.noise * 1e-6) * np.sqrt(event.contacts.duration)


@dataclass(frozen=True)
class Options:
    """What stars are made, and how they are observed; see `simulate_star`.

    Raises
    ------
    UsageError
        If a value is not usable.
    """

    preset: str = "plato"
    cadence: float | None = None
    quarters: int = 1
    planet_free: float = 0.5
    binaries: float = 0.1
    planets: int = 4
    depth: tuple = (50.0, 10_000.0)
    radius: tuple | None = None
    period: tuple = (1.0, 500.0)
    magnitudes: tuple | None = None
    cameras: tuple | None = None
    pulsate: bool | None = None

    def __post_init__(self):
        preset = choose_preset(self.preset)
        if self.cadence is not None and not preset.shortest <= self.cadence <= 3 * HOUR:
            raise UsageError(f"`cadence` of {preset.name} must be from {preset.shortest:g} to {3 * HOUR:g} s."
                             f" Received: {self.cadence:g}.")
        if self.quarters < 1:
            raise UsageError(f"`quarters` must be at least 1. Received: {self.quarters}.")
        if not 0 <= self.binaries <= self.planet_free <= 1:
            raise UsageError("`planet_free` must be from 0 to 1, and `binaries` is a part of it: the share "
                             "of all stars that have an eclipsing binary and no planet. "
                             f"Received: {self.planet_free:g} and {self.binaries:g}.")
        if not 1 <= self.planets <= 4:
            raise UsageError(f"`planets` must be from 1 to 4. Received: {self.planets}.")
        for name, low, high, unit in (("depth", 1, 5e5, "ppm"), ("radius", 0.1, 22, "Earth radii"),
                                      ("period", 0.5, 1e5, "d"), ("magnitudes", -2, 20, "mag")):
            _check_range(name, getattr(self, name), low, high, unit)
        unknown = set(self.cameras or ()) - set(preset.cameras)
        if unknown or self.cameras == ():
            raise UsageError(f"`cameras` of {preset.name} are {', '.join(map(str, preset.cameras))}. "
                             f"Received: {', '.join(map(str, self.cameras))}.")


def _check_range(name, pair, low, high, unit):
    if pair is not None and not (len(pair) == 2 and low <= pair[0] <= pair[1] <= high):
        raise UsageError(f"`{name}` must be two numbers from {low:g} to {high:g} {unit}, the smaller one "
                         f"first. Received: {' '.join(f'{value:g}' for value in pair)}.")


def simulate_star(rng, preset="plato", **options):
    """Return a star with its light curves and the truth about them.

    Parameters
    ----------
    rng : numpy.random.Generator
        ``default_rng([seed, i])`` for star `i`: it then depends on nothing else.
    preset : str
        ``plato``, ``kepler`` or ``tess``.
    cadence : float, optional
        Sampling [s]; that of the preset if not given.
    quarters : int
        Number of quarters (sectors) that follow each other.
    planet_free, binaries : float
        Share of the stars without planets; and of all stars, those among them that are
        eclipsing binaries or have one behind them.
    planets : int
        Most planets of one star.
    depth : tuple of float
        Range of transit depths, drawn log-uniform [ppm].
    radius : tuple of float, optional
        Range of planet radii, drawn log-uniform instead of the depth [Earth radii].
    period : tuple of float
        Range of the periods of planets, drawn log-uniform [d].
    magnitudes : tuple of float, optional
        Range of the magnitudes, drawn uniformly; that of the preset if not given.
    cameras : tuple of int, optional
        Only stars that so many telescopes see.
    pulsate : bool, optional
        Add p-modes. By default where an exposure is at most two minutes.

    Returns
    -------
    Star

    Raises
    ------
    UsageError
        If an option is not usable.
    """
    wanted, preset = Options(preset=preset, **options), choose_preset(preset)
    cadence = wanted.cadence or preset.cadence
    spots_before = int(GENERATIONS)
    generations = spots_before + int(np.ceil(wanted.quarters * preset.quarter_step / 30.0)) + 2
    own, around, *rest = rng.spawn(2 + wanted.quarters)
    parameters = draw_star(own)
    magnitude = float(own.uniform(*(wanted.magnitudes or preset.magnitudes)))
    cameras = _draw_cameras(own, preset, wanted.cameras)
    spots = draw_spots(own.spawn(1 + generations), parameters, preset.time_start - 30.0 * spots_before)
    noise = preset.noise(magnitude, cameras)
    bodies = _draw_bodies(around, parameters, preset, wanted)
    light = Star(parameters, magnitude, cameras, noise, cadence, bodies, [])
    sources = [draw_flicker(own, parameters), *granulation(parameters)]
    if cadence <= 120 if wanted.pulsate is None else wanted.pulsate:
        sources += oscillations(parameters)
    for quarter, stream in enumerate(rest):
        light.curves.append(_observe(stream, light, preset, quarter, spots, sources))
    return light


def _draw_cameras(rng, preset, chosen):
    shares = {number: share for number, share in preset.cameras.items() if not chosen or number in chosen}
    weights = np.array(list(shares.values()))
    return int(rng.choice(list(shares), p=weights / weights.sum()))


def _draw_bodies(rng, star, preset, wanted):
    """Return no body, a binary or some planets, in the shares that are asked for."""
    span = (preset.time_start,
            preset.time_start + (wanted.quarters - 1) * preset.quarter_step + preset.quarter)
    lot = rng.uniform()
    if lot < wanted.binaries:
        return [draw_binary(rng, star, span, shift=preset.limb_shift)]
    if lot < wanted.planet_free:
        return []
    return draw_planets(rng, star, span, depth=tuple(1e-6 * value for value in wanted.depth),
                        period=wanted.period, most=wanted.planets, radius=wanted.radius,
                        shift=preset.limb_shift)


def _observe(rng, star, preset, quarter, spots, sources):
    """Return the light curve of one quarter."""
    count = int(preset.quarter * DAY / star.cadence)
    begin = preset.time_start + quarter * preset.quarter_step
    exposure = star.cadence / DAY
    time = begin + (np.arange(count) + 0.5) * exposure
    sigma = 1e-6 * star.noise * np.sqrt(HOUR / star.cadence)
    flickers, flashes, camera, white = rng.spawn(4)
    light = 1 + 1e-6 * simulate_noise(flickers, sources, count, star.cadence)
    light += spots.light(time)
    light += flare_light(draw_flares(flashes, star.parameters, time[0], time[-1]), time, exposure)
    lost, label = dimming(star.bodies, time, exposure)
    instrument = draw_instrument(camera, preset, count, star.cadence, sigma, star.cameras)
    flux = instrument.gain * (light * (1 - lost) + sigma * white.standard_normal(count)) + instrument.offset
    flux[instrument.quality & NO_DATA > 0] = np.nan
    return Curve(quarter + 1, time, flux.astype(np.float32),
                 np.full(count, sigma, np.float32) * instrument.gain.astype(np.float32),
                 instrument.quality, _segments(instrument.jumps, count), label)


def _segments(jumps, count):
    """Number the pieces between jumps."""
    steps = np.zeros(count, np.int16)
    np.add.at(steps, jumps, 1)
    return np.cumsum(steps, dtype=np.int16)


def dimming(bodies, time, exposure):
    """Return what all bodies take of the light, and the label of each exposure: the deeper event wins.

    Parameters
    ----------
    bodies : list of Body
    time : (N,) ndarray
        Middle of the exposures [d].
    exposure : float
        Length of each [d].

    Returns
    -------
    lost : (N,) ndarray
        Relative; negative where a close binary is brighter than in the mean.
    label : (N,) uint8 ndarray
    """
    lost, deepest = np.zeros(len(time)), np.zeros(len(time))
    label = np.zeros(len(time), np.uint8)
    for body in bodies:
        if body.ellipsoidal:
            event = body.events[0]
            angle = 2 * np.pi * (time - event.contacts.t0) / event.orbit.period
            lost += body.ellipsoidal * np.cos(2 * angle)
        for event in body.events:
            touched, loss, inside = event_light(event, time, exposure)
            lost[touched] += loss
            # A point at the very contact loses nothing and is labelled all the same.
            wins = inside & (loss >= deepest[touched])
            label[touched[wins]] = LABELS[body.kind]
            deepest[touched[wins]] = loss[wins]
    return lost, label
