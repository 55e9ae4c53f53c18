import numpy as np
import pytest

from otrain.evaluation.intervals import bootstrap, garwood_interval, wilson_interval


def test_wilson_interval_equals_scipy():
    from scipy.stats import binomtest  # reference: scipy 1.17

    for k, n in [(0, 10), (3, 10), (10, 10), (499, 500)]:
        expected = binomtest(k, n).proportion_ci(method="wilson")
        assert wilson_interval(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_interval_of_nothing_is_nan():
    assert np.isnan(wilson_interval(0, 0)).all()


def test_wilson_interval_reaches_the_ends_exactly():
    assert wilson_interval(0, 7)[0] == 0.0
    assert wilson_interval(7, 7)[1] == 1.0


def test_wilson_interval_takes_arrays():
    low, high = wilson_interval([0, 1], [2, 2])
    assert low.shape == high.shape == (2,)


def test_bootstrap_is_the_same_for_the_same_seed():
    y, p = np.arange(20) % 2, np.linspace(0, 1, 20)
    mean = lambda labels, scores: scores.mean()  # noqa: E731
    assert bootstrap(mean, y, p, seed=1) == bootstrap(mean, y, p, seed=1)
    assert bootstrap(mean, y, p, seed=1) != bootstrap(mean, y, p, seed=2)


def test_bootstrap_keeps_the_number_of_examples_per_class():
    y = np.array([1] + [0] * 50)
    low, high = bootstrap(lambda labels, scores: labels.sum(), y, y, resamples=50)
    assert (low, high) == (1, 1)


def test_bootstrap_of_a_mean_has_the_width_of_the_standard_error():
    p = np.random.default_rng(0).normal(size=400)
    low, high = bootstrap(lambda labels, scores: scores.mean(), np.zeros(400, int), p, resamples=1000)
    # 2 x 1.96 / sqrt(400); 1000 draws leave a few per cent of scatter.
    assert high - low == pytest.approx(0.196, rel=0.12)


def test_bootstrap_of_nothing_is_nan():
    assert np.isnan(bootstrap(lambda labels, scores: np.nan, [], [])).all()


def test_undefined_statistic_has_no_interval():
    assert np.isnan(bootstrap(lambda labels, scores: np.nan, [0, 1], [0, 1], resamples=5)).all()


def test_wilson_interval_covers_the_truth_19_times_in_20():
    for n in (20, 100, 1000):
        truth = np.linspace(0.02, 0.98, 97)[:, None]
        k = np.random.default_rng(n).binomial(n, truth, (97, 500))
        low, high = wilson_interval(k, n)
        # The mean over shares; that of a single share swings around it.
        assert 0.94 <= np.mean((low <= truth) & (truth <= high)) <= 0.96


def test_bootstrap_of_a_mean_covers_the_truth_19_times_in_20():
    inside = []
    for seed in range(200):
        values = np.random.default_rng(seed).normal(size=80)
        low, high = bootstrap(lambda y, p: p.mean(), np.zeros(80, int), values, resamples=120, seed=seed)
        inside.append(low <= 0 <= high)
    # 200 trials scatter by 0.016.
    assert 0.89 <= np.mean(inside) <= 0.985


def test_garwood_interval_of_counts_is_the_published_one():
    # reference: Gehrels 1986, Astrophys. J. 303, 336, at 95 % two-sided
    low, high = garwood_interval([0, 1, 10])
    np.testing.assert_allclose(low, [0, 0.0253, 4.7954], atol=1e-4)
    np.testing.assert_allclose(high, [3.6889, 5.5716, 18.3904], atol=1e-4)


def test_garwood_interval_covers_the_true_mean():
    counts = np.random.default_rng(0).poisson(4.0, 20_000)
    low, high = garwood_interval(counts)
    assert np.mean((low <= 4) & (high >= 4)) >= 0.95
