"""Which channels see what the strain sees: scores, significance and use of every channel over all events.

The channels are looked at in blocks, each over all events, so that memory grows with the
size of a block and the number of events, not with the number of channels.
"""

from dataclasses import dataclass, field

import numpy as np

from otrain.domains.glitches.scan.coincidence import shared_peaks, veto_use
from otrain.domains.glitches.scan.peak_maps import MapSettings, at_scan_rate, peak_maps
from otrain.domains.glitches.scan.peaks import widen
from otrain.domains.glitches.scan.time_slides import SlideNull, coincidences_at_all_lags, family_wise
from otrain.errors import DataError, OtrainError, UsageError

__all__ = ["ChannelScan", "ScanSettings", "scan_events"]


@dataclass(frozen=True)
class ScanSettings:
    """How channels are compared with the strain; thresholds and block size are Annalisa's.

    Parameters
    ----------
    maps : MapSettings
    tolerance : (float, float)
        Within which peaks are shared for `corr` and `iou` [s, Hz].
    quiet : {"left out", "published"}
        What events without peaks of strain and channel count: nothing, or a score of 1 as in Annalisa.
    time_only : bool
        Whether `corr` and `iou` look at times alone.
    window : float
        Within which times are the same for the significance and the veto [s].
    largest_delay : float
        By which a channel may follow or precede the strain [s].
    alpha : float
        Probability that any channel of the scan is called a witness by chance.
    threshold_corr, threshold_iou : float
        A channel above both is selected as in Annalisa.
    block : int
        Channels that are looked at together.

    Raises
    ------
    UsageError
        If a value is impossible.
    """

    maps: MapSettings = field(default_factory=MapSettings)
    tolerance: tuple = (0.0, 0.0)
    quiet: str = "left out"
    time_only: bool = False
    window: float = 0.1
    largest_delay: float = 1.0
    alpha: float = 0.01
    threshold_corr: float = 0.17
    threshold_iou: float = 0.08
    block: int = 26

    def __post_init__(self):
        if self.quiet not in ("left out", "published"):
            raise UsageError("quiet events are 'left out' or count as 'published'. "
                             f"Received: {self.quiet!r}.")
        numbers = [*self.tolerance, self.window, self.largest_delay]
        if min(numbers) < 0 or not np.isfinite(numbers).all() or not 0 < self.alpha < 1 or self.block < 1:
            raise UsageError("tolerances, window and delay are 0 or more, alpha lies between 0 and 1 and "
                             f"a block has at least one channel. Received: {self.tolerance!r}, "
                             f"{self.window!r}, {self.largest_delay!r}, {self.alpha!r}, {self.block!r}.")


@dataclass(frozen=True, eq=False)
class ChannelScan:
    """What a scan found.

    Parameters
    ----------
    reference : str
        The strain's channel.
    columns : dict of str to (C,) ndarray
        One row per channel, the most significant first: ``channel``; ``events`` in which it could be
        read; ``peaks``; ``corr`` and ``iou``, means over events; ``coincidences`` and the number
        ``expected`` by chance; ``delay`` [s] by which it follows the strain; ``probability`` by chance and
        ``family_wise``; ``efficiency``, ``dead_time`` and ``use``; ``witness`` by significance and
        ``selected`` by Annalisa's thresholds.
    events : int
        With peaks of the strain; others say nothing about a coincidence.
    quiet_events : int
        Without any.
    problems : list of (str, str, str)
        Event, channel and why it could not be read there.
    lags, delays : int
        Time lags of an event, and delays that were tried.
    """

    reference: str
    columns: dict
    events: int
    quiet_events: int
    problems: list
    lags: int = 1
    delays: int = 1

    def events_needed(self, alpha):
        """Return how many events with a peak of the strain it takes to call a perfect channel a witness."""
        trials = np.count_nonzero(np.isfinite(self.columns["probability"])) * self.delays
        return int(np.ceil(np.log(max(trials, 1) / alpha) / np.log(self.lags))) if self.lags > 1 else 0

    @property
    def witnesses(self):
        """Names of the channels that are significant, the best first."""
        return self.columns["channel"][self.columns["witness"]].tolist()

    @property
    def selected(self):
        """Names of the channels above both of Annalisa's thresholds."""
        return self.columns["channel"][self.columns["selected"]].tolist()


def scan_events(events, reference, *, settings=None, channels=None, progress=None):
    """Compare channels with the strain over all events.

    Parameters
    ----------
    events : EventFiles
        Or anything with ``events``, ``channels(event)`` and ``read(event, channel)``.
    reference : str
        Name of the strain's channel.
    settings : ScanSettings, optional
    channels : sequence of str, optional
        Those to compare; all but the reference by default, in the order in which they are met.
    progress : callable, optional
        Called with the number of channels that are done and the number of all.

    Returns
    -------
    ChannelScan

    Raises
    ------
    DataError
        If no event has the strain, or the strain never has a peak.
    """
    settings = settings or ScanSettings()
    problems, strains = [], []
    for event in events.events:
        try:
            strains.append(_Strain(events, event, reference, settings))
        except OtrainError as error:
            problems.append((event, reference, str(error)))
    if not strains:
        words = f" The first reason: {problems[0][2]}" if problems else ""
        raise DataError(f"no event has a usable {reference!r}.{words}")
    loud = sum(bool(strain.times.any()) for strain in strains)
    if channels is None:
        channels = list(dict.fromkeys(name for strain in strains for name in events.channels(strain.event)
                                      if name != reference))
    if not channels:
        raise DataError(f"there is no channel to compare with {reference!r}.")
    rows = []
    for first in range(0, len(channels), settings.block):
        block = channels[first:first + settings.block]
        rows.append(_scan_block(events, block, strains, settings, problems))
        if progress:
            progress(first + len(block), len(channels))
    columns = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    columns = {"channel": np.array(channels), **columns}
    columns["family_wise"] = family_wise(columns["probability"])
    with np.errstate(invalid="ignore"):
        columns["witness"] = columns["family_wise"] <= settings.alpha
        columns["selected"] = ((columns["corr"] > settings.threshold_corr)
                               & (columns["iou"] > settings.threshold_iou))
    order = np.lexsort((-np.nan_to_num(columns["corr"]), -np.nan_to_num(columns["efficiency"]),
                        np.nan_to_num(columns["probability"], nan=2.0)))
    return ChannelScan(reference, {name: values[order] for name, values in columns.items()}, loud,
                       len(strains) - loud, problems, min(len(strain.times) for strain in strains),
                       2 * round(settings.largest_delay / settings.maps.time_step) + 1)


class _Strain:
    """The strain's peaks in one event."""

    def __init__(self, events, event, reference, settings):
        series = events.read(event, reference)
        self.event, self.start, self.duration = event, series.t0, series.duration
        peaks, valid = peak_maps([series], settings.maps, start=self.start, duration=self.duration)
        self.peaks, self.valid = peaks[0], valid[0]
        self.times = self.peaks.any(axis=-1)


def _scan_block(events, block, strains, settings, problems):
    """Return the columns of some channels."""
    step = settings.maps.time_step
    window, reach = round(settings.window / step), round(settings.largest_delay / step)
    tolerance = (round(settings.tolerance[0] / step),
                 round(settings.tolerance[1] / settings.maps.frequency_step))
    quiet = 1.0 if settings.quiet == "published" else np.nan
    null = SlideNull(len(block), reach)
    scores, read, peaks = np.zeros((2, 2, len(block))), np.zeros(len(block), int), np.zeros(len(block), int)
    kept = []
    for strain in strains:
        found, valid, known = _read_block(events, block, strain, settings, problems)
        read += known
        peaks += found.sum((1, 2))
        ours, theirs = (strain.peaks, found) if not settings.time_only else (
            strain.peaks.any(-1, keepdims=True), found.any(-1, keepdims=True))
        for place, score in enumerate(shared_peaks(ours, theirs, tolerance=tolerance, quiet=quiet)):
            counts = np.isfinite(score) & known
            scores[0, place] += np.where(counts, score, 0)
            scores[1, place] += counts
        times = found.any(-1)
        kept.append((times, valid))
        if strain.times.any():
            wide = widen(times, window, axis=-1)
            null.add(coincidences_at_all_lags(strain.times[:, None], wide[..., None]))
    use = sum(veto_use(strain.times, times, strain.valid, tolerance=window, delay=null.delays)
              for strain, (times, _) in zip(strains, kept))
    with np.errstate(invalid="ignore", divide="ignore"):
        corr, iou = scores[0] / np.where(scores[1], scores[1], np.nan)
        shares = [use[:, top] / np.where(use[:, bottom], use[:, bottom], np.nan)
                  for bottom, top in ((0, 1), (2, 3), (4, 5))]
    return {"events": read, "peaks": peaks, "corr": corr, "iou": iou, "coincidences": null.coincidences,
            "expected": null.expected, "delay": null.delays * step,
            "probability": np.where(read > 0, null.probabilities(), np.nan), "efficiency": shares[0],
            "dead_time": shares[1], "use": shares[2]}


def _read_block(events, block, strain, settings, problems):
    """Return peaks and validity of the channels of a block in one event, and which could be read."""
    shape = (len(block), *strain.peaks.shape)
    peaks, valid, known = np.zeros(shape, bool), np.zeros(shape[:2], bool), np.zeros(len(block), bool)
    held = []
    for place, channel in enumerate(block):
        try:
            series = events.read(strain.event, channel)
            held.append((place, at_scan_rate(series, settings.maps, start=strain.start,
                                             duration=strain.duration)))
        except OtrainError as error:
            problems.append((strain.event, channel, str(error)))
    if held:
        places = [place for place, _ in held]
        peaks[places], valid[places] = peak_maps([series for _, series in held], settings.maps,
                                                 start=strain.start, duration=strain.duration)
        known[places] = True
    return peaks, valid, known

