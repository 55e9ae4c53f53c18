import numpy as np
import pytest

from otrain.evaluation.unlike_training import conformal_threshold, fit_alarm


def normal(count, seed, wide=0):
    return np.random.default_rng(seed).normal(size=(count, 4 + wide)) * ([1, 10, 0.1, 1] + wide * [1]) + 3


@pytest.mark.parametrize("count, rank", [(19, 19), (20, 20), (39, 38), (99, 95), (100, 96)])
def test_threshold_is_the_value_of_its_rank(count, rank):
    assert conformal_threshold(np.random.default_rng(0).permutation(np.arange(1.0, count + 1))) == rank


def test_too_few_examples_have_no_threshold():
    assert conformal_threshold(np.arange(18.0)) == np.inf
    assert conformal_threshold(np.arange(9.0), level=0.1) == 8.0


def test_as_many_are_flagged_as_the_level_says():
    shares = [np.mean(fit_alarm(normal(200, seed), normal(199, seed + 100), features=2).distances(normal(500, seed + 200)) > 1)
              for seed in range(20)]
    assert np.mean(shares) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("number", range(4))
def test_a_shift_of_any_number_is_told(number):
    alarm = fit_alarm(normal(200, 0), normal(199, 1), features=2)
    shifted = normal(100, 2)
    shifted[:, number] += 8 * [1, 10, 0.1, 1][number]
    assert np.mean(alarm.distances(shifted) > 1) > 0.95


def test_a_broken_tie_of_two_numbers_is_told():
    first = np.random.default_rng(0).normal(size=(600, 1))
    tied = np.concatenate([first, first + 0.01 * np.random.default_rng(1).normal(size=first.shape)], axis=1)
    alarm = fit_alarm(tied[:300], tied[300:], features=0)
    assert alarm.distances([[1.0, 1.0], [1.0, -1.0]])[0] < 1 < alarm.distances([[1.0, -1.0]])[0]


def test_features_that_hardly_answer_do_not_make_the_alarm_deaf():
    """Eighty units of a network that answer one example in five hundred, and little."""
    rng = np.random.default_rng(0)
    training, validation, other = (np.concatenate([rng.normal(size=(count, 12)), 0.3 * (rng.random((count, 80)) < 0.002)], axis=1)
                                   for count in (200, 199, 100))
    alarm = fit_alarm(training, validation, features=90)
    other[:, 2] += 12  # a feature that does answer
    assert np.mean(alarm.distances(other) > 1) > 0.9


def test_a_number_that_never_varied_is_told_when_it_does():
    training, validation = normal(200, 0), normal(199, 1)
    training[:, 1] = validation[:, 1] = -30
    alarm = fit_alarm(training, validation, features=1)
    other = normal(50, 2)
    other[:, 1] = 2
    assert (alarm.distances(other) > 1).all()
    assert np.mean(alarm.distances(validation) > 1) <= 0.05


def test_what_lies_just_beyond_the_limits_of_even_numbers_is_told():
    """Noise that was drawn between two limits: a bell as wide would reach far beyond them."""
    training, validation, other = (np.concatenate([normal(count, seed), np.random.default_rng(seed).uniform(0, 1, (count, 1))], axis=1)
                                   for count, seed in ((400, 0), (399, 1), (300, 2)))
    alarm = fit_alarm(training, validation, features=0)
    assert np.mean(alarm.distances(other) > 1) < 0.1
    for beyond in (-0.2, 1.2):
        other[:, 4] = beyond
        assert np.mean(alarm.distances(other) > 1) > 0.95


def test_range_leaves_out_the_outermost_hundredth_and_counts_in_its_length():
    numbers = np.arange(400.0)[:, None]  # the last four are 396 to 399
    low, high, below, above = fit_alarm(numbers, numbers + 0.0, features=0).ranges[:, 0]
    assert (low, high) == (3, 396) and below == above >= 3


def test_long_tails_are_no_alarm():
    """What reaches far at one end in the training may do so again, and not at the other end."""
    def tailed(count, seed):
        return np.random.default_rng(seed).exponential(size=(count, 1)) ** 2

    alarm = fit_alarm(tailed(2000, 0), tailed(1999, 1), features=0)
    assert alarm.ranges[3, 0] > 100 * alarm.ranges[2, 0]
    assert np.mean(alarm.distances(tailed(2000, 2)) > 1) < 0.08 and alarm.distances([[-2.0]]) > 1


@pytest.mark.parametrize("training, validation", [(normal(19, 0), normal(99, 1)), (normal(99, 0), normal(18, 1)),
                                                  (np.ones((99, 4)), np.ones((99, 4))), (np.empty((99, 0)), np.empty((99, 0))),
                                                  (np.full((99, 4), np.nan), normal(99, 1))])
def test_there_is_no_alarm_without_enough_different_examples(training, validation):
    assert fit_alarm(training, validation, features=0) is None


def test_fewer_examples_than_numbers_are_enough():
    alarm = fit_alarm(normal(40, 0, wide=96), normal(39, 1, wide=96), features=50)
    assert np.isfinite(alarm.whitening).all() and alarm.training == 40 and alarm.validation == 39
    assert np.mean(alarm.distances(normal(200, 2, wide=96)) > 1) < 0.2


def test_the_alarm_is_the_same_for_the_same_examples():
    first, second = (fit_alarm(normal(50, 0), normal(50, 1), features=2) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first.to_arrays().values(), second.to_arrays().values(), strict=True))
