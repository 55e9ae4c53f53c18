"""Panopticon's verbs on our workflows: labels, prepare, train, eval, analyze, plot, info."""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain.data.cubes.datacube import open_cube
from otrain.data.files.atomic import atomic_file, require_absent, write_text
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import RunDirectory
from otrain.data.tables.written import Field, score_table
from otrain.domains.lightcurves.panopticon.combined import combine_parameters
from otrain.domains.lightcurves.panopticon.config import DEFAULT_TEXT, read_settings
from otrain.domains.lightcurves.panopticon.parameters import PARAMETERS
from otrain.domains.lightcurves.panopticon.prepared_cube import prepared_cube
from otrain.domains.lightcurves.truth.ephemeris_table import NAME as EPHEMERIDES
from otrain.domains.lightcurves.truth.ephemeris_table import read_ephemerides
from otrain.errors import DataError, UsageError
from otrain.registry import nearest
from otrain.workflows.convert import convert
from otrain.workflows.outcome import document
from otrain.workflows.progress import say

__all__ = ["VERBS", "PanopticonWork", "lightcurves"]

VERBS = ("init", "labels", "prepare", "train", "eval", "analyze", "plot", "info")
CONVERTED, PREPARED = "converted", "prepared"  # cubes in path_prepared/datacube
LABEL_FIELDS = {
    "object_id": Field(str, "", "star"), "kind": Field(str, "", "planet or binary"),
    "t0": Field(float, "d"), "period": Field(float, "d", "NaN: a single event"),
    "duration": Field(float, "h", "first to last contact"), "depth": Field(float, "", "relative"),
    "snr": Field(float), "body": Field(int), "secondary_phase": Field(float),
    "secondary_depth": Field(float), "secondary_duration": Field(float, "h"),
}
FIGURES = 200  # of light curves, for --plot all


@dataclass(frozen=True)
class PanopticonWork:
    """What the verbs did.

    Parameters
    ----------
    path : Path
        The configuration.
    verbs : tuple of str
    lines : list of str
        What each of them says to a person.
    notes : tuple of str
        What must be known about the configuration.
    """

    path: Path
    verbs: tuple
    lines: list
    notes: tuple = ()
    exit_code: int = 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-lightcurves", self, {"verbs": list(self.verbs), "lines": self.lines})


def lightcurves(verbs, *, cfg="config/default.toml", augment=False, filter_inf=True, plot=(), analyze=(),
                name=None, jobs=None, overwrite=False) -> PanopticonWork:
    """Do what Panopticon's flags ask for, in the order of `VERBS`.

    Parameters
    ----------
    verbs : collection of str
        Out of `VERBS`.
    cfg : path-like
        Configuration file with Panopticon's keys.
    augment : bool
        ``prepare``: add each light curve inverted in time around its trend.
    filter_inf : bool
        ``prepare``: True takes missing and non-finite points out and masks them; False leaves light
        curves out that have any between their first and last point.
    plot : sequence of str
        Names of light curves or files, ``all``, or ``last`` (what the latest run says of its test stars).
    analyze : sequence of str
        Names or folders of runs, ``last`` or ``all``.
    name : str, optional
        Of the run that ``train`` makes and ``eval`` judges; by default the time, and the latest.
    jobs : int, optional
        Worker processes that read.
    overwrite : bool

    Returns
    -------
    PanopticonWork

    Raises
    ------
    UsageError
        If a verb, a name or a key of the configuration is unknown.
    DataError
        If there is nothing to work on: no data, no prepared cube, no run.
    """
    for verb in verbs:
        if verb not in VERBS:
            raise UsageError(f"unknown verb {verb!r}.{nearest(verb, VERBS)} Known: {', '.join(VERBS)}.")
    if "init" in verbs:
        lines = [_init(Path(cfg), overwrite)]
        if set(verbs) == {"init"}:
            return PanopticonWork(Path(cfg), tuple(verbs), lines)
    else:
        lines = []
    settings = read_settings(cfg)
    project = _Project(settings, jobs, overwrite, name)
    steps = {
        "labels": project.labels, "prepare": lambda: project.prepare(augment, filter_inf),
        "train": project.train, "eval": project.eval, "analyze": lambda: project.analyze(analyze),
        "plot": lambda: project.plot(plot), "info": project.info,
    }
    for verb, step in steps.items():
        if verb in verbs:
            lines += step()
    return PanopticonWork(Path(cfg), tuple(verbs), lines, tuple(settings.notes))


def _init(path, overwrite):
    require_absent(path, overwrite=overwrite, folder=False)
    write_text(path, DEFAULT_TEXT)
    return str(path)


class _Project:
    """The folders of one configuration, and what is done in them."""

    def __init__(self, settings, jobs, overwrite, name):
        self.settings, self.jobs, self.overwrite, self.name = settings, jobs, overwrite, name
        self.table = settings.path_prepared / "labels" / EPHEMERIDES

    def labels(self):
        """Write the table of ephemerides, from tables of parameters or of ephemerides."""
        source, table = self.settings.path_data, None
        if not source.is_dir():
            raise DataError(f"{source}: no such folder (path_data). Put the light curves there, or change "
                            "path_data.")
        for known in (PARAMETERS, EPHEMERIDES):
            if (source / known).is_file():
                table = source / known
        if table is None:
            table, count = combine_parameters(source)
            say(f"{table}: {count} simulations")
        bodies = read_ephemerides(table)
        rows = {field: [] for field in LABEL_FIELDS}
        for star, body in bodies.rows():
            rows["object_id"].append(star)
            for field in LABEL_FIELDS.keys() - {"object_id"}:
                rows[field].append(getattr(body, field))
        self.table.parent.mkdir(parents=True, exist_ok=True)
        require_absent(self.table, overwrite=True, folder=False)
        with score_table(self.table, LABEL_FIELDS) as write:
            write(rows)
        return [f"{self.table}: {len(rows['t0'])} planets and binaries of {len(bodies)} stars"]

    def prepare(self, augment, filter_inf):
        """Convert, then keep what lies within the bounds."""
        settings, folder = self.settings, self.settings.path_prepared
        target = self._cube(PREPARED, check=False)
        require_absent(target, overwrite=self.overwrite)
        done = convert(settings.path_data, path_datacube=folder, cube=CONVERTED, domain="lightcurves",
                       labels=self.table if self.table.is_file() else None, jobs=self.jobs, overwrite=True,
                       seed=settings.train["seed"], **settings.convert)
        target = done.path.with_name(PREPARED + ("" if done.path.is_dir() else ".npz"))
        counts = prepared_cube(done.path, target, bounds=settings.bounds, classes=settings.classes,
                               augment=augment, complete=not filter_inf, overwrite=self.overwrite)
        words = ", ".join(f"{count} {what}" for what, count in counts.items())
        return [f"{done.tally}", f"{target}: {words}"]

    def train(self):
        """Train a network on the prepared cube."""
        from otrain.workflows.train import train

        name = self.name or datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
        report, run = train(self._cube(PREPARED), model_path=self.settings.path_output, model_name=name,
                            channels=self.settings.channels, overwrite=self.overwrite, **self.settings.train)
        return [str(run.path), *_rates(report)]

    def eval(self):
        """Judge a run on the prepared cube: on the stars that had no part in its training."""
        from otrain.workflows.diagnostics import diagnostics

        run = self._run(self.name or "last")
        folder = self.settings.path_output / "eval" / run.path.name
        done = diagnostics(self._cube(PREPARED), run.path, out=folder, overwrite=True)
        return [str(done.path), *_rates(done.report)]

    def analyze(self, names):
        """Write the figures and tables of runs."""
        from otrain.answers.events.analysis import analyse_run

        lines = []
        for run in self._runs(names or ["last"]):
            folder, summary = analyse_run(run)
            lines.append(f"{folder}: recall {summary['recall']}, FAR {summary['far']}, point IoU "
                         f"{summary['point_iou']:.3f} at {summary['best_point_threshold']:g}")
        return lines

    def plot(self, names):
        """Draw light curves with their classes, and what the latest run says of them."""
        from otrain.answers.events.whole_curves import whole_panel
        from otrain.plots.curve_gallery import whole_curve
        from otrain.plots.style import png_bytes

        folder = self.settings.path_output / "plots"
        if list(names) == ["last"]:
            run = self._run("last")
            predictions = Predictions.load(run.predictions).of_subset("test")
            wanted, maps = predictions.columns["candid"], predictions.logits
            folder = run.path / "plots" / "curves"
        else:
            wanted, maps = names, None
        drawn = []
        with open_cube(self._cube(PREPARED)) as cube:
            rows = _rows_named(cube, wanted)
            for place, row in enumerate(rows[:FIGURES].tolist()):
                panel = whole_panel(cube, row, None if maps is None else maps[place])
                path = folder / f"{panel['title'].replace('/', '_')}.png"
                with atomic_file(path) as temporary:
                    temporary.write_bytes(png_bytes(whole_curve(**panel)))
                drawn.append(str(path))
        rest = len(rows) - len(drawn)
        return drawn + ([f"{rest} more are not drawn: name those that you want"] if rest > 0 else [])

    def info(self):
        """Say what the configuration, the prepared cube and the runs are."""
        settings = self.settings
        lines = [f"data {settings.path_data}, prepared {settings.path_prepared}, "
                 f"output {settings.path_output}", f"training: {json.dumps(settings.train, sort_keys=True)}"]
        try:
            with open_cube(self._cube(PREPARED)) as cube:
                counts = {name: int(np.sum(cube.labels == index)) for index, name in enumerate(cube.classes)}
                lines.append(f"cube: {len(cube)} light curves of {cube.shape[0]} points, channels "
                             f"{', '.join(cube.channels)}; {counts}")
        except DataError as error:
            lines.append(str(error))
        found = self._all_runs()
        return [*lines, f"{len(found)} runs" + (f", the latest {found[-1].path}" if found else "")]

    def _cube(self, name, *, check=True):
        folder = self.settings.path_prepared / "datacube"
        for path in (folder / f"{name}.npz", folder / name):
            if path.exists():
                return path
        if check:
            raise DataError(f"{folder}: no prepared light curves. Make them with: "
                            "otrain-lightcurves --prepare")
        return folder / f"{name}.npz"

    def _all_runs(self):
        """Return the runs of the output folder, the oldest first."""
        runs = [RunDirectory(path.parent) for path in
                (self.settings.path_output / "CNN_training").glob("*/run.json")]
        return sorted(runs, key=lambda run: json.loads(run.run_json.read_text(encoding="utf-8"))["created"])

    def _run(self, name):
        return self._runs([name])[0]

    def _runs(self, names):
        found = self._all_runs()
        if not found:
            raise DataError(f"{self.settings.path_output}: no run yet. Train one with: "
                            "otrain-lightcurves --train")
        if list(names) == ["all"]:
            return found
        known = {run.path.name: run for run in found}
        chosen = []
        for name in names:
            if name == "last":
                chosen.append(found[-1])
            elif Path(name).name in known:
                chosen.append(known[Path(name).name])
            else:
                raise UsageError(f"no run of the name {name!r}.{nearest(name, known)} "
                                 f"Known: last, all, {', '.join(known)}.")
        return chosen


def _rates(report):
    kind, searches = next(iter(report["events"].items()))
    judged = searches["network"]
    words = [f"{kind} events: recall {_number(judged['recall'])}, FAR {_number(judged['fdr'])}, false alarms "
             f"per quarter {_number(judged['false_alarms'])}"]
    return words + [f"note: {note}" for note in report["notes"]]


def _number(rate):
    if rate["value"] is None:
        return "not defined"
    return f"{rate['value']:.4f} ({rate['low']:.4f} to {rate['high']:.4f})"


def _rows_named(cube, names):
    """Return the rows whose window, star or file has one of some names; all for ``all``."""
    columns = cube.columns_of(np.arange(len(cube)), ["candid", "object_id", "file"])
    if list(names) == ["all"]:
        return np.arange(len(cube))
    rows = []
    for name in names:
        here = [np.flatnonzero(values == name) for values in columns.values()]
        here += [np.flatnonzero(np.char.endswith(columns["file"], Path(str(name)).name))]
        found = next((some for some in here if len(some)), None)
        if found is None:
            close = nearest(str(name), columns["file"].tolist())
            raise UsageError(f"no light curve of the name {name!r}.{close} "
                             "Give a file, a star, a window, all or last.")
        rows.append(found)
    return np.concatenate(rows)
