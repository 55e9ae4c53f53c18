import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, f1_score, jaccard_score

from otrain.errors import DataError
from otrain.evaluation.points import PointCounts, precision_of_histogram


def maps(seed=0, rows=40, length=300):
    rng = np.random.default_rng(seed)
    target = (rng.random((rows, length)) < 0.05).astype(float)
    odds = rng.normal(size=target.shape) * 2 + 4 * target - 3
    stars = np.array([f"s{row // 4}" for row in range(rows)])
    return stars, target, odds


def counted(stars, target, odds, **options):
    counts = PointCounts()
    counts.add(stars, target, log_odds=odds, **options)
    return counts.metrics(resamples=50)


def test_metrics_are_those_of_scikit_learn():
    stars, target, odds = maps()
    rows = counted(stars, target, odds)
    y, p = target.ravel(), expit(odds).ravel()
    assert rows["f1"]["value"] == pytest.approx(f1_score(y, p >= 0.5))
    assert rows["iou"]["value"] == pytest.approx(jaccard_score(y, p >= 0.5))
    exact, row = average_precision_score(y, p), rows["average_precision"]
    assert abs(row["value"] - exact) <= row["bin_error"] < 0.03
    assert abs(row["value"] - exact) < 2e-3


def test_bin_error_encloses_every_order_within_the_bins():
    rng = np.random.default_rng(0)
    for _ in range(200):
        positive, other = rng.integers(0, 4, 5), rng.integers(0, 4, 5)
        if not positive.any():
            continue
        value, error = precision_of_histogram(positive, other)
        labels = [rng.permutation(np.repeat([1, 0], [a, b])) for a, b in zip(positive, other)]
        labels = np.concatenate(labels)
        exact = average_precision_score(labels, np.arange(len(labels)))
        assert abs(exact - value) <= error + 1e-12


def test_masked_points_never_count():
    stars, target, odds = maps()
    valid = np.random.default_rng(1).random(target.shape) > 0.3
    one = counted(stars, target, odds, valid=valid)
    other = counted(stars, np.where(valid, target, 1 - target), np.where(valid, odds, np.nan), valid=valid)
    hidden = counted(stars, np.where(valid, target, np.nan), odds)
    assert one == other == hidden and one["points"] == valid.sum()


def test_batches_add_up():
    stars, target, odds = maps()
    counts = PointCounts()
    for rows in (slice(0, 7), slice(7, 40)):
        counts.add(stars[rows], target[rows], log_odds=odds[rows])
    assert counts.metrics(resamples=50) == counted(stars, target, odds)


def test_probabilities_and_log_odds_give_the_same():
    stars, target, odds = maps()
    counts = PointCounts()
    counts.add(stars, target, probability=expit(odds))
    assert counts.metrics(resamples=0)["average_precision"]["value"] == pytest.approx(
        counted(stars, target, odds)["average_precision"]["value"], abs=1e-3)


def test_probabilities_of_exactly_zero_and_one_are_scores():
    counts = PointCounts()
    counts.add(["a"], [[0, 1]], probability=[[0.0, 1.0]])
    assert counts.metrics()["average_precision"]["value"] == 1


def test_interval_is_wider_when_stars_differ_than_when_points_do():
    rng = np.random.default_rng(2)
    target = (rng.random((30, 400)) < 0.1).astype(float)
    good = np.repeat([0.0, 6.0], 15)[:, None]  # half of the stars are hopeless
    odds = rng.normal(size=target.shape) + good * (target - 0.5)
    by_star = counted([f"s{row}" for row in range(30)], target, odds)["average_precision"]
    mixed = rng.permutation(target.size)
    by_point = counted([f"s{row}" for row in range(30)], target.ravel()[mixed].reshape(target.shape),
                       odds.ravel()[mixed].reshape(target.shape))["average_precision"]
    assert by_star["value"] == pytest.approx(by_point["value"])
    assert by_star["high"] - by_star["low"] > 2 * (by_point["high"] - by_point["low"])


def test_without_a_positive_the_precision_is_none():
    rows = counted(["a"], np.zeros((1, 5)), np.full((1, 5), -3.0))
    assert rows["average_precision"] == {"value": None, "low": None, "high": None, "bin_error": None}
    assert rows["iou"]["value"] is None


def test_no_points_at_all_give_no_metrics():
    assert PointCounts().metrics()["f1"] == {"value": None, "low": None, "high": None}


def test_valid_point_without_a_score_is_an_error():
    with pytest.raises(DataError, match="1 valid points have no score"):
        PointCounts().add(["a"], [[0, 1]], log_odds=[[np.nan, 1.0]])


def test_shapes_must_agree():
    with pytest.raises(DataError, match="one row per star"):
        PointCounts().add(["a", "b"], [[0, 1]], log_odds=[[0.0, 1.0]])
