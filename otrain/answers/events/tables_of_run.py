"""What the judgement of a search for events leaves in tables and in short, with or without Keras."""

import numpy as np

from otrain.answers.events.judgement import Judged
from otrain.answers.events.search import NETWORK
from otrain.data.tables.written import Field, score_table

__all__ = ["counts_of", "rates_in_short", "write_event_tables"]

EVENT_FIELDS = {
    "object_id": Field(str, "", "star"), "candid": Field(str, "", "example"), "subset": Field(str),
    "kind": Field(str, "", "class of the event"), "search": Field(str, "", "what found it"),
    "t0": Field(float, "d", "centre"), "duration": Field(float, "h"), "depth": Field(float, "", "relative"),
    "snr": Field(float), "log_odds": Field(float, "", "statistic that ranks the events of a search"),
    "probability": Field(float, "", "calibrated, of the network"),
    "true": Field(bool, "", "matches a true one"),
    "ignored": Field(bool, "", "of an event that need not be found"),
}
TRUE_FIELDS = {
    "object_id": Field(str), "candid": Field(str), "subset": Field(str), "kind": Field(str),
    "t0": Field(float, "d"), "duration": Field(float, "h"), "depth": Field(float, "", "relative"),
    "snr": Field(float), "period": Field(float, "d"), "observed": Field(float, "", "share of the duration"),
    "found_log_odds": Field(float, "", "highest threshold at which the network finds it"),
}


def rates_in_short(report, kinds):
    """Return the rates that stand for the whole judgement, under the names that every task uses."""
    judged = report["events"][kinds[0]][NETWORK]
    test = {"recall": judged["recall"], "false_discovery_rate": judged["fdr"],
            "false_alarms_per_quarter": judged["false_alarms"]}
    points = report["points"].get("test", {}).get(kinds[0], {})
    test |= {f"{name}_of_points": row for name, row in points.items() if isinstance(row, dict)
             and row.keys() >= {"value", "low", "high"}}
    return {"metrics": {"test": {name: {key: row.get(key) for key in ("value", "low", "high")}
                                 for name, row in test.items()}},
            "confusion": {}, "threshold_table": [], "reliability": {}}


def counts_of(labels, subset, classes):
    """Return how many examples of each class there are in each subset."""
    return {str(name): {label: int(np.sum((labels == index) & (subset == name)))
                        for index, label in enumerate(classes)} for name in ("validation", "test")}


def write_event_tables(run, findings, subset, empty, kinds, search, columns):
    """Write what was found and what was there, event by event: every figure can be drawn from it."""
    truth = findings.truth
    found_at = np.full(len(truth["row"]), np.nan)
    with score_table(run.events, EVENT_FIELDS) as write:
        for (name, kind), events in findings.events.items():
            index, is_network = 1 + list(kinds).index(kind), name == NETWORK
            judged = Judged(events, truth, truth["kind"] == index, subset, empty,
                            score=search.statistic if is_network else "log_odds")
            if is_network:
                found_at = np.where(truth["kind"] == index, judged.found_score, found_at)
            score, blank = judged.score, np.full(len(judged.score), np.nan)
            write(_named(events["row"], subset, columns) | {
                "kind": [kind] * len(score), "search": [name] * len(score), "t0": events["t0"],
                "duration": events["duration"], "depth": events.get("depth", blank),
                "snr": events.get("snr", blank), "log_odds": score,
                "probability": search.kinds[kind].calibration.apply(score) if is_network else blank,
                "true": judged.true, "ignored": judged.ignored})
    with score_table(run.true_events, TRUE_FIELDS) as write:
        blank = np.full(len(found_at), np.nan)
        write(_named(truth["row"], subset, columns) | {
            "kind": [kinds[index - 1] for index in truth["kind"]], "found_log_odds": found_at,
            **{name: truth.get(name, blank) for name in ("t0", "duration", "depth", "snr", "period",
                                                         "observed")}})


def _named(rows, subset, columns):
    blank = np.full(len(subset), "")
    return {"object_id": np.asarray(columns.get("object_id", blank))[rows],
            "candid": np.asarray(columns.get("candid", blank))[rows], "subset": subset[rows]}
