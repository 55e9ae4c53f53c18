"""Auxiliary channels compared with the strain: which of them see its glitches, as a ranked table."""

import io
from dataclasses import asdict, dataclass
from pathlib import Path

from otrain.data.files.atomic import atomic_folder, locked, require_absent
from otrain.data.files.yaml_text import yaml_text
from otrain.data.tables.csv_table import write_csv
from otrain.data.tables.written import Field, score_table
from otrain.domains.glitches.readers.event_hdf5 import open_events
from otrain.domains.glitches.scan.channel_scan import ScanSettings, scan_events
from otrain.domains.glitches.scan.peak_maps import MapSettings
from otrain.errors import QUARANTINED, DataError, UsageError
from otrain.registry import nearest
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress

__all__ = ["ChannelSelection", "scan_channels"]

TABLE, RESULTS, PROBLEMS = "channels.ecsv", "results.yaml", "problems.csv"
FIELDS = {
    "channel": Field(str, "", "the most significant first"),
    "witness": Field(bool, "", "family_wise is at most alpha"),
    "selected": Field(bool, "", "corr and iou above their thresholds, as Annalisa selects"),
    "family_wise": Field(float, "", "probability that any channel of the scan looks as good by chance"),
    "probability": Field(float, "", "probability that this one does"),
    "coincidences": Field(int, "", "bins of the strain's peaks with one of the channel, at the best delay"),
    "expected": Field(float, "", "the same at a random time lag"),
    "delay": Field(float, "s", "by which the channel follows the strain"),
    "efficiency": Field(float, "", "share of the strain's peaks that a veto takes out"),
    "dead_time": Field(float, "", "share of the time that a veto takes out"),
    "use": Field(float, "", "share of the channel's peaks that meet one of the strain"),
    "corr": Field(float, "", "share of the strain's peaks that the channel has, mean over events"),
    "iou": Field(float, "", "shared peaks over all peaks, mean over events"),
    "peaks": Field(int, "", "of the channel, in all events"),
    "events": Field(int, "", "in which it could be read"),
}
DEFAULTS, MAPS = ScanSettings(), MapSettings()


def scan_channels(source, *, reference, out, channels=None, q=MAPS.q, frequency_range=MAPS.frequency_range,
                  frequency_step=MAPS.frequency_step, time_step=MAPS.time_step, threshold=MAPS.threshold,
                  time_reduce=MAPS.time_reduce, peaks=MAPS.definition, segment=MAPS.segment,
                  filter_length=MAPS.filter_length, tolerance=DEFAULTS.tolerance,
                  time_only=DEFAULTS.time_only, quiet_events=DEFAULTS.quiet, window=DEFAULTS.window,
                  largest_delay=DEFAULTS.largest_delay, alpha=DEFAULTS.alpha,
                  threshold_corr=DEFAULTS.threshold_corr, threshold_iou=DEFAULTS.threshold_iou,
                  block=DEFAULTS.block, overwrite=False) -> "ChannelSelection":
    """Find the auxiliary channels that see what the strain sees.

    Parameters
    ----------
    source : path-like
        HDF5 file of events, ``/<event>/<channel>`` with attributes ``sample_rate`` and ``t0``, or a folder
        of such files.
    reference : str
        Name of the strain's channel.
    out : path-like
        Folder for the ranked table, ``results.yaml`` and figures.
    channels : sequence of str, optional
        Channels to compare; all by default.
    q, frequency_range, frequency_step, time_step, threshold, time_reduce, segment, filter_length
        Of the maps, as for `otrain.domains.glitches.scan.peak_maps.MapSettings`.
    peaks : {"map", "published"}
        Definition of a peak.
    tolerance, time_only, window, largest_delay, alpha, threshold_corr, threshold_iou, block
        Of the comparison, as for `otrain.domains.glitches.scan.channel_scan.ScanSettings`.
    quiet_events : {"left out", "published"}
        What an event without peaks counts for `corr` and `iou`: nothing, or 1.
    overwrite : bool

    Returns
    -------
    ChannelSelection

    Raises
    ------
    UsageError
        If a value is impossible, or a channel is in no event.
    DataError
        If there is no event with the strain.
    IntegrityError
        If a file is damaged.
    OutputError
        If the folder exists and `overwrite` is false.
    """
    out = Path(out)
    maps = MapSettings(q=q, frequency_range=tuple(frequency_range), frequency_step=frequency_step,
                       time_step=time_step, threshold=threshold, time_reduce=time_reduce, definition=peaks,
                       segment=segment, filter_length=filter_length)
    settings = ScanSettings(maps=maps, tolerance=tuple(tolerance), time_only=time_only, quiet=quiet_events,
                            window=window, largest_delay=largest_delay, alpha=alpha,
                            threshold_corr=threshold_corr, threshold_iou=threshold_iou, block=block)
    require_absent(out, overwrite=overwrite, folder=True, marker=RESULTS)
    with open_events(source) as events:
        listed = _listed(events, reference, channels)
        with progress("comparing channels") as on_progress:
            scan = scan_events(events, reference, settings=settings, channels=listed, progress=on_progress)
        count = len(events.events)
    with locked(out, overwrite=overwrite), atomic_folder(out, overwrite=overwrite, marker=RESULTS) as folder:
        _write(folder, scan, settings, listed, out.name)
    return ChannelSelection(out, scan, settings, count)


def _listed(events, reference, wanted):
    """Return the channels to compare, in the order in which the events name them."""
    known = list(dict.fromkeys(name for event in events.events for name in events.channels(event)))
    if reference not in known:
        raise DataError(f"no event has the channel {reference!r}.{nearest(reference, known)} "
                        "Name the strain's with --reference.")
    for name in wanted or ():
        if name not in known:
            raise UsageError(f"no event has the channel {name!r}.{nearest(name, known)}")
    return [name for name in known if name != reference and (not wanted or name in wanted)]


def _write(folder, scan, settings, listed, tag):
    from otrain.plots.channel_scores import channel_bars, veto_costs
    from otrain.plots.style import save_figure

    columns = scan.columns
    meta = {"reference": scan.reference, "events": scan.events}
    with score_table(folder / TABLE, FIELDS, meta=meta) as write:
        write({name: columns[name] for name in FIELDS})
    (folder / RESULTS).write_text(yaml_text(_results(scan, settings, listed, tag)), encoding="utf-8")
    for name, threshold in (("corr", settings.threshold_corr), ("iou", settings.threshold_iou)):
        save_figure(folder / f"{name}.png",
                    channel_bars(columns["channel"], columns[name], threshold, name=name))
    save_figure(folder / "veto.png",
                veto_costs(columns["efficiency"], columns["dead_time"], columns["witness"]))
    if scan.problems:
        text = io.StringIO(newline="")
        write_csv(text, ("event", "channel", "reason"), scan.problems, lineterminator="\n")
        (folder / PROBLEMS).write_text(text.getvalue(), encoding="utf-8")


def _results(scan, settings, listed, tag):
    """Return what Annalisa's `results.yaml` says, with its keys, and the significance beside it."""
    places = {name: place for place, name in enumerate(scan.columns["channel"].tolist())}
    order = [places[name] for name in listed]
    in_order = {name: values[order].tolist() for name, values in scan.columns.items()}
    selected = [place for place, chosen in enumerate(in_order["selected"]) if chosen]
    # No time of writing: the same scan writes the same bytes.
    return {
        "metadata": {"timestamp": None, "id": tag, "tag": tag},
        "configuration": {"parameters": {"refchan": scan.reference, **_plain(asdict(settings))},
                          "channels": listed},
        # `indeces` is how Annalisa spells it.
        "results": {"indeces": selected, "correlations": in_order["corr"], "iou": in_order["iou"],
                    "selected": [listed[place] for place in selected]},
        "significance": {"alpha": settings.alpha, "events": scan.events, "quiet_events": scan.quiet_events,
                         "family_wise": in_order["family_wise"], "delays": in_order["delay"],
                         "witnesses": scan.witnesses},
    }


def _plain(values):
    return {name: _plain(value) if isinstance(value, dict) else list(value) if isinstance(value, tuple)
            else value for name, value in values.items()}


@dataclass(frozen=True, repr=False)
class ChannelSelection:
    """What a scan of channels found.

    Parameters
    ----------
    path : Path
        Folder of the table, the results and the figures.
    scan : otrain.domains.glitches.scan.channel_scan.ChannelScan
    settings : otrain.domains.glitches.scan.channel_scan.ScanSettings
    count : int
        Events in the source.
    """

    path: Path
    scan: object
    settings: object
    count: int

    def __repr__(self):
        return f"<ChannelSelection {self.path}: {len(self.scan.witnesses)} witnesses>"

    @property
    def table(self):
        """The ranked table."""
        return self.path / TABLE

    @property
    def exit_code(self):
        """3 where a channel of an event could not be read."""
        return QUARANTINED if self.scan.problems else 0

    @property
    def notes(self):
        """What must be known before the channels are used."""
        scan, found = self.scan, []
        if scan.problems:
            event, channel, why = scan.problems[0]
            found.append(f"{len(scan.problems)} channels of events could not be used (see {PROBLEMS}); the "
                         f"first: {event}/{channel}: {why}")
        if scan.quiet_events:
            found.append(f"the strain has no peak in {scan.quiet_events} events; they say nothing about a "
                         "coincidence.")
        needed = scan.events_needed(self.settings.alpha)
        if scan.events < needed:
            found.append(f"{scan.events} events with peaks of the strain are too few to call any channel a "
                         f"witness at {self.settings.alpha:g}: at least {needed} are needed.")
        return tuple(found)

    def lines(self):
        """Yield what a person reads: the table, then the best channels."""
        scan, columns = self.scan, self.scan.columns
        yield (f"{self.table}: {len(columns['channel'])} channels in {self.count} events, "
               f"{len(scan.witnesses)} witnesses, {len(scan.selected)} selected by corr and iou")
        for place in range(min(10, len(scan.witnesses))):
            row = {name: values[place] for name, values in columns.items()}
            yield (f"  {row['channel']}: {row['coincidences']} coincidences, {row['expected']:.2g} by chance "
                   f"(family-wise {row['family_wise']:.1e}), efficiency {row['efficiency']:.3f}, dead time "
                   f"{row['dead_time']:.4f}, {row['delay']:+.1f} s")
        if len(scan.witnesses) > 10:
            yield f"  and {len(scan.witnesses) - 10} more"

    def to_dict(self):
        """Return what ``--json`` prints."""
        scan = self.scan
        return document("otrain-scan-channels", self, {
            "folder": str(self.path), "table": str(self.table), "reference": scan.reference,
            "channels": len(scan.columns["channel"]), "events": self.count,
            "quiet_events": scan.quiet_events, "witnesses": scan.witnesses, "selected": scan.selected,
            "problems": len(scan.problems)})
