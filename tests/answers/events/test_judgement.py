import numpy as np
import pytest

from otrain.answers.events.judgement import Judged, announcing_threshold, judge_search


def table(**columns):
    return {name: np.asarray(values) for name, values in columns.items()}


SUBSET = np.repeat(["validation", "test"], 200)
EMPTY = np.arange(400) % 2 == 1  # every second example has nothing


def case(*, found_depths=slice(None), false=4):
    """One planet in each even example, found at log odds 5; some false ones at 1."""
    rows = np.arange(0, 400, 2)
    truth = table(row=rows, t0=np.full(200, 10.0), duration=np.full(200, 6.0), observed=np.ones(200),
                  depth=np.geomspace(50e-6, 1e-2, 200)[np.random.default_rng(0).permutation(200)])
    hits = rows[found_depths]
    wrong = np.r_[np.arange(1, 2 * false, 2), 201 + np.arange(0, 2 * false, 2)]
    events = table(row=np.r_[hits, wrong], t0=np.r_[np.full(len(hits), 10.05), np.full(len(wrong), 30.0)],
                   duration=np.full(len(hits) + len(wrong), 6.0),
                   log_odds=np.r_[np.full(len(hits), 5.0), np.full(len(wrong), 1.0)])
    return events, truth


def judged(events, truth, wanted=None, **options):
    wanted = np.ones(len(truth["row"]), bool) if wanted is None else wanted
    return Judged(events, truth, wanted, SUBSET, EMPTY, **options)


def test_threshold_is_the_lowest_that_keeps_false_events_rare():
    events, truth = case()
    threshold, how = announcing_threshold(judged(events, truth))
    assert 1 < threshold <= 5 and "1 %" in how


def test_search_that_finds_all_and_little_else_is_told_so():
    events, truth = case()
    report = judge_search(judged(events, truth), properties={"depth": truth["depth"]},
                          single=np.ones(200, bool))
    assert report["recall"]["value"] == 1 and report["recall"]["events"] == 100
    assert report["fdr"]["value"] == 0 and report["false_alarms"]["false_alarms"] == 0
    assert report["at_false_alarms"][0]["false_alarms"]["value"] == pytest.approx(0.04)
    assert sum(row["events"] for row in report["bins"]["depth"]) == 100
    assert report["errors"]["t0"]["median"] == pytest.approx(1.2)
    assert report["single"]["announced"][3]["value"] == 1


def test_event_that_was_hardly_observed_need_not_be_found():
    events, truth = case(found_depths=slice(0, 150))
    truth["observed"][150:] = 0.2
    assert judge_search(judged(events, truth), properties={"depth": truth["depth"]})["recall"]["value"] == 1


def test_events_of_another_kind_are_false_alarms_unless_forgiven():
    events, truth = case(false=0)
    wanted = truth["row"] % 4 == 0
    strict = judge_search(judged(events, truth, wanted), properties={"depth": truth["depth"]})
    assert strict["threshold"] is None  # half of what it finds is of the other kind
    mild = judge_search(judged(events, truth, wanted, forgiven=True), properties={"depth": truth["depth"]})
    assert mild["fdr"]["value"] == 0 and mild["recall"]["value"] == 1


def test_report_holds_no_infinity():
    events, truth = case(false=0)
    report = judge_search(judged(events, truth), properties={"depth": truth["depth"]})
    assert report["at_false_alarms"][0]["threshold"] is None


def test_class_without_a_true_event_has_rates_that_are_not_defined():
    events, truth = case()
    none = np.zeros(len(truth["row"]), bool)
    report = judge_search(judged(events, truth, none), properties={"depth": truth["depth"]}, single=none)
    assert report["recall"] == {"value": None, "low": None, "high": None, "events": 0}
    assert report["errors"]["t0"] == {"median": None, "low": None, "high": None, "events": 0}
    assert report["counts"]["test"]["found"] > 0
    empty = {name: values[:0] for name, values in truth.items()}
    assert judge_search(judged(events, empty), properties={"depth": empty["depth"]})["recall"]["events"] == 0
