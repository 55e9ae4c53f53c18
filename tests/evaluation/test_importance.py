"""Weighted samples: moments and quantiles of a grid, a constant of the density does not matter."""

import numpy as np
import pytest

from otrain.evaluation.importance import Mixture, pareto_smoothed, sample, weighted_quantiles


def banana(vectors):
    x, y = vectors.T
    return -0.5 * (x / 1.5) ** 2 - 0.5 * ((y - 0.15 * x ** 2) / 0.5) ** 2


START = Mixture(np.ones(1), np.array([[1.0, 0.0]]), np.eye(2)[None])


def test_two_numbers_have_the_moments_of_a_grid():
    x, y = np.meshgrid(np.linspace(-8, 8, 801), np.linspace(-4, 20, 1201), indexing="ij")
    grid = np.stack([x.ravel(), y.ravel()], axis=1)
    weight = np.exp(banana(grid))
    weight /= weight.sum()
    # The tolerances are 3 or more standard deviations of 20 seeds.
    found = sample(banana, START, np.random.default_rng(0), rounds=(500, 1000, 20000))
    mean = weight @ grid
    sd = np.sqrt(weight @ (grid - mean) ** 2)
    assert found.mean() == pytest.approx(mean, abs=0.12)
    assert np.sqrt(np.diag(found.covariance())) == pytest.approx(sd, rel=0.06)
    order = np.argsort(grid[:, 1])
    expected = np.interp([0.16, 0.5, 0.975], np.cumsum(weight[order]), grid[order, 1])
    assert weighted_quantiles(found.vectors[:, 1], found.weight, [0.16, 0.5, 0.975]) == pytest.approx(expected, abs=0.2)
    assert found.ess > 0.3 and found.tail < 0.7


def test_constant_of_the_density_changes_nothing():
    found = [sample(lambda vectors, c=c: banana(vectors) + c, START, np.random.default_rng(3)) for c in (0.0, -5000.0)]
    assert found[0].weight == pytest.approx(found[1].weight, rel=1e-6)
    assert (found[0].vectors[:250] == found[1].vectors[:250]).all()


def test_two_modes_keep_their_shares():
    def two(vectors):
        off = [((vectors - place) ** 2).sum(axis=1) / 2 for place in (0.0, 12.0)]
        return np.logaddexp(np.log(0.25) - off[0], np.log(0.75) - off[1])

    start = Mixture(np.array([0.5, 0.5]), np.array([[0.0, 0.0], [12.0, 12.0]]), np.stack([np.eye(2)] * 2))
    found = sample(two, start, np.random.default_rng(0))
    assert found.weight[found.vectors[:, 0] > 6].sum() == pytest.approx(0.75, abs=0.03)


def test_more_rounds_come_where_few_draws_count():
    calls = []

    def narrow(vectors):
        calls.append(len(vectors))
        return -0.5 * (vectors ** 2).sum(axis=1) / 0.03

    assert sample(narrow, START, np.random.default_rng(0), rounds=(100, 100), enough=0.6).ess > 0.6
    assert 2 < len(calls) <= 6


@pytest.mark.parametrize("shape", [0.3, 1.5])
def test_tail_of_the_weights_is_told(shape):
    weights = np.random.default_rng(0).pareto(1 / shape, 20000) + 1
    smoothed, found = pareto_smoothed(np.log(weights))
    assert found == pytest.approx(shape, abs=0.15)
    assert smoothed.sum() == pytest.approx(1)


def test_nothing_anywhere_is_no_weight():
    weight, tail = pareto_smoothed(np.full(20, -np.inf))
    assert np.isnan(weight).all() and tail == np.inf
