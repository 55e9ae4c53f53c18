import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef

from otrain.evaluation.column_bins import column_bins
from otrain.evaluation.curves import curves_by_bin, precision_recall, roc, threshold_scan

RNG = np.random.default_rng(0)
known_labels = RNG.integers(0, 2, 400)
given_scores = np.round(np.clip(RNG.normal(0.35 + 0.3 * known_labels, 0.2), 0, 1), 2)  # with ties


def test_f1_and_mcc_equal_those_of_scikit_learn():
    scan = threshold_scan(known_labels, given_scores)
    for index in (0, 3, 40, 77):
        called = given_scores >= scan.thresholds[index]
        assert scan.f1[index] == pytest.approx(f1_score(known_labels, called))
        if 0 < called.sum() < len(called):
            assert scan.mcc[index] == pytest.approx(matthews_corrcoef(known_labels, called))
        else:
            assert np.isnan(scan.mcc[index])


def test_best_threshold_has_the_largest_sum_of_f1_and_mcc():
    scan = threshold_scan(known_labels, given_scores)
    assert scan.best_f1 + scan.best_mcc == pytest.approx(np.nanmax(scan.f1 + scan.mcc))
    assert scan.best in scan.thresholds


def test_best_threshold_of_separated_classes_lies_in_the_middle_of_the_gap():
    scan = threshold_scan([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    assert scan.best == pytest.approx(0.5, abs=0.011)
    assert (scan.best_f1, scan.best_mcc) == (1, 1)


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], []])
def test_one_class_alone_can_be_scanned(labels):
    scan = threshold_scan(labels, np.linspace(0.2, 0.8, len(labels)))
    assert 0 <= scan.best <= 1 and np.isnan(scan.mcc).all()


def test_roc_names_the_threshold_of_the_largest_g_mean():
    curve = roc(known_labels, given_scores)

    def g_mean(threshold):
        called = given_scores >= threshold
        return np.sqrt(called[known_labels == 1].mean() * (1 - called[known_labels == 0].mean()))

    assert curve.merit == pytest.approx(g_mean(curve.threshold))
    assert curve.merit == pytest.approx(max(map(g_mean, np.unique(given_scores))))


def test_precision_recall_names_the_threshold_of_the_largest_f_score():
    curve = precision_recall(known_labels, given_scores)
    assert curve.merit == pytest.approx(f1_score(known_labels, given_scores >= curve.threshold))
    assert curve.merit == pytest.approx(max(f1_score(known_labels, given_scores >= t) for t in np.unique(given_scores)))
    assert curve.best[0] == pytest.approx(np.mean(given_scores[known_labels == 1] >= curve.threshold))


@pytest.mark.parametrize("curve", [roc, precision_recall])
def test_equal_scores_make_a_finite_curve(curve):
    made = curve(np.array([0, 1, 0, 1]), np.full(4, 0.5))
    assert np.isfinite([made.area, made.threshold, made.merit]).all()


def test_bin_with_too_few_of_one_class_has_no_curve():
    values = np.repeat([16.0, 20.0], 40)
    labels = np.r_[np.tile([0, 1], 20), np.ones(37, int), np.zeros(3, int)]
    sparse, full = curves_by_bin(roc, labels, np.linspace(0, 1, 80), column_bins(values, count=2))[::-1]
    assert (sparse.reals, sparse.bogus, sparse.curve) == (37, 3, None)
    assert (full.reals, full.bogus) == (20, 20) and full.curve is not None


def test_bins_hold_only_known_classes_and_finite_scores():
    labels = np.r_[np.tile([0, 1], 20), -1, 1]
    scores = np.r_[np.linspace(0, 1, 41), np.nan]
    (row,) = curves_by_bin(roc, labels, scores, column_bins(np.full(42, 18.0), count=1))
    assert (row.reals, row.bogus) == (20, 20)
