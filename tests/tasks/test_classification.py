import json

import keras
import numpy as np
import pytest

from otrain.data.cube_meta import checked_meta
from otrain.data.predictions import Predictions
from otrain.errors import DataError
from otrain.tasks.classification import TASK


def predictions(n=200, classes=2):
    rng = np.random.default_rng(0)
    labels = np.arange(n) % classes
    if classes == 2:
        logits = rng.normal(3 * labels - 1.5, 1)
        scores = 1 / (1 + np.exp(-logits))
    else:
        logits = rng.normal(size=(n, classes)) + 3 * np.eye(classes)[labels]
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    subset = np.where(np.arange(n) < n // 2, "validation", "test")
    return Predictions({}, labels, logits, scores, subset, {})


def meta(classes):
    return checked_meta({"channels": ["difference"], "classes": list(classes)}, (8, 8, 1))


def test_two_classes_are_one_sigmoid_and_more_a_softmax():
    two, three = (TASK.head(TASK.lesson(meta(classes))) for classes in (["quiet", "glitch"], ["a", "b", "c"]))
    assert (two.units, two.activation) == (1, "sigmoid")
    assert (three.units, three.activation) == (3, "softmax")


def test_a_cube_of_one_class_teaches_nothing():
    with pytest.raises(DataError, match=r"night\.npz: at least two classes are needed.*Received: real"):
        TASK.lesson(meta(["real"]), "night.npz")


def test_a_cube_with_a_class_for_each_point_alone_is_refused():
    points = meta(["a", "b"]) | {"channels": ["flux", "label"],
                                 "targets": [{"name": "label", "channel": "label", "shape": [4]}]}
    with pytest.raises(DataError, match="no class for each example"):
        TASK.lesson(points)


def test_classes_need_no_encoding():
    assert TASK.encoding(None, np.arange(3)) == {}


@pytest.mark.parametrize(("units", "targets"), [(1, [[0], [1]]), (2, [[1, 0], [0, 1]]), (3, [[1, 0, 0], [0, 1, 0]])])
def test_labels_become_targets_of_any_head(units, targets):
    np.testing.assert_array_equal(TASK.encode([0, 1], units), targets)


def test_one_and_two_units_give_the_same_log_odds():
    np.testing.assert_allclose(TASK.decode([[2.0]]), [2])
    np.testing.assert_allclose(TASK.decode([[-1.0, 1.0]]), [2])
    assert TASK.decode(np.zeros((4, 3))).shape == (4, 3)


@pytest.mark.parametrize("units", [1, 2, 3])
def test_loss_and_metric_are_those_of_probabilities(units):
    logits = np.random.default_rng(0).normal(size=(6, units)).astype("f4")
    labels = np.arange(6) % max(units, 2)
    targets = TASK.encode(labels, units)
    lesson = TASK.lesson(meta("ab")).given_by(units)
    loss = float(keras.losses.get(TASK.loss(lesson))(targets, logits))
    z = logits if units > 1 else np.c_[np.zeros(6), logits]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert loss == pytest.approx(-np.log(p[np.arange(6), labels]).mean(), rel=1e-5)
    metric = keras.metrics.get(TASK.metrics(lesson)[0])
    metric.update_state(targets, logits)
    assert float(metric.result()) == pytest.approx((z.argmax(axis=1) == labels).mean())


def test_class_weights_make_classes_equally_heavy():
    labels = np.array([0] * 30 + [1] * 10)
    weights = TASK.class_weights(labels, 2)
    assert weights[labels][labels == 1].sum() == pytest.approx(weights[labels][labels == 0].sum())
    assert weights[labels].mean() == pytest.approx(1)


def test_absent_class_has_a_finite_weight():
    assert np.isfinite(TASK.class_weights(np.zeros(4, int), 2)).all()


def test_report_of_two_classes_has_every_part_and_is_json():
    report = TASK.report(predictions(), threshold=0.4)
    assert set(report) == {"schema_version", "task", "classes", "counts", "threshold", "night", "metrics",
                           "confusion", "threshold_table", "reliability"}
    assert report["counts"] == {name: {"bogus": 50, "real": 50} for name in ("validation", "test")}
    assert np.sum(report["confusion"]["test"]) == 100
    rate = report["metrics"]["test"]["accuracy"]
    assert rate["low"] < rate["value"] < rate["high"]
    json.dumps(report, allow_nan=False)


def test_report_uses_scores_before_calibration_for_the_first_curve():
    made = predictions()
    report = TASK.report(made, uncalibrated=np.full(len(made), 0.3))
    assert report["reliability"]["test"]["before"]["score"] == [pytest.approx(0.3)]
    assert len(report["reliability"]["test"]["after"]["score"]) > 5


def test_report_without_test_says_nothing_of_it():
    made = predictions().of_subset("validation")
    report = TASK.report(made)
    assert set(report["metrics"]) == {"validation"}


def test_report_of_three_classes_counts_right_calls():
    made = predictions(classes=3)
    report = TASK.report(made, classes=("a", "b", "c"))
    test = made.of_subset("test")
    assert report["metrics"]["test"]["accuracy"]["value"] == pytest.approx(
        (test.scores.argmax(axis=1) == test.labels).mean())
    assert np.shape(report["confusion"]["test"]) == (3, 3) and report["threshold_table"] == []
    json.dumps(report, allow_nan=False)
