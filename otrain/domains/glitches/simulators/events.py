"""Simulated events: strain with a glitch each, witnesses, decoys and plain channels, made as they are read.

Every channel of every event has its own random numbers, so any of them can be made at any
time, in any order, with the same values; nothing but the truth is kept in memory.
"""

from dataclasses import dataclass, field

import numpy as np

from otrain.domains.glitches.resampling import resample
from otrain.domains.glitches.series import Series
from otrain.domains.glitches.simulators.couplings import COUPLINGS, record
from otrain.domains.glitches.simulators.noise import coloured_noise, design_psd, optimal_snr
from otrain.domains.glitches.simulators.shapes import CLASSES, chirp, glitch_shape
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["DECOYS", "EventSettings", "SimulatedEvents"]

DECOYS = ("noisy", "quiet", "chance")
_GLITCH, _STRAIN, _CHIRP, _CHANNEL = range(4)  # purposes of random numbers


@dataclass(frozen=True)
class EventSettings:
    """What is simulated.

    Parameters
    ----------
    events : int
    witnesses, decoys, others : int
        Channels that see the glitches, that look as if, and that do not; witnesses have the couplings in
        turn, decoys the kinds of `DECOYS`.
    duration : float
        Of an event [s].
    sample_rate : float
        Of the strain [Hz].
    channel_rates : tuple of float
        Of the others, in turn [Hz].
    psd : str
        Of the strain's noise, see `otrain.domains.glitches.simulators.noise.design_psd`.
    classes : tuple of str
        Of glitches, in equal shares.
    frequencies : (float, float)
        Range of the glitches' own frequencies [Hz].
    snr : (float, float)
        Range of the glitches' signal-to-noise ratios in the strain, equally spaced in the logarithm.
    witness_snr : (float, float)
        The same in a witness.
    witnessed : float
        Share of the glitches that the witnesses see.
    largest_delay : float
        By which a delayed coupling leads or follows, at most [s].
    chirps : float
        Share of the events that hold an inspiral as well.
    chirp_snr, chirp_mass : (float, float)
        Ranges of signal-to-noise ratios and of chirp masses [solar masses].
    start : float
        GPS time of the first event [s].
    reference : str
        Name of the strain's channel.

    Raises
    ------
    UsageError
        If a number or a name is impossible.
    """

    events: int = 10
    witnesses: int = 4
    decoys: int = 3
    others: int = 10
    duration: float = 16.0
    sample_rate: float = 4096.0
    channel_rates: tuple = (256.0, 512.0, 1024.0)
    psd: str = "advanced-ligo"
    classes: tuple = CLASSES
    frequencies: tuple = (12.0, 200.0)
    snr: tuple = (8.0, 50.0)
    witness_snr: tuple = (15.0, 60.0)
    witnessed: float = 1.0
    largest_delay: float = 0.5
    chirps: float = 0.0
    chirp_snr: tuple = (8.0, 50.0)
    chirp_mass: tuple = (8.0, 30.0)
    start: float = 1_264_316_116.0
    reference: str = "V1:Hrec_hoft_16384Hz"

    def __post_init__(self):
        design_psd(self.psd, [1.0])
        for name in self.classes:
            if name not in CLASSES:
                raise UsageError(f"unknown class {name!r} of glitches.{nearest(name, CLASSES)} "
                                 f"Known: {', '.join(CLASSES)}.")
        counts = (self.events, self.witnesses, self.decoys, self.others)
        if min(counts) < 0 or not self.events or not self.classes or not self.channel_rates:
            raise UsageError("a simulation needs events, classes and sample rates, and no negative number "
                             f"of channels. Received: {counts!r}.")
        ranges = (self.frequencies, self.snr, self.witness_snr, self.chirp_snr, self.chirp_mass)
        if any(not 0 < low <= high < np.inf for low, high in ranges):
            raise UsageError(f"ranges go from above 0 upwards. Received: {ranges!r}.")
        if not (0 <= self.witnessed <= 1 and 0 <= self.chirps <= 1 and 0 <= self.largest_delay <= 1):
            raise UsageError("shares lie between 0 and 1, and delays within a second. Received: "
                             f"{self.witnessed!r}, {self.chirps!r}, {self.largest_delay!r} s.")
        if self.duration < 8 or self.frequencies[1] > 0.4 * self.sample_rate:
            raise UsageError("an event has at least 8 s, and glitches have frequencies below 0.4 of the "
                             f"sample rate. Received: {self.duration!r} s, {self.frequencies[1]!r} Hz at "
                             f"{self.sample_rate!r} Hz.")


@dataclass(frozen=True)
class _Channel:
    """What a simulated channel is."""

    name: str
    role: str
    kind: str
    rate: float
    delay: float = 0.0
    index: int = field(default=0)


class SimulatedEvents:
    """Events that are made as they are read, with the same interface as files of events.

    Parameters
    ----------
    settings : EventSettings
    seed : int

    Attributes
    ----------
    glitches : list of dict
        One row per event: ``event gps class frequency snr witnessed chirp_gps chirp_snr chirp_mass``
        (NaN without a chirp); times are GPS [s] of the middle and of the merger.
    channel_rows : list of dict
        One row per channel but the strain: ``channel role kind sample_rate delay``: role ``witness``,
        ``decoy`` or ``other``; kind is the coupling or that of `DECOYS`; delay [s] by which the channel
        follows the strain.
    """

    def __init__(self, settings, seed=0):
        self.settings, self.seed = settings, seed
        self.events = tuple(f"event_{number:05d}" for number in range(settings.events))
        self._channels = {one.name: one for one in self._made_up_channels()}
        self.glitches = [self._drawn_glitch(number) for number in range(settings.events)]
        self.channel_rows = [{"channel": one.name, "role": one.role, "kind": one.kind,
                              "sample_rate": one.rate, "delay": one.delay} for one in self._channels.values()]

    def channels(self, event):
        """Return the names of the channels of an event, the strain first."""
        self._number(event)
        return (self.settings.reference, *self._channels)

    def read(self, event, channel):
        """Return the series of a channel.

        Raises
        ------
        DataError
            If there is no such event or channel.
        """
        number, settings = self._number(event), self.settings
        start = self._start(number)
        if channel == settings.reference:
            return Series(channel, self._strain(number), settings.sample_rate, start)
        if channel not in self._channels:
            raise DataError(f"the event {event!r} has no channel {channel!r}."
                            f"{nearest(channel, self._channels)}")
        return Series(channel, self._recorded(number, self._channels[channel]), self._channels[channel].rate,
                      start)

    def glitch(self, event):
        """Return the strain of the glitch alone, (n,) float64."""
        return self._glitch(self._number(event))

    def chirp(self, event):
        """Return the strain of the inspiral alone, (n,) float64, 0 where there is none."""
        return self._chirp(self._number(event))

    def _number(self, event):
        if event not in self.events:
            raise DataError(f"no event {event!r}.{nearest(event, self.events)}")
        return self.events.index(event)

    def _start(self, number):
        """Return the GPS time at which an event begins [s]; as much time as one takes lies between two."""
        return self.settings.start + 2 * self.settings.duration * number

    def _rng(self, purpose, *numbers):
        return np.random.default_rng([self.seed, purpose, *numbers])

    def _made_up_channels(self):
        settings, index = self.settings, 0
        counts = (("witness", settings.witnesses, COUPLINGS), ("decoy", settings.decoys, DECOYS),
                  ("other", settings.others, ("noise",)))
        for role, count, kinds in counts:
            for number in range(count):
                rate = settings.channel_rates[index % len(settings.channel_rates)]
                kind, delay = kinds[number % len(kinds)], 0.0
                if kind == "delayed":
                    # Whole samples of the strain, and never none.
                    most = max(1, int(settings.largest_delay * settings.sample_rate))
                    rng = self._rng(_CHANNEL, index)
                    delay = rng.integers((most + 1) // 2, most + 1) * rng.choice([-1, 1])
                    delay /= settings.sample_rate
                yield _Channel(f"V1:AUX_{index:04d}", role, kind, rate, float(delay), index)
                index += 1

    def _drawn_glitch(self, number):
        settings, rng, start = self.settings, self._rng(_GLITCH, number), self._start(number)
        offsets = settings.duration / 2 + rng.uniform(-0.15, 0.15, 2) * settings.duration
        with_chirp = rng.random() < settings.chirps
        row = {"event": self.events[number], "gps": start + offsets[0],
               "class": settings.classes[rng.integers(len(settings.classes))],
               "frequency": _log_uniform(rng, settings.frequencies), "snr": _log_uniform(rng, settings.snr),
               "witnessed": bool(rng.random() < settings.witnessed)}
        chirp_row = {"chirp_gps": start + offsets[1], "chirp_snr": _log_uniform(rng, settings.chirp_snr),
                     "chirp_mass": _log_uniform(rng, settings.chirp_mass)}
        return row | (chirp_row if with_chirp else dict.fromkeys(chirp_row, np.nan))

    def _times(self, number, gps):
        """Return the times of the strain's samples from a moment on [s]."""
        settings = self.settings
        samples = round(settings.duration * settings.sample_rate)
        return np.arange(samples) / settings.sample_rate - (gps - self._start(number))

    def _psd(self, frequencies):
        return design_psd(self.settings.psd, frequencies)

    def _glitch(self, number):
        row = self.glitches[number]
        rng = self._rng(_GLITCH, number, 1)
        shape = glitch_shape(row["class"], self._times(number, row["gps"]), row["frequency"], rng)
        return shape * (row["snr"] / optimal_snr(shape, self.settings.sample_rate, self._psd))

    def _chirp(self, number):
        row = self.glitches[number]
        times = self._times(number, row["chirp_gps"] if np.isfinite(row["chirp_gps"]) else 0.0)
        if not np.isfinite(row["chirp_snr"]):
            return np.zeros_like(times)
        phase = self._rng(_CHIRP, number).uniform(0, 2 * np.pi)
        shape = chirp(times, row["chirp_mass"], phase=phase)
        return shape * (row["chirp_snr"] / optimal_snr(shape, self.settings.sample_rate, self._psd))

    def _strain(self, number):
        settings = self.settings
        noise = coloured_noise(self._rng(_STRAIN, number), round(settings.duration * settings.sample_rate),
                               settings.sample_rate, self._psd)
        return noise + self._glitch(number) + self._chirp(number)

    def _recorded(self, number, channel):
        rng, rate = self._rng(_CHANNEL, channel.index, number + 1), channel.rate
        samples = round(self.settings.duration * rate)
        # Every channel has its own unit and colour.
        own = self._rng(_CHANNEL, channel.index, 0)
        gain, slope = 10 ** own.uniform(-3, 3), own.uniform(0, 1)
        if channel.kind == "quiet":
            return np.full(samples, gain)

        def psd(frequencies):
            return gain**2 * design_psd("red", frequencies) ** slope

        noise = coloured_noise(rng, samples, rate, psd)
        for signal in self._signals(number, channel, rng):
            noise += signal * (_log_uniform(rng, self.settings.witness_snr) / optimal_snr(signal, rate, psd))
        return noise

    def _signals(self, number, channel, rng):
        """Give the disturbances that a channel records in an event, without scale."""
        settings, row = self.settings, self.glitches[number]
        times = np.arange(round(settings.duration * channel.rate)) / channel.rate
        if channel.role == "witness" and row["witnessed"]:
            lead = -round(channel.delay * settings.sample_rate)
            seen = record(self._glitch(number), channel.kind, delay=lead)
            signal, _ = resample(seen / np.abs(seen).max(), settings.sample_rate, channel.rate)
            yield signal
        elif channel.kind in ("noisy", "chance"):
            # As often as the strain's glitches, or two in every second.
            count = 1 if channel.kind == "chance" else rng.poisson(2 * settings.duration)
            highest = min(settings.frequencies[1], 0.3 * channel.rate)
            for time in rng.uniform(0.5, settings.duration - 0.5, count):
                frequency = _log_uniform(rng, (min(settings.frequencies[0], highest), highest))
                yield glitch_shape("sine-gaussian", times - time, frequency, rng)


def _log_uniform(rng, limits):
    return float(np.exp(rng.uniform(*np.log(limits))))
