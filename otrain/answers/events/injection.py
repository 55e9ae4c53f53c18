"""Which transits a network finds in somebody's own light curves: put in, searched for, matched, counted."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from otrain.answers.answer import silent
from otrain.answers.events.joined_curves import WINDOWS, join_windows
from otrain.data.results.side_files import KEY, NO_TABLE, stamped_figure
from otrain.data.tables.written import Field, score_table
from otrain.errors import DataError, UsageError
from otrain.evaluation.event_matching import match_events
from otrain.evaluation.intervals import wilson_interval

__all__ = ["DEPTHS", "DURATIONS", "Injected", "Injections", "injections_path", "recover_injections"]

DEPTHS = (100.0, 200.0, 400.0, 800.0, 1600.0)  # ppm
DURATIONS = (2.0, 4.0, 8.0, 12.0)  # h
LEAST_SCORE = 0.1  # of an event that no transit is put upon

_FIELDS = {
    "file": Field(str, "", "file of the light curve"), "object_id": Field(str, "", "star"),
    "t0": Field(float, "d", "centre of the transit; NaN: there was no place for it"),
    "time_scale": Field(str),
    "duration": Field(float, "h", "from first to last contact"),
    "depth": Field(float, "", "share of the light that is missing in the middle"),
    "snr": Field(float, "", "expected: depth over the white noise of the measured part"),
    "found": Field(bool, "", "an announced event of its kind matches it"),
    "score": Field(float, "", "probability of the event that matches it, announced or not; NaN: none"),
    "model_id": Field(str), "calibration_id": Field(str),
}


@dataclass(frozen=True)
class Injections:
    """What is put into every light curve.

    Parameters
    ----------
    repeats : int
        Transits of each depth and duration.
    depths : tuple of float
        [ppm]
    durations : tuple of float
        [h]
    seed : int
    """

    repeats: int
    depths: tuple[float, ...] = DEPTHS
    durations: tuple[float, ...] = DURATIONS
    seed: int = 0

    def __post_init__(self):
        if self.repeats < 1:
            raise UsageError(f"--inject needs at least 1 transit of each kind. Received: {self.repeats}")
        for flag, values, most, unit in (("--inject-depths", self.depths, 1e6, "ppm"),
                                         ("--inject-durations", self.durations, 1e3, "h")):
            if not values or not all(0 < value < most for value in values):
                raise UsageError(f"{flag} must be above 0 and below {most:g} {unit}. "
                                 f"Received: {' '.join(f'{value:g}' for value in values)}")


@dataclass(frozen=True)
class Injected:
    """What became of the transits.

    Parameters
    ----------
    path, figure : Path
        The table, and the recall by depth and duration.
    found : dict of str to (int, int)
        By the name of the search: how many were found, of how many.
    homeless : int
        Transits without a place in their light curve.
    """

    path: Path
    figure: Path
    found: dict
    homeless: int

    def __str__(self):
        words = []
        for name, (count, total) in self.found.items():
            low, high = wilson_interval(count, total)
            words.append(f"{name} {count} of {total} ({100 * count / max(1, total):.0f} %, "
                         f"95 %: {100 * low:.0f} to {100 * high:.0f} %)")
        left = f"; no place for {self.homeless}" if self.homeless else ""
        return f"injected transits found: {'; '.join(words)}{left}"


def injections_path(path):
    """Return where the table of injections lies beside a table of events."""
    path = Path(path)
    return path.with_name(f"{path.stem}.injections.ecsv")


def recover_injections(path, reading, network, domain, searcher, asked, *, meta=None, on_progress=silent):
    """Put transits into light curves, search them, and write which are found.

    Parameters
    ----------
    path : Path
        Of the table; the figure lies beside it.
    reading : Reading
        Files of light curves; a data cube holds none as they were read.
    network : Bundle
        Beside it lies the report with the thresholds of the classical searches.
    domain : Domain
    searcher : EventScorer
    asked : Injections
    meta : dict, optional
        Of the table.
    on_progress : callable, optional
        ``on_progress(done, total)`` after each file.

    Returns
    -------
    Injected

    Raises
    ------
    DataError
        If no light curve is usable.
    """
    limits = _limits(domain, network)
    fields = _FIELDS | {_column(name): Field(bool, "", f"its statistic reaches {limit:.4g}")
                        for name, limit in limits.items()}
    rows = {name: [] for name in fields}
    search = _Search(network, domain, searcher, asked, limits)
    raw = replace(domain, source=replace(domain.source, make_door=domain.series.injection.make_door))
    recipe = domain.series.overlapping(domain.preparation.make_recipe() | network.recipe)
    for item, example in reading.examples(raw, recipe, None, on_progress):
        for name, values in search.of(item, example, recipe).items():
            rows[name] += values
    if not rows["file"]:
        raise DataError("no light curve is usable, so no transit could be put into one.")
    with score_table(path, fields, meta={**(meta or {}), "least_statistic": json.dumps(limits),
                                          KEY: NO_TABLE}) as write:
        write(rows)
    return _drawn(path, rows, asked, limits)


def _limits(domain, network):
    """Return from which statistic each classical search announces: as validation chose, or a constant."""
    limits = dict(domain.series.injection.least_statistic)
    for folder in (network.path, network.path.parent):
        try:
            report = json.loads((folder / "report.json").read_text())
            judged = report["events"][domain.series.injection.kind]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for name in limits:
            threshold = (judged.get(name) or {}).get("threshold")
            limits[name] = limits[name] if threshold is None else float(threshold)
    return limits


def _column(search):
    return f"found_by_{search.replace(' ', '_')}"


class _Search:
    """Put transits into one light curve after the other, and look for them."""

    def __init__(self, network, domain, searcher, asked, limits):
        self.network, self.domain, self.searcher, self.limits = network, domain, searcher, limits
        self.asked = asked

    def of(self, item, example, recipe):
        """Return the rows of all windows of a light curve, as columns."""
        windows = self.domain.series.injection.prepare(example, recipe)
        curve = self._joined(windows)
        channels = windows[0].channels
        time = curve.image[0, :, channels.index("time")] + float(curve.columns["time_start"][0])
        valid = np.isfinite(curve.image[0, :, 0]) & np.isfinite(time)
        avoid = self._known(item, windows, curve, channels)
        copies = self.domain.series.injection.copies(
            example, recipe, time, valid, depths=[depth / 1e6 for depth in self.asked.depths],
            durations=self.asked.durations, repeats=self.asked.repeats, seed=self.asked.seed, avoid=avoid)
        rows = {name: [] for name in (*_FIELDS, *map(_column, self.limits))}
        for some in _together(copies):
            for name, values in self._recovered(some).items():
                rows[name] += values
        count = len(rows["t0"])
        whole = {"file": item.name, "model_id": self.network.identity,
                 "calibration_id": self.network.calibration_id,
                 **{name: str(windows[0].columns.get(name, "")) for name in ("object_id", "time_scale")}}
        return rows | {name: [value] * count for name, value in whole.items()}

    def _joined(self, windows):
        images = np.stack([window.image for window in windows])
        return join_windows(images, np.zeros((*images.shape[:2], 1)), [w.columns for w in windows],
                            windows[0].channels)

    def _known(self, item, windows, curve, channels):
        """Return time and duration of what is in the curve already."""
        found = self.searcher.search([[(item, window) for window in windows]])
        sure = found["announced"] | (found["score"] >= LEAST_SCORE)
        known = list(zip(found["t0"][sure].tolist(), found["duration"][sure].tolist(), strict=True))
        for name, limit in self.limits.items():
            events = self.domain.series.searches[name](curve.image, channels, curve.columns)
            sure = events["log_odds"] >= limit
            known += zip(events["t0"][sure].tolist(), events["duration"][sure].tolist(), strict=True)
        return known

    def _recovered(self, copies):
        """Return what was put into some copies and whether each search finds it, as columns."""
        rows = {name: [value for _, truth in copies for value in truth[name]]
                for name in ("t0", "duration", "depth", "snr")}
        star = np.array([str(number) for number, (_, truth) in enumerate(copies) for _ in truth["t0"]])
        true = star, np.array(rows["t0"]), np.array(rows["duration"])
        curves = [[(SimpleNamespace(name=str(number)), window) for window in windows]
                  for number, (windows, _) in enumerate(copies) if windows]
        if not curves:
            blank = [False] * len(star)
            return rows | {"found": blank, "score": [float("nan")] * len(star),
                           **{_column(name): blank for name in self.limits}}
        events = self.searcher.search(curves)
        mine = events["kind"] == self.domain.series.injection.kind
        rows["found"] = _matched(events, mine & events["announced"], "log_odds", true)[0].tolist()
        found, at = _matched(events, mine, "log_odds", true)
        rows["score"] = np.where(found, np.append(events["score"], np.nan)[at], np.nan).tolist()
        for name, limit in self.limits.items():
            tables = [self._classical(name, [window for _, window in curve], curve[0][0].name)
                      for curve in curves]
            table = {key: np.concatenate([part[key] for part in tables]) for key in tables[0]}
            rows[_column(name)] = _matched(table, table["log_odds"] >= limit, "log_odds", true)[0].tolist()
        return rows

    def _classical(self, name, windows, copy):
        curve = self._joined(windows)
        events = self.domain.series.searches[name](curve.image, windows[0].channels, curve.columns)
        return {"file": np.full(len(events["t0"]), copy),
                **{key: events[key] for key in ("t0", "duration", "log_odds")}}


def _together(copies):
    """Yield copies in groups of as many windows as are scored at a time."""
    waiting, windows = [], 0
    for copy in copies:
        if waiting and (windows >= WINDOWS or not copy[0]):
            yield waiting
            waiting, windows = [], 0
        waiting.append(copy)
        windows += len(copy[0])
    if waiting:
        yield waiting


def _matched(events, chosen, score, true):
    """Return for each true event whether one of the chosen matches it, and its index among all events."""
    index = np.flatnonzero(chosen)
    matched = match_events(events["file"][index], events["t0"][index], events["duration"][index],
                           events[score][index], *true)["found"]
    return matched >= 0, np.append(index, -1)[matched]


def _drawn(path, rows, asked, limits):
    """Draw the recall of every search, and return what became of the transits."""
    from otrain.plots.injections import injection_grid
    from otrain.plots.style import png_bytes, write_bytes

    placed = np.isfinite(rows["t0"])
    depth, duration = np.array(rows["depth"])[placed] * 1e6, np.array(rows["duration"])[placed]
    hits = {"network": np.array(rows["found"])[placed]}
    hits |= {name: np.array(rows[_column(name)])[placed] for name in limits}
    cells = {name: [[(int(found[cell].sum()), int(cell.sum())) for length in asked.durations
                     for cell in [np.isclose(depth, deep) & np.isclose(duration, length)]]
                    for deep in asked.depths] for name, found in hits.items()}
    figure = path.with_suffix(".png")
    write_bytes(figure, stamped_figure(png_bytes(injection_grid(asked.depths, asked.durations, cells))))
    return Injected(path, figure, {name: (int(found.sum()), len(found)) for name, found in hits.items()},
                    int(np.sum(~placed)))
