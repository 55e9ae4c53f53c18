"""The judgement of searches for events: a network and classical ones on the same examples, alike."""

import numpy as np

from otrain.evaluation.event_matching import match_events
from otrain.evaluation.event_rates import (
    event_errors,
    false_alarms_per_quarter,
    false_discovery_rate,
    recall,
    recall_at_false_alarms,
    recall_at_fdr,
    recall_in_bins,
    recovery_curve,
    threshold_for_fdr,
    threshold_for_rate,
)

__all__ = ["EDGES", "FALSE_ALARMS", "FDR", "SUBSETS", "Judged", "announcing_threshold", "judge_search"]

SUBSETS = ("validation", "test")
OBSERVED = 0.5  # share of its duration; of less, nobody has to find an event
FDR = (0.01, 0.0001)  # of Panopticon's two statements (A&A 694, A293, 2025)
FALSE_ALARMS = (1.0, 0.1, 0.01)  # per quarter
EDGES = {
    "depth": [0, 50e-6, 100e-6, 140e-6, 180e-6, 250e-6, 400e-6, 1e-3, 3e-3, 1e-2, 1.0],
    "snr": [0, 5, 7, 8.5, 10, 13, 17, 25, 50, 1e6],
    "duration": [0, 2, 4, 6, 8, 12, 16, 24, 1e3],  # h
    "period": [0, 5, 10, 20, 45, 90, 200, 500, 1e5],  # d
    "mag": [0, 9, 10, 11, 12, 13, 30],
    "teff": [0, 4500, 5200, 5700, 6200, 1e5],  # K
    "radius": [0, 0.8, 1.0, 1.3, 1.8, 1e3],  # solar radii
}


class Judged:
    """One search matched with the truth, subset by subset.

    Parameters
    ----------
    events : dict of str to (E,) ndarray
        ``row t0 [d] duration [h]`` of what was found, and its score under the key `score`.
    truth : dict of str to (T,) ndarray
        ``row t0 duration observed`` of the events to be found, and of others.
    wanted : (T,) bool ndarray
        Which of them are to be found; the others are neither hits nor false alarms where
        `forgiven`, else false alarms.
    subset : (N,) str ndarray
        Of the examples.
    empty : (N,) bool ndarray
        Examples without any event.
    score : str
    forgiven : bool
    """

    def __init__(self, events, truth, wanted, subset, empty, *, score="log_odds", forgiven=False):
        self.events, self.truth, self.score, self.subset = events, truth, events[score], subset
        seen = truth["observed"] >= OBSERVED
        known = wanted | forgiven
        self.rows_of_truth = np.flatnonzero(known)
        ignore = ~(wanted & seen)[known]
        matched = match_events(
            events["row"], events["t0"], events["duration"], self.score, truth["row"][known],
            truth["t0"][known], truth["duration"][known], ignore=ignore)
        self.true = matched["match"] >= 0
        self.match = np.full(len(self.true), -1)  # also where there is no true event to point to
        self.match[self.true] = self.rows_of_truth[matched["match"][self.true]]
        self.ignored, self.found_score = matched["ignored"], np.full(len(seen), np.nan)
        self.found_score[self.rows_of_truth] = matched["found_score"]
        self.overlap_score = np.full(len(seen), np.nan)
        self.overlap_score[self.rows_of_truth] = matched["any_overlap_score"]
        self.wanted = wanted & seen
        self.event_subset, self.truth_subset = subset[events["row"]], subset[truth["row"]]
        self.in_empty = empty[events["row"]]
        self.quarters = {name: int(np.sum(empty & (subset == name))) for name in SUBSETS}

    def of(self, name, some=None):
        """Return what the rates of one subset are made of; `some` narrows the true events down."""
        mine = self.event_subset == name
        truth = (self.truth_subset == name) & self.wanted & (True if some is None else some)
        return {"score": self.score[mine], "true": self.true[mine], "ignored": self.ignored[mine],
                "found_score": self.found_score[truth], "overlap_score": self.overlap_score[truth],
                "empty_score": self.score[mine & self.in_empty], "quarters": self.quarters[name],
                "rows": np.flatnonzero(truth)}


def announcing_threshold(judged, limit=FDR[0]):
    """Return the score from which events are announced, chosen on validation, and how; None without.

    At most `limit` of the announced ones false; where validation cannot show that, at most
    one false alarm in ten quarters without events.
    """
    validation = judged.of("validation")
    threshold = threshold_for_fdr(validation["score"], validation["true"], limit,
                                  ignored=validation["ignored"])
    if threshold is not None:
        return threshold, f"at most {100 * limit:g} % of the announced events false in validation"
    threshold = threshold_for_rate(validation["empty_score"], validation["quarters"], FALSE_ALARMS[1])
    if threshold is not None and np.isfinite(threshold):
        return threshold, f"{FALSE_ALARMS[1]:g} false alarms per empty quarter in validation"
    return None, "validation has too few events to choose a threshold"


def judge_search(judged, *, properties, single=None, threshold=None, chosen_by=""):
    """Return the judgement of one search, as plain types.

    Parameters
    ----------
    judged : Judged
    properties : dict of str to (T,) ndarray
        Of the true events, by which recall is told: keys of `EDGES`.
    single : (T,) bool ndarray, optional
        Events that are the only ones of their body in their example.
    threshold : float, optional
        Score from which events are announced, chosen before.
    chosen_by : str
        How; empty: `announcing_threshold` chooses it on validation.

    Returns
    -------
    dict
        ``threshold chosen_by recall recall_any_overlap fdr false_alarms at_fdr at_false_alarms
        bins single curve errors counts``; rates are those of the test subset.
    """
    validation, test = judged.of("validation"), judged.of("test")
    if not chosen_by:
        threshold, chosen_by = announcing_threshold(judged)
    at_rates = [recall_at_false_alarms(validation, test, limit) for limit in FALSE_ALARMS]
    report = {
        "threshold": threshold, "chosen_by": chosen_by, "recall": recall(test["found_score"], threshold),
        "recall_any_overlap": recall(test["overlap_score"], threshold),
        "fdr": false_discovery_rate(test["score"], test["true"], threshold, ignored=test["ignored"]),
        "false_alarms": false_alarms_per_quarter(test["empty_score"], test["quarters"], threshold),
        "at_fdr": [recall_at_fdr(validation, test, limit) for limit in FDR],
        "at_false_alarms": at_rates,
        "bins": _bins(test, properties, threshold),
        "curve": recovery_curve(test["found_score"], test["score"], test["true"], test["empty_score"],
                                test["quarters"], ignored=test["ignored"]),
        "errors": _errors(judged),
        "counts": {name: {"events": len(part["found_score"]), "found": len(part["score"]),
                          "empty_quarters": part["quarters"]}
                   for name, part in (("validation", validation), ("test", test))},
    }
    if single is not None:
        thresholds = [threshold, *(row["threshold"] for row in at_rates)]
        report["single"] = _singles(judged, single, properties, thresholds)
    return _plain(report)


def _bins(test, properties, threshold):
    """Return the recall in bins of each property of which something is known."""
    bins = {}
    for name, values in properties.items():
        mine = np.asarray(values, float)[test["rows"]]
        if name in EDGES and np.isfinite(mine).any():
            bins[name] = recall_in_bins(mine, test["found_score"], EDGES[name], threshold)
    return bins


def _singles(judged, single, properties, thresholds):
    """Return the recall of single events by depth: announced, and at each number of false alarms."""
    test = judged.of("test", single)
    depth = np.asarray(properties["depth"], float)[test["rows"]]
    names = ("announced", *(f"{limit:g} false alarms per quarter" for limit in FALSE_ALARMS))
    return {name: recall_in_bins(depth, test["found_score"], EDGES["depth"], threshold)
            for name, threshold in zip(names, thresholds, strict=True)}


def _errors(judged):
    """Return how well matched events of the test subset were measured."""
    mine = (judged.event_subset == "test") & judged.true
    found = {name: judged.events[name][mine] for name in ("t0", "duration", "depth") if name in judged.events}
    truth = {name: judged.truth[name] for name in ("t0", "duration", "depth") if name in judged.truth}
    return event_errors(found, truth, judged.match[mine])


def _plain(value):
    """Return a value without numpy types and infinities: what JSON can say."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
