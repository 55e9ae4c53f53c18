"""What more examples bring: the numbers of a run, and the law of the unexplained variance."""

from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.values.merit import ValueMerit

TRUTH = np.random.default_rng(0).normal([0, 1000], [1, 50], (400, 2))


class Cube:
    meta = {"targets": [{"name": "a", "column": "a"}, {"name": "b", "column": "b"}, {"name": "label"}]}

    def columns_of(self, rows, names):
        return {name: TRUTH[rows, "ab".index(name)] for name in names}


def replies(rows, share, seed=0):
    """Values whose error has a share of the variance of the truth."""
    noise = np.random.default_rng(seed).normal(size=(len(rows), 2)) * TRUTH.std(axis=0) * np.sqrt(share)
    return TRUTH[rows] + noise


def test_numbers_are_means_of_the_targets_without_a_unit():
    split = SimpleNamespace(train=np.arange(200), test=np.arange(200, 400))
    numbers = ValueMerit().numbers(Cube(), split, TRUTH[:200], replies(split.test, 0.25))
    assert set(numbers) == set(ValueMerit.fields) and numbers["training_r2"] == 1 and numbers["training_loss"] == 0
    assert numbers["r2"] == pytest.approx(0.75, abs=0.06) and numbers["gap"] == pytest.approx(1 - numbers["r2"])
    assert numbers["loss"] == pytest.approx(1 - numbers["r2"]) and numbers["mae"] == pytest.approx(0.5 * np.sqrt(2 / np.pi), abs=0.04)


def test_law_follows_the_unexplained_variance():
    rows, sizes = np.arange(400), np.array([100, 200, 400, 800, 1600])
    raw = [replies(rows, 0.8 * (size / 100) ** -0.5, seed) for seed, size in enumerate(sizes)]
    (curve,) = ValueMerit().curves(Cube(), rows, sizes, raw, seed=0).values()
    np.testing.assert_allclose(curve.values, 0.8 * (sizes / 100) ** -0.5, rtol=0.15)
    gain = curve.gain(1600)
    assert not gain["problem"] and gain["now"]["value"] == pytest.approx(0.2, rel=0.15)
    assert gain["then"]["low"] <= 0.8 / np.sqrt(32) <= gain["then"]["high"]


def test_what_is_too_small_is_said_before_the_first_run():
    split = SimpleNamespace(test=np.arange(29))
    (words,) = ValueMerit().missing(Cube(), split, [100, 200, 300, 400])
    assert "needs at least 30 examples in test (has 29)" in words
    (words,) = ValueMerit().missing(Cube(), SimpleNamespace(test=np.arange(30)), [100, 200, 300])
    assert "4 different sizes (has 3)" in words
    assert ValueMerit().missing(Cube(), SimpleNamespace(test=np.arange(30)), [1, 2, 3, 4]) == []


def test_network_that_is_worse_than_the_mean_explains_nothing():
    rows = np.arange(400)
    (curve,) = ValueMerit().curves(Cube(), rows, [100, 200], [replies(rows, 9.0)] * 2, seed=0).values()
    assert curve.values.tolist() == [1, 1]
