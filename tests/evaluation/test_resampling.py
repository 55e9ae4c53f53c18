import time

import numpy as np
import pytest

from otrain.data.results.calibration import sigmoid
from otrain.evaluation import metrics, resampling
from otrain.evaluation.resampling import Groups, resample_rates, score_intervals


def drawn(seed, reals, bogus, distance=2.0):
    """Calibrated scores of two normal populations."""
    labels = np.repeat([1, 0], [reals, bogus])
    x = np.random.default_rng(seed).normal(size=reals + bogus) + distance * (labels - 0.5)
    return labels, sigmoid(distance * x + np.log(reals / bogus))


@pytest.mark.parametrize("digits", [1, 9])
@pytest.mark.parametrize("seed", range(3))
def test_grouped_metrics_are_the_metrics(seed, digits):
    labels, scores = drawn(seed, 60, 90)
    scores = np.round(scores, digits)
    groups = Groups.of(labels, scores)
    bogus, real = groups.counts[:, None]
    assert resampling._average_precision(real[:, ::-1], bogus[:, ::-1])[0] == pytest.approx(
        metrics.average_precision(labels, scores))
    assert resampling._average_precision(bogus, real)[0] == pytest.approx(
        metrics.average_precision(1 - labels, 1 - scores))
    for values, spread, metric in ((groups.square, groups.square_spread, metrics.brier_score),
                                   (groups.surprise, groups.surprise_spread, metrics.log_loss)):
        mean, _ = resampling._mean_and_error(groups.counts, values, spread)
        assert mean == pytest.approx(metric(labels, scores))


def test_standard_error_keeps_the_classes_apart():
    labels, scores = drawn(0, 50, 70)
    groups = Groups.of(labels, scores)
    _, error = resampling._mean_and_error(groups.counts, groups.square, groups.square_spread)
    square = (scores - labels) ** 2
    expected = np.sqrt(50 * square[labels == 1].var() + 70 * square[labels == 0].var()) / 120
    assert error == pytest.approx(expected)


def test_few_groups_of_many_scores_give_the_same_intervals():
    labels, scores = drawn(1, 3000, 3000)
    exact = score_intervals(labels, scores, resamples=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Groups.of.__func__, "__kwdefaults__", {"most": 500})
        assert Groups.of(labels, scores).counts.shape[1] <= 500
        rough = score_intervals(labels, scores, resamples=300)
    for name, (low, high) in exact.items():
        # 300 draws leave a tenth of the width of scatter at each end.
        assert rough[name] == pytest.approx((low, high), abs=0.3 * (high - low)), name


@pytest.mark.slow
@pytest.mark.parametrize("reals, bogus", [(100, 100), (40, 200)])
def test_intervals_cover_the_truth_19_times_in_20(reals, bogus):
    large = drawn(12_345, 2000 * reals, 2000 * bogus)
    truth = {name: getattr(metrics, stem)(*large) for name, stem in (
        ("average_precision", "average_precision"), ("brier", "brier_score"), ("log_loss", "log_loss"))}
    truth["average_precision_bogus"] = metrics.average_precision(1 - large[0], 1 - large[1])
    inside = {name: [] for name in truth}
    for seed in range(250):
        for name, (low, high) in score_intervals(*drawn(seed, reals, bogus), resamples=200, seed=seed).items():
            inside[name].append(low <= truth[name] <= high)
    # 250 trials scatter by 0.014.
    assert {name: np.mean(hits) for name, hits in inside.items() if not 0.90 <= np.mean(hits) <= 0.99} == {}


def test_intervals_of_f1_and_mcc_cover_the_truth_19_times_in_20():
    rng, inside = np.random.default_rng(0), {"f1": [], "mcc": []}
    reals, bogus, recall, passed = 60, 140, 0.93, 0.04
    truth = [[bogus * (1 - passed), bogus * passed], [reals * (1 - recall), reals * recall]]
    for seed in range(400):
        tp, fp = rng.binomial(reals, recall), rng.binomial(bogus, passed)
        table = np.array([[bogus - fp, fp], [reals - tp, tp]])
        for name, (low, high) in metrics._of_rates(table, seed).items():
            exact = metrics.f1_score(truth) if name == "f1" else metrics.matthews(truth)
            inside[name].append(low <= exact <= high)
    # 400 trials scatter by 0.011.
    assert all(0.92 <= np.mean(hits) <= 0.985 for hits in inside.values())


def test_faultless_table_leaves_room_for_faults():
    draws = resample_rates([[30, 0], [0, 30]], lambda tn, fp, fn, tp: tp / (tp + fn))
    assert np.quantile(draws, 0.025) < 0.95 and draws.max() <= 1


def test_faultless_average_precision_has_the_interval_that_its_reals_can_prove():
    labels = np.repeat([0, 1], [500, 20])
    low, high = score_intervals(labels, labels * 0.9 + 0.05)["average_precision"]
    assert high == 1 and low == pytest.approx(20 / (20 + 1.959964**2))  # Wilson's for 20 of 20


@pytest.mark.parametrize("labels, scores", [
    ([0, 1], [0.2, 0.9]), ([1], [0.4]), ([0, 0], [0.4, 0.6]), ([0, 1] * 20, [0.5] * 40), ([0, 1], [1.0, 0.0])])
def test_degenerate_subsets_have_no_impossible_interval(labels, scores):
    for name, (low, high) in score_intervals(np.array(labels), np.array(scores)).items():
        assert np.isnan([low, high]).all() or 0 <= low <= high, name
        assert not high > 1 or name == "log_loss", name


@pytest.mark.slow
def test_a_million_scores_take_seconds():
    labels, scores = drawn(0, 300_000, 700_000)
    start = time.process_time()
    metrics.binary_metrics_with_intervals(labels, scores)
    assert time.process_time() - start < 20  # 2 s measured; a plain bootstrap takes minutes
