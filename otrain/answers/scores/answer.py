"""Scores: what is settled, judged, written, drawn and explained where a network gives probabilities."""

from dataclasses import replace

import numpy as np

from otrain.answers.answer import Judgement, Settled, silent
from otrain.answers.options import known_options
from otrain.answers.scores.scorer import ScoreScorer
from otrain.answers.threshold import checked_threshold
from otrain.data.results.calibration import Calibration, ScoreSettings
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["ANSWER", "ScoresAnswer"]


class ScoresAnswer:
    """A probability for each class, for one example; see `otrain.answers.answer.Answer`."""

    name = "scores"
    calibrations = ("temperature", "isotonic", "none")
    table, beside_inputs = "infer_results", True  # as O'TRAIN did
    formats = ("dat", "ecsv", "csv", "parquet", "votable")
    title = "calibrating"
    options = ("prob_ratio", "uncertainty")
    alarm = False  # whether tables say which examples are unlike the training
    golden = 256  # examples that a bundle may ship

    def check(self, classes, *, calibration=None, threshold=None):
        """Refuse a calibration that these classes cannot have, and a threshold out of range."""
        if len(classes) < 2:
            raise UsageError("scores need at least two classes. "
                             f"Received: {', '.join(classes) or 'none'}.")
        if threshold is not None:
            checked_threshold(threshold)
        if calibration is None:
            return
        if calibration not in self.calibrations:
            raise UsageError(f"unknown calibration {calibration!r}.{nearest(calibration, self.calibrations)} "
                             f"Known: {', '.join(self.calibrations)}.")
        if calibration == "isotonic" and len(classes) > 2:
            raise UsageError(f"--calibration isotonic is for two classes. Received: {', '.join(classes)}. "
                             "Choose temperature.")

    def strata(self, cube):
        """Return the class of every row; -1 where it is not known."""
        labels = np.asarray(cube.labels)
        return np.where((labels >= 0) & (labels < len(cube.classes)), labels, -1)

    def settings(self, table):
        """Return the `ScoreSettings` that a bundle describes."""
        return ScoreSettings.from_dict(table)

    def scores(self, raw, settings):
        """Return calibrated scores of raw replies, (n,) or (n, K)."""
        return settings.calibration.apply(raw)

    def settle(self, replies, domain, task, *, calibration=None, threshold=0.5, class_weight="none",
               on_progress=silent):
        """Fit the calibration on validation and choose thresholds there; return `Settled`."""
        from otrain.answers.scores.judgement import training_prior
        from otrain.evaluation.calibration import fit_calibration
        from otrain.evaluation.thresholds import threshold_table

        labels, raw = replies.labels, replies.raw
        validation, test = replies.subset == "validation", replies.subset == "test"
        fitted = fit_calibration(raw[validation], labels[validation], calibration or self.calibrations[0])
        scores = fitted.apply(raw)
        thresholds = () if scores.ndim > 1 else tuple(threshold_table(
            scores[validation], labels[validation], scores[test], labels[test],
            classes=replies.cube.classes))
        prior = training_prior(labels[validation], class_weight, replies.cube.classes, fitted)
        return Settled(ScoreSettings(fitted, prior, threshold, thresholds), scores, list(thresholds))

    def judge(self, replies, settings, domain, task, facts, *, seed=0, material=None, asked=None,
              on_progress=silent):
        """Judge examples with a known class.

        `asked`: ``night`` (examples of one night) and ``threshold`` (by default that of the settings while
        a network is trained, else 0.5).
        """
        from otrain.answers.scores.judgement import NIGHT, judge_scores, labelled

        asked = known_options(asked, ("night", "heat_maps", "threshold"), "gives one score an example")
        if "judged" in facts:
            settings = replace(settings, threshold=checked_threshold(asked.get("threshold", 0.5)))
        facts = facts | {"notes": list(facts.get("notes", ()))}
        known = labelled(replies, facts["notes"])
        report = judge_scores(known, settings, facts, task=task.name, seed=seed,
                              night=asked.get("night", NIGHT), thresholds=material)
        return Judgement(report, known, settings)

    def card(self, settings, classes):
        """Return what the card of a network says of these settings."""
        from otrain.answers.scores.card import card_facts

        return card_facts(settings, classes)

    def write_run(self, run, judgement, network, domain, task, *, seed=0):
        """Write the figures, the folders of cutouts and the page of a run directory."""
        from otrain.answers.scores.run_files import write_run_files

        write_run_files(run, judgement, network, seed=seed)

    def write_diagnosis(self, folder, judgement, domain, task, *, seed=0, asked=None):
        """Write the folders of pictures and the page; return the number of pictures of each outcome."""
        from otrain.answers.scores.run_files import write_diagnosis_files

        return write_diagnosis_files(folder, judgement, seed=seed, heat_maps=(asked or {}).get("heat_maps"))

    @property
    def figure_names(self):
        """Names of the figures of otrain-plot-results."""
        from otrain.plots.results import FIGURES

        return FIGURES

    def figures(self, replies, settings, domain, task, facts, *, threshold, bins, mag_max, errmag_max,
                on_progress=silent):
        """Draw what otrain-plot-results gives; of more than two classes, each against the rest."""
        from otrain.answers.scores.figures import draw_scores

        judged = replies.take(np.flatnonzero(replies.subset == facts["judged"]))
        return draw_scores(judged, facts["classes"], threshold=threshold, bins=bins, mag_max=mag_max,
                           errmag_max=errmag_max)

    def scorer(self, network, domain, request):
        """Return the scorer of a network."""
        known_options(request.options, self.options, "gives one score an example")
        return ScoreScorer(network, domain, request)

    def explain(self, folder, model, replies, settings, domain, task, facts, **asked):
        """Draw what a network looks at, for misclassified and some well-classified examples."""
        from otrain.answers.scores.explanation import explain_scores

        return explain_scores(folder, model, replies, facts, **asked)

    def merit(self, classes, task, domain):
        """Return what is told against the number of labels."""
        from otrain.answers.scores.merit import ScoreMerit

        return ScoreMerit(classes)

    def plain_scores(self, raw):
        """Return scores without any calibration."""
        return Calibration().apply(raw)


ANSWER = ScoresAnswer()
