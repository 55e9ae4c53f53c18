import numpy as np

from otrain.data.cubes.targets import targets_by_row


def test_answers_that_are_known_are_looked_up_by_place():
    targets = targets_by_row(np.array([[0.0], [1.0], [2.0]]), [1, 2, 3])
    answers, weights = targets.of(None, np.array([2, 0]))
    assert (targets.shape, targets.weight_shape) == ((1,), ())
    assert answers.tolist() == [[2.0], [0.0]] and weights.tolist() == [3.0, 1.0]


def test_every_answer_counts_one_by_default():
    assert targets_by_row(np.zeros((2, 4))).of(None, np.array([1]))[1].tolist() == [1.0]
