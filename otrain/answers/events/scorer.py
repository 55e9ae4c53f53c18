"""Light curves to a table of events: maps of the network, events in them, measured and calibrated."""

import json
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.answers.events.injection import Injections, injections_path, recover_injections
from otrain.answers.events.joined_curves import WINDOWS, curves_of, join_windows
from otrain.answers.events.maps import class_maps, find_in_maps
from otrain.answers.threshold import checked_threshold
from otrain.data.files.atomic import require_absent
from otrain.data.files.marks import completed
from otrain.data.results.map_store import map_store
from otrain.data.results.side_files import file_hash, stamp_table
from otrain.data.tables.written import Field, score_table
from otrain.errors import IntegrityError, UsageError
from otrain.evaluation.events import likeliest

__all__ = ["FIELDS", "EventScorer", "maps_path"]

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


class EventScorer:
    """Take windows of light curves, give the events of each curve; see `otrain.answers.answer.Scorer`.

    Parameters
    ----------
    network : Network
    domain : Domain
    request : Request
        Its threshold is the probability from which an event is announced; by default what validation
        chose for each kind. Its options: ``maps`` (whether the probability of every point is written
        beside the table) and ``inject`` (events of each depth and duration that are put into copies of the
        curves), with ``inject_depths`` [ppm] and ``inject_durations`` [h].
    """

    title = "searching"
    said = "announced"
    fields = FIELDS

    def __init__(self, network, domain, request):
        self.network, self.domain, self.format = network, domain, request.format
        self.settings, self.kinds = network.settings, network.classes[1:]
        self.threshold = None if request.threshold is None else checked_threshold(request.threshold)
        self.maps = request.options.get("maps", True)
        self.inject = _injections(request.options, request.seed)

    @property
    def meta(self):
        """What the table says about itself."""
        meta = {"model": self.network.name, "model_id": self.network.identity,
                "calibration_id": self.network.calibration_id}
        return meta if self.threshold is None else meta | {"threshold": self.threshold}

    def request(self):
        """Return what decides the content of the table."""
        return {"threshold": self.threshold, "maps": self.maps}

    def files(self, path):
        """Return the names of the file of maps, and of the table and picture of injections."""
        table = injections_path(path)
        return [maps_path(path).name, table.name, table.with_suffix(".png").name]

    def check(self, reading, path, *, overwrite):
        """Refuse what no transit can be put into, before the long job."""
        if self.inject is None:
            return
        if self.domain.series.injection is None:
            raise UsageError(f"--inject is not known for the domain {self.domain.name!r}. Leave it out.")
        if reading.is_cube_of(self.domain):
            raise UsageError(f"{reading.source}: --inject needs light curves as they were read; those of a "
                             "data cube are scaled already. Give the files that the cube was made from.")
        table = injections_path(path)
        for place in (table, table.with_suffix(".png")):
            require_absent(place, overwrite=overwrite, folder=False)

    def begin(self, reading, path, on_progress):
        """Put transits into the light curves, where that is asked for; return what became of them."""
        if self.inject is None:
            return None
        return recover_injections(injections_path(path), reading, self.network, self.domain, self,
                                  self.inject, meta=self.meta, on_progress=on_progress)

    def parts(self, reading, account, on_progress):
        """Yield ``(arrays, ahead, counts)`` of some curves at a time."""
        recipe = self.domain.series.overlapping(self.domain.preparation.make_recipe() | self.network.recipe)
        waiting, windows = [], 0
        for curve, ahead in curves_of(reading.examples(self.domain, recipe, account, on_progress)):
            waiting.append(curve)
            windows += len(curve)
            if windows >= WINDOWS or not ahead:
                part = self._search(waiting, self.maps)
                kinds = part["event_kind"][part["event_announced"]]
                yield part, ahead, Counter(kinds.tolist())
                waiting, windows = [], 0

    @contextmanager
    def output(self, path):
        """Gather the events of all curves, and write the table, and the maps beside it, at the end."""
        with ExitStack() as stack:
            write_map = None
            if self.maps:
                write_map = stack.enter_context(map_store(maps_path(path), kinds=self.kinds, meta=self.meta))
            events = _Events(write_map)
            yield events
            rows = events.rows
            if self.domain.series.join is not None:
                observed = {clock: np.unique(np.concatenate(times))
                            for clock, times in events.observed.items()}
                rows |= self.domain.series.join(rows, observed)

            def finish(table):
                """Name what lies beside the table, and say there of which table it is."""
                if write_map:
                    write_map.of_table(file_hash(table))
                stack.close()
                if self.inject is not None:
                    for place in (injections_path(path), injections_path(path).with_suffix(".png")):
                        stamp_table(place, file_hash(table))

            with (completed(path, finish),
                  score_table(path, FIELDS, format=self.format, meta=self.meta) as write):
                write(rows)

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
        search, columns = self.settings.search, curve.columns
        time = curve.image[..., channels.index("time")].astype(float) + columns["time_start"][0]
        valid = np.isfinite(curve.image[..., 0]) & np.isfinite(time)
        segment = curve.image[..., channels.index("segment")]
        found = []
        for index, kind in enumerate(self.kinds, 1):
            events = find_in_maps(curve.logits, index, time, valid, segment=segment, floor=search.floor,
                                  join=search.join)
            if self.domain.series.measure is not None:
                events |= self.domain.series.measure(curve.image, channels, columns, events)
            odds = events[search.statistic]
            settled = search.kinds[kind]
            score = settled.calibration.apply(odds)
            limit, value = ((self.threshold, score) if self.threshold is not None or settled.threshold is None
                            else (settled.threshold, odds))
            announced = value >= (self.settings.threshold if limit is None else limit)
            found.append(events | {"kind": np.full(len(odds), kind), "log_odds": odds, "score": score,
                                   "announced": announced})
        table = _surest(found)
        flux = 1 + curve.image[0, :, 0] * columns["scale"][0]
        maps = np.stack([np.where(valid, class_maps(curve.logits, index)[0], np.nan)[0]
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


def _injections(options, seed):
    """Return the events that are to be put into light curves, None for none."""
    given = {name: tuple(options[f"inject_{name}"]) for name in ("depths", "durations")
             if options.get(f"inject_{name}") is not None}
    if options.get("inject") is None:
        return None
    return Injections(options["inject"], seed=seed, **given)


class _Events:
    """The events of all curves so far, when each star was observed, and the maps as they come."""

    def __init__(self, write_map):
        self.rows, self.observed, self._write_map = {name: [] for name in FIELDS}, {}, write_map

    def add(self, part):
        """Take the events of some curves."""
        for name in FIELDS:
            self.rows[name] += part[f"event_{name}"].tolist()
        _add_observed(self.observed, part)
        if self._write_map is not None:
            _write_maps(self._write_map, part)


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


def maps_path(path):
    """Return where the maps of a table of events lie."""
    path = Path(path)
    return path.with_name(f"{path.stem}.maps.h5")
