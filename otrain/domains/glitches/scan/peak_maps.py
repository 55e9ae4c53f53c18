"""From the series of a channel to its peaks on the grid that all channels of a scan share."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from otrain.domains.glitches.gaps import narrow_valid
from otrain.domains.glitches.qtransform import transform_on_grid
from otrain.domains.glitches.resampling import resample
from otrain.domains.glitches.scan.peaks import find_peaks
from otrain.domains.glitches.series import Series
from otrain.domains.glitches.whitening import whiten
from otrain.errors import DataError, UsageError
from otrain.models.layers.q_tiling import QGrid, QTiling

__all__ = ["MapSettings", "at_scan_rate", "peak_maps"]

SLOWEST = 16.0  # Hz; series are not brought below this rate
LEAST_OVERLAP = 0.5  # samples by which two series may lie beside each other and still be one event


@dataclass(frozen=True)
class MapSettings:
    """How peaks are found; the defaults are those of Annalisa's `scan.yaml`.

    Parameters
    ----------
    q : float
        Quality factor of the transform.
    frequency_range : (float, float)
        [Hz].
    frequency_step, time_step : float
        Of the map [Hz] and [s].
    threshold : float
        SNR2 above which a peak counts.
    time_reduce : {"max", "sample", "mean"}
        What a time bin says of the tiles within it; Annalisa samples, and misses short glitches.
    definition : {"map", "published"}
        Of a peak, see `otrain.domains.glitches.scan.peaks.find_peaks`.
    segment : float
        Of the noise's spectrum [s].
    filter_length : float
        Of the whitening filter [s]; half of it is cut off at either end of an event.

    Raises
    ------
    UsageError
        If a step is not positive or the range is empty.
    """

    q: float = 12.0
    frequency_range: tuple = (8.0, 50.0)
    frequency_step: float = 0.5
    time_step: float = 0.1
    threshold: float = 20.0
    time_reduce: str = "max"
    definition: str = "map"
    segment: float = 2.0
    filter_length: float = 2.0

    def __post_init__(self):
        object.__setattr__(self, "frequency_range", tuple(self.frequency_range))
        low, high = self.frequency_range
        if not (self.time_step > 0 and self.frequency_step > 0 and 0 < low < high):
            raise UsageError("a scan needs positive steps and a range of frequencies above 0. Received: "
                             f"steps {self.time_step!r} s, {self.frequency_step!r} Hz, range {low!r} to "
                             f"{high!r} Hz.")

    @property
    def frequencies(self):
        """Frequencies of the map [Hz], the highest left out as in Annalisa."""
        low, high = self.frequency_range
        return np.arange(low, high, self.frequency_step)

    @property
    def rate(self):
        """Sample rate [Hz], a power of two, that holds the highest frequency and its window."""
        wanted = 2 * self.frequency_range[1] * (1 + np.sqrt(11) / self.q) / 0.84
        return float(max(SLOWEST, 2 ** np.ceil(np.log2(wanted))))


def at_scan_rate(series, settings, *, start, duration):
    """Return the part of a series that covers an event, at the sample rate of the maps.

    A channel of 16 kHz has 64 times the values that the maps need; several are kept at a time.

    Parameters
    ----------
    series : Series
    settings : MapSettings
    start, duration : float
        GPS time at which the event begins, and its length [s].

    Returns
    -------
    Series
        NaN in gaps and where the filter reaches into one; the same rate if it is not above that of the maps.

    Raises
    ------
    DataError
        If it does not cover the event, or is too slow for the map.
    """
    wanted = min(series.sample_rate, settings.rate)
    values = _covering(series, start, duration)
    _map_grid(settings, duration, wanted)
    if wanted == series.sample_rate:
        return Series(series.channel, values, wanted, start)
    values, usable = resample(values, series.sample_rate, wanted)
    return Series(series.channel, np.where(usable, values, np.nan), wanted, start)


def _map_grid(settings, duration, rate):
    """Return the grid of maps at a sample rate, and how many of the scan's frequencies it holds."""
    samples = round(duration * rate) - 2 * (round(settings.filter_length * rate) // 2)
    if samples < 2 * rate * settings.time_step or duration < settings.segment:
        raise DataError(f"an event of {duration:g} s leaves nothing beside a whitening filter of "
                        f"{settings.filter_length:g} s and segments of {settings.segment:g} s. Give longer "
                        "events or a shorter filter.")
    low, high = settings.frequency_range
    highest = min(high, 0.999 * rate / 2 / (1 + np.sqrt(11) / settings.q))
    held = int(np.sum(settings.frequencies <= highest))
    if not held or highest <= low:
        raise DataError(f"a channel of {rate:g} Hz holds no frequency of the map from {low:g} Hz on.")
    return _grid(settings, samples, rate, highest, held), held


@lru_cache(maxsize=32)
def _grid(settings, samples, rate, highest, held):
    bins = max(1, round(samples / rate / settings.time_step))
    tiling = QTiling(rate, samples, settings.q, (settings.frequency_range[0], highest))
    return QGrid(tiling, bins, settings.frequencies[:held], settings.time_reduce)


def peak_maps(series, settings, *, start, duration):
    """Return the peaks of series of one event, and where they could have been seen.

    Parameters
    ----------
    series : sequence of Series
        Of any sample rates, all covering the event.
    settings : MapSettings
    start : float
        GPS time at which the event begins [s].
    duration : float
        Of the event [s].

    Returns
    -------
    peaks : (len(series), T, F) bool ndarray
    valid : (len(series), T) bool ndarray
        False in and around gaps.

    Raises
    ------
    DataError
        If a series does not cover the event, or is too slow for the map.
    """
    series = [at_scan_rate(one, settings, start=start, duration=duration) for one in series]
    by_rate = {}
    for place, one in enumerate(series):
        by_rate.setdefault(one.sample_rate, []).append(place)
    peaks = valid = None
    for rate, places in by_rate.items():
        values = np.stack([series[place].values for place in places])
        found, seen, held = _maps(values, rate, settings, duration)
        if peaks is None:
            peaks = np.zeros((len(series), found.shape[1], len(settings.frequencies)), bool)
            valid = np.zeros(peaks.shape[:2], bool)
        peaks[places, :, :held], valid[places] = found, seen
    return peaks, valid


def _maps(values, rate, settings, duration):
    """Return peaks, validity and the number of frequencies held, of series of one rate."""
    grid, held = _map_grid(settings, duration, rate)
    gaps = not np.isfinite(values).all()
    white, usable = whiten(values, rate, filter_length=settings.filter_length, segment=settings.segment)
    white, usable = white[:, :grid.tiling.samples], usable[:, :grid.tiling.samples]
    if gaps:
        # What lies in a gap is not of the channel, and a tile looks about q / (2 pi f) to either side.
        white = np.where(usable, white, 0)
        reach = round(settings.q / (2 * np.pi * settings.frequency_range[0]) * rate)
        usable = narrow_valid(usable, reach)
    edges = np.linspace(0, white.shape[-1], grid.time_bins + 1).astype(int)
    valid = np.logical_and.reduceat(usable, edges[:-1], axis=-1)
    energies = transform_on_grid(white, grid)
    peaks = find_peaks(energies, settings.threshold, valid=valid, definition=settings.definition)
    return peaks, valid, held


def _covering(series, start, duration):
    """Return the values of a series from the start of an event on, as many as its duration holds."""
    offset = (start - series.t0) * series.sample_rate
    first, count = round(offset), round(duration * series.sample_rate)
    if first < 0 or first + count > len(series.values) or abs(offset - first) > LEAST_OVERLAP:
        raise DataError(f"{series.channel}: covers {series.t0!r} to {series.t0 + series.duration!r} s "
                        f"(GPS), not the event from {start!r} s on for {duration:g} s.")
    return series.values[first:first + count]
