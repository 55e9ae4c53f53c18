import json

import numpy as np
import pytest

from otrain.evaluation import event_rates as rates
from otrain.evaluation.intervals import wilson_interval

NAN = np.nan


def test_recall_counts_events_that_reach_the_threshold():
    row = rates.recall([0.9, 0.5, NAN, 0.2], 0.5)
    assert row == {"value": 0.5, "low": pytest.approx(wilson_interval(2, 4)[0]),
                   "high": pytest.approx(wilson_interval(2, 4)[1]), "events": 4}


def test_recall_without_events_or_threshold_is_none():
    assert rates.recall([], 0.5)["value"] is None
    assert rates.recall([0.9], None) == {"value": None, "low": None, "high": None, "events": 1}


def test_bins_hold_their_lower_edge_and_the_last_also_its_upper_one():
    rows = rates.recall_in_bins([1, 2, 3, 4, NAN, 0.5, 5], np.ones(7), [1, 2, 4])
    assert [row["events"] for row in rows] == [1, 3]
    assert (rows[1]["low_edge"], rows[1]["high_edge"]) == (2, 4)


def test_false_alarms_have_the_poisson_interval():
    row = rates.false_alarms_per_quarter([0.1, 0.6, 0.7, 0.8], 10, 0.5)
    # reference: Garwood 1936, three events: 0.6187 to 8.7673
    assert row == {"value": 0.3, "low": pytest.approx(0.06187, rel=1e-4), "high": pytest.approx(0.87673, rel=1e-4),
                   "false_alarms": 3, "quarters": 10}


def test_no_false_alarm_still_has_an_upper_limit():
    row = rates.false_alarms_per_quarter([], 100, 0.5)
    assert row["value"] == row["low"] == 0 and row["high"] == pytest.approx(0.03689, rel=1e-3)


def test_fdr_is_the_share_of_false_detections():
    row = rates.false_discovery_rate([0.9, 0.8, 0.7, 0.1], [True, False, True, False], 0.5)
    assert row["value"] == pytest.approx(1 / 3) and row["detections"] == 3
    ignored = rates.false_discovery_rate([0.9, 0.8, 0.7], [True, False, True], 0.5, ignored=[False, True, False])
    assert ignored["value"] == 0 and ignored["detections"] == 2


def test_threshold_for_rate_lets_exactly_the_allowed_alarms_through():
    scores = np.random.default_rng(0).random(500)
    threshold = rates.threshold_for_rate(scores, 1000, 0.05)
    assert np.sum(scores >= threshold) == 50
    assert rates.threshold_for_rate(scores, 1000, 0.5) == -np.inf
    assert rates.threshold_for_rate(scores, 10, 0.05) is None


def test_equal_false_alarms_stand_or_fall_together():
    assert np.sum(np.full(5, 0.7) >= rates.threshold_for_rate(np.full(5, 0.7), 3, 1)) == 0


def test_threshold_for_fdr_is_the_lowest_that_keeps_the_limit():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.5])
    true = np.array([True, False, True, True, True, False])
    assert rates.threshold_for_fdr(scores, true, 0.25) == 0.6
    assert rates.threshold_for_fdr(scores, true, 0.34) == 0.5
    assert rates.threshold_for_fdr(scores, true, 0.1) == 0.9
    assert rates.threshold_for_fdr(scores, ~true, 0.1) is None


def found_events(n, false, seed=0):
    rng = np.random.default_rng(seed)
    true = np.arange(n) >= false
    score = np.where(true, rng.uniform(0.5, 1, n), rng.uniform(0, 0.6, n))
    return {"score": score, "true": true, "found_score": np.append(score[true], [NAN] * 10)}


def test_recall_at_one_percent_fdr_takes_its_threshold_from_validation():
    validation, test = found_events(600, 60), found_events(700, 60, seed=1)
    row = rates.recall_at_fdr(validation, test, 0.01)
    assert row["threshold"] == rates.threshold_for_fdr(validation["score"], validation["true"], 0.01)
    assert row["recall"]["value"] == pytest.approx(np.mean(test["found_score"] >= row["threshold"]))
    assert row["support"] == "" and json.loads(json.dumps(row)) == row


def test_one_in_ten_thousand_needs_thirty_thousand_detections():
    row = rates.recall_at_fdr(found_events(29_999, 10), found_events(40_000, 10), 1e-4)
    assert row["recall"]["value"] is None and row["threshold"] is None
    assert row["support"] == ("a false discovery rate of 0.01 % needs at least 30000 detections in validation "
                              "(has 29999)")
    many = rates.recall_at_fdr(found_events(40_000, 10), found_events(40_000, 10), 1e-4)
    assert many["recall"]["value"] > 0.9 and many["support"] == ""


def test_few_test_detections_are_said():
    row = rates.recall_at_fdr(found_events(600, 60), found_events(50, 5), 0.01)
    assert "needs at least 300 detections in test" in row["support"]


def test_recall_at_false_alarms_judges_on_test_what_validation_chose():
    validation = {"found_score": [0.9, 0.5], "empty_score": [0.1, 0.2, 0.6], "quarters": 10}
    test = {"found_score": [0.9, 0.7, 0.3, NAN], "empty_score": [0.8, 0.05], "quarters": 20}
    row = rates.recall_at_false_alarms(validation, test, 0.1)
    assert 0.2 < row["threshold"] < 0.200001
    assert row["recall"]["value"] == 0.75 and row["false_alarms"]["value"] == 0.05
    short = rates.recall_at_false_alarms(validation, test, 0.01)
    assert short["recall"]["value"] is None and "need at least 100 quarters" in short["support"]


def test_recovery_curve_passes_through_the_rates_of_each_threshold():
    rng = np.random.default_rng(0)
    found, empty = np.append(rng.random(300), [NAN] * 100), rng.random(500) ** 3
    scores, true = np.concatenate([found[:300], empty]), np.arange(800) < 300
    curve = rates.recovery_curve(found, scores, true, empty, 50)
    for threshold, recall, alarms, fdr in zip(*curve.values()):
        assert recall == pytest.approx(rates.recall(found, threshold)["value"])
        assert alarms == pytest.approx(rates.false_alarms_per_quarter(empty, 50, threshold)["value"])
        assert fdr == pytest.approx(rates.false_discovery_rate(scores, true, threshold)["value"])
    assert len(curve["recall"]) <= 200 and curve["recall"][-1] == 0.75


def test_statistic_with_the_highest_recall_is_chosen():
    empty = np.linspace(0, 0.5, 20)
    rows = {"peak": {"found_score": [0.2, 0.9], "empty_score": empty, "quarters": 10},
            "sum": {"found_score": [0.8, 0.9], "empty_score": empty, "quarters": 10}}
    assert rates.choose_statistic(rows, 0.1) == "sum"


def test_errors_are_medians_over_matched_events():
    found = {"t0": [1.0, 2.0, 9.0], "duration": [12.0, 10.0, 1.0], "depth": [2e-4, 1e-4, 1.0]}
    true = {"t0": [1.0, 2.25], "duration": [10.0, 10.0], "depth": [1e-4, 1e-4]}
    errors = rates.event_errors(found, true, [0, 1, -1])
    assert errors["t0"]["median"] == pytest.approx(-3) and errors["t0"]["events"] == 2
    assert errors["duration"]["median"] == pytest.approx(0.1)
    assert errors["depth"]["median"] == pytest.approx(0.5)
    assert rates.event_errors(found, true, [-1, -1, -1])["t0"] == {"median": None, "low": None, "high": None, "events": 0}
