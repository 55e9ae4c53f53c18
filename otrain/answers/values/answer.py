"""Values: what is settled, judged, written, drawn and explained where a network gives numbers with a unit."""

import numpy as np

from otrain.answers.answer import Judgement, Settled, silent
from otrain.answers.options import known_options
from otrain.answers.threshold import checked_threshold
from otrain.answers.values.given import encoding_of, given_values, known_rows, split_reply, true_values
from otrain.data.results.value_settings import VALUE_CALIBRATIONS, ValueSettings
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["ANSWER", "ValuesAnswer"]

WHAT = "gives numbers"


class ValuesAnswer:
    """One or several numbers for each example; see `otrain.answers.answer.Answer`."""

    name = "values"
    calibrations = VALUE_CALIBRATIONS
    table, beside_inputs = "values", False
    formats = ("ecsv", "csv", "parquet", "votable")
    title = "calibrating"
    options = ("proof",)
    alarm = True  # whether tables say which examples are unlike the training
    golden = 256  # examples that a bundle may ship
    figure_names = ("predicted_true", "residuals", "coverage", "pit", "error_against", "cells",
                    "corner_typical", "corner_worst")

    def check(self, classes, *, calibration=None, threshold=None):
        """Refuse a calibration that numbers do not know."""
        if threshold is not None:
            checked_threshold(threshold)
        if calibration is not None and calibration not in self.calibrations:
            raise UsageError(f"unknown calibration {calibration!r} of numbers."
                             f"{nearest(calibration, self.calibrations)} "
                             f"Known: {', '.join(self.calibrations)}.")

    def strata(self, cube):
        """Return 0 for each row with a true value, else -1: numbers have no classes to share out."""
        names = [target["name"] for target in cube.meta["targets"] if "column" in target]
        return np.where(known_rows(cube, names), 0, -1)

    def settings(self, table):
        """Return the `ValueSettings` that a bundle describes."""
        return ValueSettings.from_dict(table)

    def scores(self, raw, settings):
        """Return the values in natural units, (n, K)."""
        return split_reply(raw, len(settings.names))[0]

    def settle(self, replies, domain, task, *, calibration=None, threshold=None, class_weight="none",
               on_progress=silent):
        """Measure the errors on validation: their size where a network does not tell it, and quantiles."""
        from otrain.evaluation.value_calibration import fit_value_calibration, widths_of_errors

        encoding = encoding_of(replies)
        mine = replies.take(np.flatnonzero(replies.subset == "validation"))
        truth, width = true_values(mine, encoding.names), None
        values, deviations, _ = split_reply(mine.raw, len(encoding.names))
        if deviations is None:
            width = widths_of_errors(encoding.encode(truth) - encoding.encode(values))
        given = given_values(mine.raw, ValueSettings(encoding, width))
        fitted = fit_value_calibration(given.errors(truth), calibration or self.calibrations[0],
                                       widths=None if deviations is None else given.width)
        settings = ValueSettings(encoding, width, fitted)
        return Settled(settings, self.scores(replies.raw, settings))

    def judge(self, replies, settings, domain, task, facts, *, seed=0, material=None, asked=None,
              on_progress=silent):
        """Judge the values of examples whose truth is known, and what is said of their errors."""
        from otrain.answers.values.judgement import judge_values

        known_options(asked, ("night",), WHAT)
        return Judgement(*judge_values(replies, settings, domain, task, facts, seed=seed,
                                       on_progress=on_progress))

    def card(self, settings, classes):
        """Return what the card of a network says of these settings."""
        from otrain.answers.values.card import card_facts

        return card_facts(settings)

    def write_run(self, run, judgement, network, domain, task, *, seed=0):
        """Write tables of the values, the loss curve, the figures and the page of a run directory."""
        from otrain.answers.values.run_files import write_run_files

        write_run_files(run, judgement, domain, task)

    def write_experiment(self, folder, replies, settings, history, *, name, predictions=None):
        """Write the log, the predictions and the table that droulette leaves of a training."""
        from otrain.answers.values.droulette_files import write_experiment

        return write_experiment(folder, replies, settings, history, name=name, predictions=predictions)

    def write_diagnosis(self, folder, judgement, domain, task, *, seed=0, asked=None):
        """Write the table of the values and the page."""
        from otrain.answers.values.run_files import write_diagnosis_files

        return write_diagnosis_files(folder, judgement, domain, task)

    def figures(self, replies, settings, domain, task, facts, *, threshold, bins, mag_max, errmag_max,
                on_progress=silent):
        """Draw values against the truth, errors, and whether the uncertainties are true."""
        from otrain.answers.values.figures import draw_values

        return draw_values(self.judge(replies, settings, domain, task, facts, on_progress=on_progress),
                           domain, bins=bins)

    def scorer(self, network, domain, request):
        """Return the scorer of a network."""
        from otrain.answers.values.scorer import ValueScorer

        known_options(request.options, self.options, WHAT)
        return ValueScorer(network, domain, request)

    def explain(self, folder, model, replies, settings, domain, task, facts, **asked):
        """Draw on what one of the numbers rests, for some examples."""
        from otrain.answers.values.explanation import explain_values

        return explain_values(folder, model, replies, settings, **asked)

    def merit(self, classes, task, domain):
        """Return what is told against the number of examples."""
        from otrain.answers.values.merit import ValueMerit

        return ValueMerit()


ANSWER = ValuesAnswer()
