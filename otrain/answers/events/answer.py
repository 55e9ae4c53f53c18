"""Events: what is settled, judged, written, drawn and explained where a network marks a series."""

import numpy as np

from otrain.answers.answer import Drawn, Settled, silent
from otrain.answers.events.card import card_facts
from otrain.answers.events.judgement import EDGES
from otrain.answers.options import known_options
from otrain.answers.threshold import checked_threshold
from otrain.data.results.event_search import EventSettings
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["ANSWER", "EventsAnswer"]

WHAT = "finds events in light curves"


class EventsAnswer:
    """Things with a place and a length in a series; see `otrain.answers.answer.Answer`."""

    name = "events"
    calibrations = ("isotonic", "temperature", "none")
    table, beside_inputs = "events", False
    formats = ("ecsv", "csv", "parquet", "votable")
    title = "searching"
    options = ("maps", "inject", "inject_depths", "inject_durations")
    alarm = False  # whether tables say which examples are unlike the training
    golden = 8  # examples that a bundle may ship; one of a series is a thousand times longer than a cutout
    figure_names = ("recovery", "discovery", *(f"by_{name}" for name in EDGES), "finds", "misses",
                    "false_alarms")

    def check(self, classes, *, calibration=None, threshold=None):
        """Refuse what cannot be settled."""
        if len(classes) < 2:
            raise UsageError("events need a class for the continuum and at least one of events. "
                             f"Received: {', '.join(classes) or 'none'}.")
        if threshold is not None:
            checked_threshold(threshold)
        if calibration is not None and calibration not in self.calibrations:
            raise UsageError(f"unknown calibration {calibration!r}.{nearest(calibration, self.calibrations)} "
                             f"Known: {', '.join(self.calibrations)}.")

    def strata(self, cube):
        """Return what is in each example: the class of its events; -1 where nobody knows."""
        labels = np.asarray(cube.labels)
        return np.where(labels >= 0, labels, -1)

    def settings(self, table):
        """Return the `EventSettings` that a bundle describes."""
        return EventSettings.from_dict(table)

    def scores(self, raw, settings):
        """Return NaN for each example: its events are not looked for yet."""
        return np.full(len(raw), np.nan)

    def settle(self, replies, domain, task, *, calibration=None, threshold=0.5, class_weight="none",
               on_progress=silent):
        """Look for events, choose on validation how they are scored and announced; return `Settled`."""
        from otrain.answers.events.search import NETWORK, fit_search, look_for_events

        kinds = replies.cube.classes[1:]
        findings = look_for_events(replies.cube, replies.rows, replies.subset, replies.raw, task, domain,
                                   on_progress=on_progress)
        search = fit_search(findings, replies.subset, replies.labels == 0, kinds,
                            calibration or self.calibrations[0])
        best = _best(findings.events[NETWORK, kinds[0]], search, kinds[0], len(replies))
        return Settled(EventSettings(search, threshold), best, findings)

    def judge(self, replies, settings, domain, task, facts, *, seed=0, material=None, asked=None,
              on_progress=silent):
        """Judge by events; `asked`: ``baselines``, the classical searches that are judged beside."""
        from otrain.answers.events.run_files import judge_events

        asked = known_options(asked, ("baselines", "night"), WHAT)
        return judge_events(replies, settings, domain, task, facts, seed=seed, findings=material,
                            baselines=asked.get("baselines"), on_progress=on_progress)

    def card(self, settings, classes):
        """Return what the card of a network says of these settings."""
        return card_facts(settings)

    def write_run(self, run, judgement, network, domain, task, *, seed=0):
        """Write tables of events, galleries and the page of a run directory."""
        from otrain.answers.events.run_files import write_event_files

        write_event_files(run, judgement, task, is_run=True)

    def write_diagnosis(self, folder, judgement, domain, task, *, seed=0, asked=None):
        """Write tables of events, galleries and the page."""
        from otrain.answers.events.run_files import write_event_files

        write_event_files(folder, judgement, task, is_run=False)
        return {}

    def figures(self, replies, settings, domain, task, facts, *, threshold, bins, mag_max, errmag_max,
                on_progress=silent):
        """Draw recall against false alarms and against properties, and pieces of light curves."""
        from otrain.answers.events.page import event_figures
        from otrain.answers.events.run_files import galleries_of

        judgement = self.judge(replies, settings, domain, task, facts, on_progress=on_progress)
        report = judgement.report
        figures = event_figures(report, galleries_of(judgement, task))
        figures = {name: figure for name, figure in figures.items() if name in self.figure_names}
        kind = replies.cube.classes[1]
        summary = {"kind": kind, "searches": {
            name: {key: row[key] for key in ("threshold", "recall", "fdr", "false_alarms")}
            for name, row in report["events"][kind].items()}}
        words = ("Figures of magnitudes and of the threshold have no meaning for events; an event is "
                 "announced from the threshold of its kind.",)
        return Drawn(figures, summary, words)

    def scorer(self, network, domain, request):
        """Return the scorer of a network."""
        from otrain.answers.events.scorer import EventScorer

        known_options(request.options, self.options, WHAT)
        return EventScorer(network, domain, request)

    def explain(self, folder, model, replies, settings, domain, task, facts, **asked):
        """Draw the heat of some found, missed and false events."""
        from otrain.answers.events.explanation import explain_events

        return explain_events(folder, model, replies, settings, domain, task, **asked)

    def merit(self, classes, task, domain):
        """Return what is told against the number of labels."""
        from otrain.answers.events.merit import EventMerit

        return EventMerit(classes, task, domain)


def _best(events, search, kind, count):
    """Return the probability of the surest event of each example; 0 where there is none."""
    best = np.zeros(count)
    probability = search.kinds[kind].calibration.apply(events[search.statistic])
    np.maximum.at(best, events["row"], probability)
    return best


ANSWER = EventsAnswer()
