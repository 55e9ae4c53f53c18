import numpy as np
import pytest
from scipy.stats import norm

from otrain.evaluation.auc_interval import auc_interval, middle_ranks
from otrain.evaluation.metrics import roc_auc


def two_normals(rng, reals, bogus, distance):
    labels = np.repeat([1, 0], [reals, bogus])
    return labels, rng.normal(size=reals + bogus) + distance * labels


def test_variance_is_that_of_delong():
    labels, scores = two_normals(np.random.default_rng(0), 12, 9, 1.0)
    real, bogus = scores[labels == 1], scores[labels == 0]
    above = (real[:, None] > bogus) + 0.5 * (real[:, None] == bogus)  # by the definition, pair by pair
    variance = above.mean(axis=1).var(ddof=1) / 12 + above.mean(axis=0).var(ddof=1) / 9
    area, low, high = auc_interval(labels, scores)
    assert area == pytest.approx(above.mean()) == pytest.approx(roc_auc(labels, scores))
    width = np.log(high / (1 - high)) - np.log(low / (1 - low))
    assert width == pytest.approx(2 * 1.959964 * np.sqrt(variance) / (area * (1 - area)), rel=1e-6)


@pytest.mark.parametrize("reals, bogus, distance", [(100, 100, 1.5), (40, 300, 2.0), (60, 60, 3.0)])
def test_interval_covers_the_truth_19_times_in_20(reals, bogus, distance):
    truth, rng = norm.cdf(distance / np.sqrt(2)), np.random.default_rng(1)
    hits = 0
    for _ in range(600):
        _, low, high = auc_interval(*two_normals(rng, reals, bogus, distance))
        hits += low <= truth <= high
    # 600 trials scatter by 0.009.
    assert 0.92 <= hits / 600 <= 0.985


def test_separation_without_error_leaves_room_below_1():
    widths = []
    for count in (10, 100, 1000):
        area, low, high = auc_interval(np.repeat([0, 1], count), np.repeat([0.1, 0.9], count))
        assert (area, high) == (1.0, 1.0)
        widths.append(1 - low)
    assert widths[0] > 0.1 and widths[0] > 5 * widths[1] > 25 * widths[2] > 0


def test_wrong_way_round_is_the_mirror_of_separation():
    labels = np.repeat([0, 1], 20)
    _, low, high = auc_interval(labels, labels)
    assert auc_interval(labels, 1 - labels) == pytest.approx((0.0, 1 - high, 1 - low))


def test_equal_scores_say_nothing():
    area, low, high = auc_interval(np.repeat([0, 1], 15), np.full(30, 0.5))
    assert area == 0.5 and low < 0.35 and high > 0.65


@pytest.mark.parametrize("labels", [[], [1, 1], [0, 0]])
def test_absent_class_has_no_interval(labels):
    assert np.isnan(auc_interval(labels, np.arange(len(labels)) / 3)).all()


def test_single_real_has_a_wide_interval():
    _, low, high = auc_interval([1, *[0] * 50], [0.8, *np.linspace(0, 1, 50)])
    assert 0 < low < 0.4 and 0.9 < high < 1


def test_equal_values_share_their_mean_rank():
    assert middle_ranks(np.array([5, 1, 5, 9])).tolist() == [2.5, 1, 2.5, 4]
