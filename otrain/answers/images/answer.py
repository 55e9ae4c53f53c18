"""Images: what is settled, judged, written, drawn and explained where a reply is the class of each pixel."""

import numpy as np

from otrain.answers.answer import Drawn, Judgement, Settled, report_facts, silent
from otrain.answers.images.pixels import count_pixels
from otrain.answers.options import known_options
from otrain.answers.threshold import checked_threshold
from otrain.data.results.image_settings import ImageSettings
from otrain.errors import DataError, UsageError
from otrain.evaluation.calibration import fit_calibration
from otrain.registry import nearest

__all__ = ["ANSWER", "ImagesAnswer"]

WHAT = "gives the class of each pixel"
MOST_PIXELS = 20_000  # of validation, for the temperature; more tell it no better
FEWEST = 30  # examples of test; below, an interval says little


class ImagesAnswer:
    """The class of each pixel of an image; see `otrain.answers.answer.Answer`."""

    name = "images"
    calibrations = ("temperature", "none")
    table, beside_inputs = "images", False
    formats = ("ecsv", "csv", "parquet", "votable")
    title = "calibrating"
    options = ("maps",)
    alarm = False  # whether tables say which examples are unlike the training
    golden = 16  # examples that a bundle may ship: a reply is as large as its image
    figure_names = ("pixels", "pixel_gallery")

    def check(self, classes, *, calibration=None, threshold=None):
        """Refuse what cannot be settled."""
        if len(classes) < 2:
            raise UsageError("pixels need a class for the background and at least one other. "
                             f"Received: {', '.join(classes) or 'none'}.")
        if threshold is not None:
            checked_threshold(threshold)
        if calibration is not None and calibration not in self.calibrations:
            raise UsageError(f"unknown calibration {calibration!r} of pixels."
                             f"{nearest(calibration, self.calibrations)} "
                             f"Known: {', '.join(self.calibrations)}.")

    def strata(self, cube):
        """Return what the label of each example says; -1 where nobody knows."""
        labels = np.asarray(cube.labels)
        return np.where(labels >= 0, labels, -1)

    def settings(self, table):
        """Return the `ImageSettings` that a bundle describes."""
        return ImageSettings.from_dict(table)

    def scores(self, raw, settings):
        """Return NaN for each example: no single number stands for an image."""
        return np.full(len(raw), np.nan)

    def settle(self, replies, domain, task, *, calibration=None, threshold=0.5, class_weight="none",
               on_progress=silent):
        """Fit a temperature on pixels of validation; return `Settled`."""
        method = calibration or self.calibrations[0]
        logits, labels = _pixels(replies, task.answer_channel(replies.cube))
        fitted = fit_calibration(logits, labels, method)
        return Settled(ImageSettings(fitted, threshold), self.scores(replies.raw, None))

    def judge(self, replies, settings, domain, task, facts, *, seed=0, material=None, asked=None,
              on_progress=silent):
        """Judge pixel by pixel; intervals come from drawing whole images.

        Raises
        ------
        DataError
            If no pixel of the cube has a known class.
        """
        known_options(asked, ("night", "threshold"), WHAT)
        counts = count_pixels(replies, settings, task.answer_channel(replies.cube), on_progress)
        kinds = replies.cube.classes[1:]
        if not any(counts[name][kind].points for name in counts for kind in kinds):
            raise DataError(f"{replies.cube.path}: no pixel has a known class, so nothing can be judged. "
                            "Make the cube from images with a plane of classes.")
        points = {name: {kind: one.metrics(seed=seed) for kind, one in by_kind.items()}
                  for name, by_kind in counts.items()}
        judged = facts.get("judged", "test")
        report = report_facts(facts) | {
            "schema_version": 1, "task": task.name, "classes": list(replies.cube.classes),
            "threshold": settings.threshold, "calibration": settings.calibration.to_dict(), "points": points,
            "metrics": {name: _in_short(by_kind, kinds) for name, by_kind in points.items()},
            "confusion": {}, "threshold_table": [], "reliability": {}, "judged": judged,
            "counts": {name: {"images": int(np.sum(replies.subset == name))} for name in counts}}
        if "trained_on" in facts:
            report["counts"] = {"training": {"images": sum(facts["trained_on"].values())}} | report["counts"]
        report["notes"] = [*facts.get("notes", ()), *_notes(report, settings, judged)]
        return Judgement(report, replies, settings, counts)

    def card(self, settings, classes):
        """Return what the card of a network says of these settings."""
        calibration = settings.calibration
        note = f". {calibration.note}" if calibration.note else ""
        return {"limits": [f"Calibration of pixels: {calibration.method}{note}",
                           f"A pixel is called {' or '.join(classes[1:])} from a probability of "
                           f"{settings.threshold:g}."]}

    def write_run(self, run, judgement, network, domain, task, *, seed=0):
        """Write the loss curve, the figures and the page of a run directory."""
        from otrain.answers.images.page import write_image_page
        from otrain.plots.curves import loss_curve
        from otrain.plots.style import save_figure

        save_figure(run.loss_png, loss_curve(judgement.report["history"]))
        run.plots.mkdir(exist_ok=True)
        write_image_page(run.report_html, judgement, task, plots=run.plots)

    def write_diagnosis(self, folder, judgement, domain, task, *, seed=0, asked=None):
        """Write the page."""
        from otrain.answers.images.page import write_image_page

        write_image_page(folder.report_html, judgement, task)
        return {}

    def figures(self, replies, settings, domain, task, facts, *, threshold, bins, mag_max, errmag_max,
                on_progress=silent):
        """Draw the metrics of pixels, and images with their true and their probable classes."""
        from otrain.answers.images.page import image_figures

        judgement = self.judge(replies, settings, domain, task, facts, on_progress=on_progress)
        figures = {name: figure for name, figure in image_figures(judgement, task).items()
                   if name in self.figure_names}
        summary = {"metrics": judgement.report["metrics"], "threshold": settings.threshold}
        return Drawn(figures, summary, ("Figures of magnitudes and of scores have no meaning for pixels.",))

    def scorer(self, network, domain, request):
        """Return the scorer of a network."""
        from otrain.answers.images.scorer import ImageScorer

        known_options(request.options, self.options, WHAT)
        return ImageScorer(network, domain, request)

    def explain(self, folder, model, replies, settings, domain, task, facts, **asked):
        """Draw what a network looks at when it marks pixels of a class."""
        from otrain.answers.images.explanation import explain_images

        return explain_images(folder, model, replies, settings, task, facts, **asked)

    def merit(self, classes, task, domain):
        """Return what is told against the number of labels."""
        from otrain.answers.images.merit import ImageMerit

        return ImageMerit(classes, task)


def _pixels(replies, channel):
    """Return logits and classes of some known pixels of validation, spread evenly over its images."""
    from otrain.answers.images.pixels import true_classes

    rows = np.flatnonzero(replies.subset == "validation")
    each = max(1, MOST_PIXELS // max(1, len(rows)))
    logits, labels = [], []
    for row in rows:
        truth = true_classes(replies.cube.read(replies.rows[[row]]), channel).ravel()
        known = np.flatnonzero(np.isfinite(truth))
        known = known[np.unique(np.linspace(0, max(0, len(known) - 1), min(each, len(known))).astype(int))]
        flat = np.asarray(replies.raw[row], float).reshape(-1, replies.raw.shape[-1])
        logits.append(flat[known])
        labels.append(truth[known].astype(int))
    units = replies.raw.shape[-1]
    logits = np.concatenate(logits) if logits else np.empty((0, units))
    labels = np.concatenate(labels) if labels else np.empty(0, int)
    return (logits[:, 0] if units == 1 else logits), labels


def _in_short(by_kind, kinds):
    """Return the metrics of the first class, and of the others under their names."""
    short = {}
    for place, kind in enumerate(kinds):
        for name, row in by_kind[kind].items():
            if isinstance(row, dict) and row.keys() >= {"value", "low", "high"}:
                short[name if place == 0 else f"{name}_of_{kind}"] = {
                    key: _finite(row[key]) for key in ("value", "low", "high")}
    return short


def _finite(value):
    return None if value is None or not np.isfinite(value) else float(value)


def _notes(report, settings, judged):
    """Return what a reader of the figures must know."""
    notes = [settings.calibration.note] if settings.calibration.note else []
    count = report["counts"].get(judged, {}).get("images", 0)
    if count < FEWEST:
        notes.append(f"The {judged} subset has {count} images only: mind the intervals.")
    return notes


ANSWER = ImagesAnswer()
