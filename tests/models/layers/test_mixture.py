import numpy as np
import pytest
from scipy.special import expit, log_softmax, logit, logsumexp, softmax

from otrain.models.layers.mixture import mean_logits, mixture_moments, split_members

RNG = np.random.default_rng(0)


def covariance_of(errors, correlations):
    """The covariance of errors (K,) and of correlations (K (K - 1) / 2,), row by row."""
    matrix = np.eye(len(errors))
    matrix[np.tril_indices(len(errors), -1)] = correlations
    matrix = matrix + matrix.T - np.eye(len(errors))
    return matrix * np.outer(errors, errors)


def test_answers_are_cut_where_each_network_ends():
    first, second = split_members(np.arange(12.0).reshape(2, 6), 2)
    np.testing.assert_array_equal(first, [[0, 1, 2], [6, 7, 8]])
    np.testing.assert_array_equal(second, [[3, 4, 5], [9, 10, 11]])


def test_sigmoid_of_the_logit_is_the_mean_probability():
    parts = [RNG.normal(size=(50, 3, 1)).astype("f4") * 2 for _ in range(3)]
    np.testing.assert_allclose(expit(np.asarray(mean_logits(parts, "sigmoid"))), np.mean(expit(parts), axis=0), rtol=1e-5)


def test_softmax_of_the_logits_is_the_mean_probability():
    parts = [RNG.normal(size=(50, 4)).astype("f4") * 2 for _ in range(3)]
    np.testing.assert_allclose(softmax(np.asarray(mean_logits(parts, "softmax")), axis=-1),
                               np.mean(softmax(parts, axis=-1), axis=0), rtol=1e-5)


def test_numbers_are_averaged():
    np.testing.assert_allclose(mean_logits([np.float32([[1, 5]]), np.float32([[2, 0]])], "linear"), [[1.5, 2.5]])


@pytest.mark.parametrize("size", [30, 1e3, 1e9])
def test_logits_beyond_every_probability_stay_finite_and_exact(size):
    one = np.array([[size], [-size], [size], [size / 2]], "f4")
    other = np.array([[size], [-size / 2], [-size], [-3]], "f4")
    exact = logsumexp(-np.logaddexp(0, -np.array([one, other], float)), axis=0) - logsumexp(
        -np.logaddexp(0, np.array([one, other], float)), axis=0)
    np.testing.assert_allclose(mean_logits([one, other], "sigmoid"), exact, rtol=1e-6, atol=1e-6)
    pair = [np.concatenate([part, np.zeros_like(part)], axis=1) for part in (one, other)]
    exact = logsumexp(log_softmax(np.array(pair, float), axis=-1), axis=0) - np.log(2)
    np.testing.assert_allclose(mean_logits(pair, "softmax"), exact, rtol=1e-6, atol=1e-6)


def test_certainty_of_one_network_does_not_outweigh_the_doubt_of_another():
    said = float(np.asarray(mean_logits([np.float32([[40]]), np.float32([[0]])], "sigmoid"))[0, 0])
    assert said == pytest.approx(logit(0.75), rel=1e-5)  # a mean of logits would be 20


def test_moments_are_those_of_the_mixture():
    means = RNG.normal(size=(3, 5, 3)) * 2
    errors = RNG.uniform(0.2, 1.5, (3, 5, 3))
    triangles = RNG.uniform(-0.4, 0.4, (3, 5, 3))
    rows = [[part[:, :1], part[:, 1:]] for part in triangles.astype("f4")]
    mean, spread, correlations = mixture_moments(list(means.astype("f4")), list(np.square(errors).astype("f4")), rows)
    given = np.concatenate(correlations, axis=1)
    for example in range(5):
        # Law of total covariance: the mean of the covariances plus the covariance of the means.
        expected = np.mean([covariance_of(errors[m, example], triangles[m, example]) for m in range(3)], axis=0)
        expected += np.cov(means[:, example].T, bias=True)
        np.testing.assert_allclose(mean[example], means[:, example].mean(axis=0), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(covariance_of(np.asarray(spread[example], float), given[example]), expected,
                                   rtol=1e-4, atol=1e-5)


def test_moments_are_those_of_many_draws():
    means, errors, rng = [np.float32([[0.0]]), np.float32([[4.0]])], [1.0, 0.5], np.random.default_rng(1)
    drawn = np.concatenate([rng.normal(mean[0, 0], sigma, 200_000) for mean, sigma in zip(means, errors)])
    mean, spread, _ = mixture_moments(means, [np.float32([[sigma**2]]) for sigma in errors])
    assert float(mean[0, 0]) == pytest.approx(drawn.mean(), abs=0.02)  # five standard errors
    assert float(spread[0, 0]) == pytest.approx(drawn.std(), abs=0.02)


def test_networks_that_agree_are_as_one():
    mean, spread, (row,) = mixture_moments([np.float32([[3.0, 1.0]])] * 4, [np.float32([[0.25, 4.0]])] * 4,
                                           [[np.float32([[0.5]])]] * 4)
    np.testing.assert_allclose([*mean[0], *spread[0], row[0, 0]], [3, 1, 0.5, 2, 0.5], rtol=1e-6)


def test_values_without_errors_have_none():
    mean, spread, rows = mixture_moments([np.float32([[1e9]]), np.float32([[0.0]])])
    assert float(mean[0, 0]) == 5e3 and spread is None and rows == []  # 1e9 widths are 1e4, where encodings end
