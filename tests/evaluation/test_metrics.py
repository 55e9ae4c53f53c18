import numpy as np
import pytest
from sklearn import metrics as reference  # reference: scikit-learn 1.9

from otrain.evaluation import metrics


def random_subset(seed, *, ties=False):
    rng = np.random.default_rng(seed)
    labels = (rng.random(300) < 0.3).astype(int)
    scores = np.clip(0.3 * labels + rng.random(300) * 0.7, 0, 1)
    return labels, np.round(scores, 1) if ties else scores


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ties", [False, True])
def test_metrics_equal_those_of_scikit_learn(seed, ties):
    y, p = random_subset(seed, ties=ties)
    called = p >= 0.5
    ours = metrics.binary_metrics(y, p)
    theirs = {
        "accuracy": reference.accuracy_score(y, called), "precision": reference.precision_score(y, called),
        "recall": reference.recall_score(y, called), "f1": reference.f1_score(y, called),
        "mcc": reference.matthews_corrcoef(y, called), "roc_auc": reference.roc_auc_score(y, p),
        "average_precision": reference.average_precision_score(y, p),
        "average_precision_bogus": reference.average_precision_score(1 - y, 1 - p),
        "brier": reference.brier_score_loss(y, p), "log_loss": reference.log_loss(y, p),
    }
    assert ours.pop("calibration_error") >= 0
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("labels, scores", [
    ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]), ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
    ([0, 1], [0.0, 1.0]), ([0, 1], [1.0, 0.0]), ([0, 0, 0, 1], [0.9, 0.9, 0.2, 0.9]),
])
def test_metrics_of_degenerate_scores_equal_those_of_scikit_learn(labels, scores):
    y, p = np.array(labels), np.array(scores)
    ours = metrics.binary_metrics(y, p)
    theirs = {"accuracy": reference.accuracy_score(y, p >= 0.5), "roc_auc": reference.roc_auc_score(y, p),
              "f1": reference.f1_score(y, p >= 0.5, zero_division=0),
              "average_precision": reference.average_precision_score(y, p),
              "average_precision_bogus": reference.average_precision_score(1 - y, 1 - p),
              "brier": reference.brier_score_loss(y, p), "log_loss": reference.log_loss(y, p)}
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("label", [0, 1])
def test_metrics_of_one_class_equal_those_of_scikit_learn(label):
    y, p = np.full(50, label), np.random.default_rng(0).random(50)
    ours = metrics.binary_metrics(y, p)
    theirs = {"accuracy": reference.accuracy_score(y, p >= 0.5), "brier": np.mean((p - y) ** 2),
              "log_loss": reference.log_loss(y, p, labels=[0, 1]),
              "precision": reference.precision_score(y, p >= 0.5)}
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-12)
    assert ours["roc_auc"] is None and ours["mcc"] is None


def test_threshold_above_all_scores_leaves_precision_undefined():
    ours = metrics.binary_metrics_with_intervals([0, 1], [0.2, 0.3], threshold=0.9)
    assert ours["precision"] == {"value": None, "low": None, "high": None} and ours["recall"]["value"] == 0


def test_confusion_counts_true_class_by_row():
    assert metrics.confusion([0, 0, 0, 1, 1], [0.1, 0.2, 0.9, 0.5, 0.4]).tolist() == [[2, 1], [1, 1]]


def test_confusion_of_three_classes_uses_the_highest_score():
    scores = np.eye(3)[[0, 1, 2, 2]]
    table = metrics.confusion([0, 1, 2, 0], scores)
    assert table.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]
    assert metrics.accuracy(table) == 0.75


def test_log_loss_of_three_classes_equals_scikit_learn():
    scores = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    assert metrics.log_loss([0, 1, 2], scores) == pytest.approx(reference.log_loss([0, 1, 2], scores))


@pytest.mark.parametrize("labels, undefined", [
    ([], set(metrics.binary_metrics([0, 1], [0.2, 0.8]))),
    ([1, 1], {"roc_auc", "mcc", "average_precision_bogus"}), ([0, 0], {"roc_auc", "mcc", "recall", "average_precision"}),
])
def test_undefined_metrics_are_none(labels, undefined):
    values = metrics.binary_metrics(labels, [0.9] * len(labels))
    assert {name for name, value in values.items() if value is None} == undefined


def test_certain_and_wrong_score_has_a_finite_log_loss():
    assert np.isfinite(metrics.log_loss([0, 1], [1.0, 0.0]))


def test_reliability_bins_hold_equally_many_examples():
    y, p = random_subset(0)
    table = metrics.reliability_bins(y, p, bins=10)
    assert sum(table["count"]) == 300
    assert max(table["count"]) - min(table["count"]) <= 2
    assert table["score"] == sorted(table["score"])


def test_equal_scores_share_a_bin():
    table = metrics.reliability_bins([0, 1] * 10, [0.5] * 20)
    assert table["count"] == [20]
    assert table["fraction"] == [0.5]


def test_calibration_error_is_the_distance_of_score_and_fraction():
    # One bin: mean score 0.9, one real in two.
    assert metrics.calibration_error([0, 1], [0.9, 0.9]) == pytest.approx(0.4)


def test_calibration_error_of_right_scores_is_small():
    rng = np.random.default_rng(0)
    p = rng.random(20_000)
    # Each of 10 bins of 2000 scatters by sqrt(p (1 - p) / 2000) < 0.012.
    assert metrics.calibration_error(rng.random(20_000) < p, p) < 0.012


def test_intervals_enclose_the_values():
    y, p = random_subset(1)
    table = metrics.binary_metrics_with_intervals(y, p, resamples=60)
    assert set(table) == set(metrics.binary_metrics(y, p))
    for name, row in table.items():
        assert row["low"] <= row["value"] <= row["high"], name


def test_intervals_of_an_empty_subset_are_none():
    table = metrics.binary_metrics_with_intervals([], [])
    assert all(row == {"value": None, "low": None, "high": None} for row in table.values())
