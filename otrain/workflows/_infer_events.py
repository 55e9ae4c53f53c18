"""Light curves to a table of events: maps of the network, events in them, measured and calibrated."""

import json
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from otrain import __version__
from otrain.bundle.format import SERIES_BATCH
from otrain.data.example import Example
from otrain.data.map_store import map_store
from otrain.data.quarantine import write_quarantine
from otrain.data.score_table import Field, score_table
from otrain.errors import DataError, IntegrityError
from otrain.evaluation.events import likeliest
from otrain.tasks.segmentation import TASK
from otrain.workflows._cubes import open_verified
from otrain.workflows._joined_curves import curves_of, join_windows

__all__ = ["FIELDS", "EventSearcher", "cube_examples", "maps_path"]

WINDOWS = 4 * SERIES_BATCH  # that are scored at a time
CUBE_BYTES = 16 << 20  # of a cube that are read at a time
FIELDS = {
    "file": Field(str, "", "file of the light curve"), "object_id": Field(str, "", "star"),
    "candid": Field(str, "", "first window of the light curve"),
    "kind": Field(str, "", "what the event is taken for"),
    "t0": Field(float, "d", "centre, in time_scale"), "time_scale": Field(str),
    "duration": Field(float, "h"), "depth": Field(float, "", "share of the light that is missing"),
    "depth_error": Field(float), "snr": Field(float, "", "depth over its error"),
    "score": Field(float, "", "calibrated probability that the event is one of its kind"),
    "log_odds": Field(float, "", "what the score is a function of"),
    "announced": Field(bool, "", "its score reaches the threshold"),
    "near_gap": Field(bool), "near_segment": Field(bool, "", "near a mask update or another step"),
    "near_edge": Field(bool, "", "near an end of the light curve"),
    "period": Field(float, "d", "of the events of this star that repeat; NaN: single"),
    "snippet": Field(str, "", "relative flux around the event, a point per slot, null where there is none"),
    "model_id": Field(str), "calibration_id": Field(str), "otrain_version": Field(str),
}
OPTIONAL = {"depth": np.nan, "depth_error": np.nan, "snr": np.nan, "near_gap": False, "near_segment": False,
            "near_edge": False}
SNIPPET = 1.5  # durations to either side


class EventSearcher:
    """Take windows of light curves, give the events of each curve.

    Parameters
    ----------
    network : Bundle
    domain : Domain
    threshold : float, optional
        Score from which an event is announced; by default what validation chose for each kind.
    """

    def __init__(self, network, domain, *, threshold=None):
        self.network, self.domain, self.threshold = network, domain, threshold
        self.kinds = network.classes[1:]

    def write(self, path, examples, log, account, *, format, meta, maps, nothing):
        """Search all curves and write the table of events, and the maps beside it.

        Parameters
        ----------
        path : Path
        examples : iterable of (Input, Example)
        log : WorkLog
            Gets the events of some curves at a time; those of an earlier process are taken from it.
        account : Account
            Counted by `examples`.
        format : str
        meta : dict
            Of the table.
        maps : bool
            Whether to write ``<table>.maps.h5``.
        nothing : callable
            ``nothing() -> str``: the message if no light curve is usable.

        Returns
        -------
        Counter
            Announced events by kind.
        """
        rows, observed = {name: [] for name in FIELDS}, {}
        place = map_store(maps_path(path), kinds=self.kinds, meta=meta) if maps else nullcontext()
        with place as write_map:
            for part in self._parts(examples, log, account, maps):
                for name in FIELDS:
                    rows[name] += part[f"event_{name}"].tolist()
                _add_observed(observed, part)
                if maps:
                    _write_maps(write_map, part)
            if not account.tally.kept:
                raise DataError(nothing())
        if self.domain.series.join is not None:
            observed = {clock: np.unique(np.concatenate(times)) for clock, times in observed.items()}
            rows |= self.domain.series.join(rows, observed)
        # Before the table: where that is, everything is.
        write_quarantine(path.with_name(f"{path.name}.quarantine.ecsv"), account.quarantine)
        with score_table(path, FIELDS, format=format, meta=meta) as write:
            write(rows)
        return Counter(kind for kind, announced in zip(rows["kind"], rows["announced"], strict=True)
                       if announced)

    def search(self, curves):
        """Return the events of some curves as columns, in the order of the curves.

        Parameters
        ----------
        curves : list of list of (Input, Example)
            Overlapping windows of each; ``file`` of an event is the name of the input.

        Returns
        -------
        dict of str to ndarray
            Those of `FIELDS`; without periods, which take all curves of a star.
        """
        found = self._search(curves, maps=False)
        return {name: found[f"event_{name}"] for name in FIELDS}

    def _parts(self, examples, log, account, maps):
        """Yield what was found in some curves at a time, what an earlier process found first."""
        yield from log.parts()
        waiting, windows = [], 0
        for curve, ahead in curves_of(examples):
            waiting.append(curve)
            windows += len(curve)
            if windows >= WINDOWS or not ahead:
                part = self._search(waiting, maps)
                log.add(part, account.state(ahead=ahead))
                yield part
                waiting, windows = [], 0

    def _search(self, curves, maps):
        """Return the events of some curves, and their maps, as arrays."""
        images = np.stack([example.image for curve in curves for _, example in curve])
        channels = curves[0][0][1].channels
        wanted = [channels.index(name) for name in self.network.channels]
        logits = self.network.logits(np.ascontiguousarray(images[..., wanted]))
        if not np.isfinite(logits).all():
            raise IntegrityError(f"the network {self.network.name!r} gives scores that are not finite. "
                                 "Train it again, or export it with otrain.")
        tables, drawn, start = [], [], 0
        for curve in curves:
            some = slice(start, start + len(curve))
            start = some.stop
            joined = join_windows(images[some], logits[some], [example.columns for _, example in curve],
                                  channels)
            table, part = self._of_curve(joined, channels, curve[0][0].name)
            tables.append(table)
            drawn.append(part)
        kinds = {float: float, str: np.str_, bool: bool}
        found = {f"event_{name}": np.array([value for table in tables for value in table[name]],
                                           kinds[field.kind]) for name, field in FIELDS.items()}
        found |= _observed(drawn)
        return found | _packed(drawn) if maps else found

    def _of_curve(self, curve, channels, file):
        """Return the events of one curve as columns, and what its map is."""
        search, columns = self.network.events, curve.columns
        time = curve.image[..., channels.index("time")].astype(float) + columns["time_start"][0]
        valid = np.isfinite(curve.image[..., 0]) & np.isfinite(time)
        segment = curve.image[..., channels.index("segment")]
        found = []
        for index, kind in enumerate(self.kinds, 1):
            events = TASK.find(curve.logits, index, time, valid, segment=segment, floor=search.floor,
                               join=search.join)
            if self.domain.series.measure is not None:
                events |= self.domain.series.measure(curve.image, channels, columns, events)
            odds = events[search.statistic]
            settled = search.kinds[kind]
            score = settled.calibration.apply(odds)
            limit, value = ((self.threshold, score) if self.threshold is not None or settled.threshold is None
                            else (settled.threshold, odds))
            announced = value >= (self.network.threshold if limit is None else limit)
            found.append(events | {"kind": np.full(len(odds), kind), "log_odds": odds, "score": score,
                                   "announced": announced})
        table = _surest(found)
        flux = 1 + curve.image[0, :, 0] * columns["scale"][0]
        maps = np.stack([np.where(valid, TASK.class_maps(curve.logits, index)[0], np.nan)[0]
                         for index in range(1, len(self.kinds) + 1)])
        names = {"name": str(columns["candid"][0]), "file": file, "object_id": str(columns["object_id"][0]),
                 "time_scale": str(columns["time_scale"][0]) if "time_scale" in columns else ""}
        drawn = {"time": time[0], "flux": flux, "maps": maps} | names
        return self._columns(table, columns, file, flux), drawn

    def _columns(self, table, columns, file, flux):
        count = len(table["t0"])
        whole = {"file": file, "model_id": self.network.identity, "otrain_version": __version__,
                 "calibration_id": self.network.calibration_id,
                 **{name: str(columns[name][0]) if name in columns else ""
                    for name in ("object_id", "candid", "time_scale")}}
        rows = {name: [value] * count for name, value in whole.items()}
        rows |= {name: table.get(name, np.full(count, blank)).tolist() for name, blank in OPTIONAL.items()}
        rows |= {name: table[name].tolist()
                 for name in ("kind", "t0", "duration", "score", "log_odds", "announced")}
        rows["period"] = [float("nan")] * count
        rows["snippet"] = [_snippet(flux, start, stop) for start, stop in
                           zip(table["start"].tolist(), table["stop"].tolist(), strict=True)]
        return rows


def _surest(tables):
    """Return the events of all kinds in the order of time; of those at one time the likeliest stays."""
    keep = np.concatenate(likeliest(tables, "log_odds"))
    joined = {name: np.concatenate([table[name] for table in tables])[keep] for name in tables[0]}
    order = np.argsort(joined["t0"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def _snippet(flux, start, stop):
    margin = max(2, round(SNIPPET * (stop - start)))
    part = flux[max(0, start - margin):stop + margin]
    return json.dumps([round(float(value), 7) if np.isfinite(value) else None for value in part])


def _observed(curves):
    """Return the hours in which each curve has a value: what tells an absent event from an unseen one."""
    hours = [np.unique(np.floor(24 * curve["time"][np.isfinite(curve["flux"])])) for curve in curves]
    return {"seen_hour": np.concatenate(hours), "seen_count": np.array([len(part) for part in hours]),
            "seen_star": np.array([curve["object_id"] for curve in curves], np.str_),
            "seen_scale": np.array([curve["time_scale"] for curve in curves], np.str_)}


def _add_observed(observed, part):
    ends = np.cumsum(part["seen_count"])
    clocks = zip(part["seen_star"].tolist(), part["seen_scale"].tolist(), strict=True)
    for clock, start, stop in zip(clocks, ends - part["seen_count"], ends, strict=True):
        observed.setdefault(clock, []).append((part["seen_hour"][start:stop] + 0.5) / 24)


def _packed(curves):
    """Return the maps of some curves behind one another, as arrays."""
    packed = {"map_length": np.array([len(curve["time"]) for curve in curves])}
    packed |= {f"map_{name}": np.concatenate([curve[name] for curve in curves]) for name in ("time", "flux")}
    packed["map_maps"] = np.concatenate([curve["maps"] for curve in curves], axis=1).astype(np.float32)
    return packed | {f"map_{name}": np.array([curve[name] for curve in curves], np.str_)
                     for name in ("name", "file", "object_id")}


def _write_maps(write, part):
    """Write each of some packed maps."""
    start = 0
    for place, length in enumerate(part["map_length"].tolist()):
        some = slice(start, start + length)
        start = some.stop
        write(str(part["map_name"][place]), part["map_time"][some], part["map_flux"][some],
              part["map_maps"][:, some],
              {name: str(part[f"map_{name}"][place]) for name in ("file", "object_id")})


def cube_examples(path, domain, account, on_progress):
    """Yield the rows of a cube of light curves as ``(Input, Example)``, those that are done left out."""
    with open_verified(path) as cube:
        account.place.require(cube.identity)
        size = max(1, CUBE_BYTES // (4 * int(np.prod(cube.shape))))
        for start in range(account.place.inputs, len(cube), size):
            rows = np.arange(start, min(start + size, len(cube)))
            columns = cube.columns_of(rows)
            for place, (row, image) in enumerate(zip(rows.tolist(), cube.read(rows), strict=True)):
                mine = {name: values[place].item() for name, values in columns.items()}
                account.place.outcomes = 1
                account.tally.kept += 1
                yield SimpleNamespace(name=str(mine.get("file", path))), Example(
                    image, cube.channels, mine, position=row)
                account.place.inputs, account.place.outcomes = row + 1, 0
            on_progress(int(rows[-1]) + 1, len(cube))


def maps_path(path):
    """Return where the maps of a table of events lie."""
    path = Path(path)
    return path.with_name(f"{path.stem}.maps.h5")
