"""What is done with widths: an answer of its own, in the shape of `otrain.answers.answer.Answer`."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from otrain.answers.answer import Drawn, Explained, Judgement, Settled, report_facts, silent
from otrain.data.tables.written import Field, score_table, window_arrays
from otrain.errors import UsageError
from otrain.evaluation.learning_curve import LearningCurve, fit_power_law

__all__ = ["ANSWER", "WidthsAnswer"]


@dataclass(frozen=True)
class WidthSettings:
    """What validation decides: what is added to every width [ms]."""

    offset: float = 0.0

    def to_dict(self):
        """Return the settings as plain types, with the kind of answer."""
        return {"kind": "widths", "offset": self.offset}


class WidthsAnswer:
    """One width for each pulse."""

    name, title, golden = "widths", "settling", 16
    calibrations, figure_names = ("none",), ("widths",)
    table, beside_inputs, formats = "widths", False, ("ecsv", "csv")

    def check(self, classes, *, calibration=None, threshold=None):
        """Refuse a calibration that is none."""
        if calibration not in (None, *self.calibrations):
            raise UsageError(f"unknown calibration {calibration!r} of widths. Known: none.")

    def strata(self, cube):
        """Return one stratum of wide and one of narrow pulses; those of unknown width are in none."""
        width = np.asarray(cube.columns["width"], float)
        known = np.isfinite(width)
        return np.where(known, width > np.median(width[known]) if known.any() else 0, -1).astype(int)

    def settings(self, table):
        """Return the settings that a bundle describes."""
        return WidthSettings(table["offset"])

    def scores(self, raw, settings):
        """Return the widths."""
        return np.asarray(raw, float).reshape(len(raw)) + settings.offset

    def card(self, settings, classes):
        """Return what the card says."""
        return {"thresholds": [], "limits": [f"{settings.offset:+.3f} ms is added to every width."]}

    def settle(self, replies, domain, task, *, calibration=None, threshold=None, class_weight="none",
               on_progress=silent):
        """Take the median error of validation away."""
        mine = replies.subset == "validation"
        raw = self.scores(replies.raw, WidthSettings())
        settings = WidthSettings(float(np.median(replies.columns["width"][mine] - raw[mine])))
        return Settled(settings, self.scores(replies.raw, settings))

    def judge(self, replies, settings, domain, task, facts, *, seed=0, material=None, asked=None,
              on_progress=silent):
        """State the mean absolute error of each subset."""
        widths, metrics, counts = self.scores(replies.raw, settings), {}, {}
        for name in ("validation", "test"):
            mine = (replies.subset == name) & np.isfinite(replies.columns["width"])
            if mine.any():
                error = float(np.abs(widths - replies.columns["width"])[mine].mean())
                metrics[name] = {"mae": {"value": error, "low": None, "high": None}}
                counts[name] = {"pulses": int(mine.sum())}
        report = {"schema_version": 1, "task": task.name, "counts": counts, "metrics": metrics, "confusion": {},
                  **report_facts(facts), "notes": list(facts.get("notes", ()))}
        return Judgement(report, replies, settings, widths)

    def write_run(self, run, judgement, network, domain, task, *, seed=0):
        """Write a page of one line."""
        run.report_html.write_text(f"<p>{judgement.report['metrics']}</p>", encoding="utf-8")

    def write_diagnosis(self, folder, judgement, domain, task, *, seed=0, asked=None):
        """Write a page of one line."""
        folder.report_html.write_text(f"<p>{judgement.report['metrics']}</p>", encoding="utf-8")
        return {}

    def figures(self, replies, settings, domain, task, facts, *, threshold, bins, mag_max, errmag_max,
                on_progress=silent):
        """Draw the width that was given against the true one."""
        from otrain.plots.style import figure_and_axes

        figure, axes = figure_and_axes()
        axes.plot(replies.columns["width"], self.scores(replies.raw, settings), "o")
        return Drawn({"widths": figure}, {"pulses": len(replies)})

    def scorer(self, network, domain, request):
        """Return what turns pulses into rows."""
        return WidthScorer(self, network, domain, request)

    def explain(self, folder, model, replies, settings, domain, task, facts, *, count, threshold, method, seed,
                layer=None, towards=None, on_progress=silent):
        """Write what the width of some pulses rests on."""
        from otrain.data.results.heat_maps import write_heat_maps
        from otrain.explain.explain import explain
        from otrain.explain.network import CutNetwork

        rows = np.arange(min(count, len(replies)))
        images = replies.read_images(rows)
        maps = explain(CutNetwork(model, layer), images, np.ones(len(rows), int), method=method, seed=seed)
        write_heat_maps(folder.maps_npz, [maps], maps.shape, {"row": replies.rows[rows]})
        return Explained({"counts": {"pulses": len(rows)}, "words": ["Samples that the width rests on."]})

    def merit(self, classes, task, domain):
        """Return what is told against the number of pulses."""
        return WidthMerit()


class WidthScorer:
    """Pulses to rows of widths."""

    title, threshold = "measuring", None
    fields = {"file": Field(str), "candid": Field(str), "width": Field(float, "ms"), "model_id": Field(str)}

    def __init__(self, answer, network, domain, request):
        self.answer, self.network, self.domain, self.format = answer, network, domain, request.format
        self.meta = {"model_id": network.identity}

    def request(self):
        """Return nothing more."""
        return {}

    def files(self, path):
        """Return no names."""
        return []

    def check(self, reading, path, *, overwrite):
        """Accept every source."""

    def begin(self, reading, path, on_progress):
        """Do nothing first."""

    def parts(self, reading, account, on_progress):
        """Yield the rows of one window of pulses after the other."""
        for images, columns in reading.windows(self.network, self.domain, account, on_progress):
            widths = self.answer.scores(self.network.logits(images), self.network.settings)
            window = {"file": columns["file"], "candid": columns["candid"], "width": widths,
                      "model_id": [self.network.identity] * len(widths)}
            yield window_arrays(window, self.fields), 0, Counter({"pulses": len(widths)})

    @contextmanager
    def output(self, path):
        """Write the rows as they come."""
        with score_table(path, self.fields, format=self.format, meta=self.meta) as write:
            yield _Written(write)


class _Written:
    def __init__(self, write):
        self.add = write


class WidthMerit:
    """The mean absolute error against the number of pulses."""

    fields = {"mae": Field(float, "ms", "mean absolute error, test"),
              "training_mae": Field(float, "ms", "mean absolute error, training")}
    said, drawn, drawn_words = ("mae",), "mae", "Mean absolute error [ms]"

    def missing(self, cube, split, sizes):
        """Return nothing that is too small."""
        return []

    def numbers(self, cube, split, training, test):
        """Return the errors of one run."""
        width = np.asarray(cube.columns["width"], float)
        return {name: float(np.abs(np.ravel(raw) - width[rows]).mean())
                for name, raw, rows in (("mae", test, split.test), ("training_mae", training, split.train))}

    def figures(self, table):
        """Draw the error of every run."""
        from otrain.plots.style import figure_and_axes

        figure, axes = figure_and_axes()
        axes.plot(table["size"], table["mae"], "o")
        return {"scores": figure}

    def curves(self, cube, rows, sizes, raw, *, seed):
        """Return the law by which the error falls."""
        width = np.asarray(cube.columns["width"], float)[rows]
        values = np.array([np.abs(np.ravel(replies) - width).mean() for replies in raw]) / 10
        sizes = np.asarray(sizes)
        law = fit_power_law(sizes, values, examples=len(rows))
        draws = fit_power_law(sizes, np.stack([values, values]), examples=len(rows))
        return {"mae": LearningCurve("mae", sizes, values, law, draws, "a toy")}


ANSWER = WidthsAnswer()
