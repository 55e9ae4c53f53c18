import json
from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.answer import Replies
from otrain.answers.scores.judgement import judge_scores, labelled, training_prior
from otrain.data.results.calibration import Calibration, ScoreSettings
from otrain.data.results.predictions import Predictions
from otrain.errors import DataError


def replies(n=200, classes=("bogus", "real"), subset=None):
    rng, count = np.random.default_rng(0), len(classes)
    labels = np.arange(n) % count
    if count == 2:
        logits = rng.normal(3 * labels - 1.5, 1)
        scores = 1 / (1 + np.exp(-logits))
    else:
        logits = rng.normal(size=(n, count)) + 3 * np.eye(count)[labels]
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if subset is None:
        subset = np.where(np.arange(n) < n // 2, "validation", "test")
    cube = SimpleNamespace(classes=tuple(classes), path="night.npz")
    return Replies(cube, np.arange(n), [0], Predictions({}, labels, logits, scores, subset, {}))


def test_report_of_two_classes_has_every_part_and_is_json():
    report = judge_scores(replies(), ScoreSettings(threshold=0.4), {})
    assert set(report) == {"schema_version", "task", "classes", "counts", "threshold", "night", "metrics", "notes",
                           "confusion", "threshold_table", "reliability", "calibration"}
    assert report["counts"] == {name: {"bogus": 50, "real": 50} for name in ("validation", "test")}
    assert np.sum(report["confusion"]["test"]) == 100
    rate = report["metrics"]["test"]["accuracy"]
    assert rate["low"] < rate["value"] < rate["high"]
    json.dumps(report, allow_nan=False)


def test_first_reliability_curve_is_that_before_calibration():
    made = replies()
    made.predictions.logits = np.full(len(made), np.log(0.3 / 0.7))
    report = judge_scores(made, ScoreSettings(), {})
    assert report["reliability"]["test"]["before"]["score"] == [pytest.approx(0.3)]
    assert len(report["reliability"]["test"]["after"]["score"]) > 5


def test_report_without_test_says_so():
    report = judge_scores(replies(subset=np.full(200, "validation")), ScoreSettings(), {})
    assert set(report["metrics"]) == {"validation"}
    assert any("no test subset" in note for note in report["notes"])


def test_three_classes_are_counted_and_each_stands_against_the_rest():
    made = replies(300, ("star", "galaxy", "ghost"))
    report = judge_scores(made, ScoreSettings(), {})
    test = made.predictions.of_subset("test")
    assert report["metrics"]["test"]["accuracy"]["value"] == pytest.approx(
        (test.scores.argmax(axis=1) == test.labels).mean())
    assert np.shape(report["confusion"]["test"]) == (3, 3) and report["threshold_table"] == []
    assert list(report["by_class"]) == ["star", "galaxy", "ghost"]
    mine = report["by_class"]["galaxy"]
    recall = (test.scores[test.labels == 1, 1] >= 0.5).mean()
    assert mine["metrics"]["test"]["recall"]["value"] == pytest.approx(recall)
    assert mine["threshold_table"] and mine["reliability"]["test"]["after"]["score"]
    json.dumps(report, allow_nan=False)


def test_thresholds_of_the_network_are_judged_again_on_a_new_cube():
    settled = judge_scores(replies(), ScoreSettings(), {})["threshold_table"]
    facts = {"judged": "test", "threshold_rows": settled, "notes": []}
    report = judge_scores(replies(subset=np.full(200, "test")), ScoreSettings(), facts)
    assert [row["threshold"] for row in report["threshold_table"]] == [row["threshold"] for row in settled]


def test_absent_class_is_said_by_its_name():
    made = replies(subset=np.full(200, "test"))
    made.predictions.labels[:] = 0
    report = judge_scores(made, ScoreSettings(), {"judged": "test", "threshold_rows": [], "notes": []})
    assert "There is no real among the examples: what compares the classes is not defined." in report["notes"]


def test_examples_without_a_class_are_left_out_and_counted():
    made, notes = replies(), []
    made.predictions.labels[:3] = -1
    assert len(labelled(made, notes)) == 197 and notes == ["3 of 200 examples have no known class and are left out."]
    made.predictions.labels[:] = -1
    with pytest.raises(DataError, match="none of its 200 examples has a known class"):
        labelled(made, [])


@pytest.mark.parametrize(("weight", "method", "prior"), [("none", "temperature", 0.25), ("balanced", "temperature", 0.5),
                                                         ("balanced", "isotonic", 0.25)])
def test_scores_presuppose_what_the_training_showed(weight, method, prior):
    calibration = Calibration(method, knots=(0.0, 1.0), values=(0.1, 0.9)) if method == "isotonic" else Calibration(method)
    labels = np.array([0, 0, 0, 1])
    assert training_prior(labels, weight, ("bogus", "real"), calibration) == prior
    assert training_prior(labels, weight, ("a", "b", "c"), calibration) is None


def test_ranges_of_training_are_compared_with_the_judged_subset():
    made = replies()
    made.predictions.columns["fwhm"] = np.where(made.predictions.subset == "test", 9.0, 3.0)
    report = judge_scores(made, ScoreSettings(), {"ranges": {"fwhm": {"low": 2.0, "high": 4.0, "known": 5}}})
    assert (report["column_ranges"]["fwhm"]["judged"], report["column_ranges"]["fwhm"]["outside"]) == (100, 100)
