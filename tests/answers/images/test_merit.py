from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.images.merit import ImageMerit

CLASSES = ("quiet", "glitch", "line")
TRUTH = [[[0, 1], [1, 2]], [[0, 0], [1, 1]], [[0, 0], [0, 0]], [[1, 1], [1, 1]]]
CALLED = [[[0, 1], [0, 2]], [[0, 0], [1, 1]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]]


def test_numbers_are_those_of_the_test_subset_and_of_the_training(make_replies, task):
    replies = make_replies(TRUTH, CALLED)
    merit = ImageMerit(CLASSES, task)
    split = SimpleNamespace(test=np.array([0, 1]), train=np.array([3]))
    numbers = merit.numbers(replies.cube, split, replies.raw[[3]], replies.raw[:2])
    assert numbers.keys() == merit.fields.keys()
    assert numbers["iou"] == pytest.approx(3 / 4) and numbers["f1"] == pytest.approx(6 / 7)
    assert numbers["training_iou"] == pytest.approx(1 / 4) and numbers["gap"] == pytest.approx(1 / 4 - 3 / 4)


def test_loss_is_the_mean_cross_entropy_of_known_pixels(make_replies, task):
    truth = np.array(TRUTH[:1], float)
    truth[0, 1, 1] = np.nan
    replies = make_replies(truth, CALLED[:1], sure=3.0)
    one = np.exp(3) / (np.exp(3) + 2)
    wrong = 1 / (np.exp(3) + 2)
    split = SimpleNamespace(test=np.array([0]), train=np.array([0]))
    numbers = ImageMerit(CLASSES, task).numbers(replies.cube, split, replies.raw, replies.raw)
    assert numbers["loss"] == pytest.approx(-(2 * np.log(one) + np.log(wrong)) / 3)
    assert numbers["training_loss"] == numbers["loss"] and numbers["gap"] == 0


def test_numbers_without_a_pixel_of_the_class_are_none(make_replies, task):
    replies = make_replies(TRUTH[2:3], CALLED[2:3])
    split = SimpleNamespace(test=np.array([0]), train=np.array([0]))
    numbers = ImageMerit(CLASSES, task).numbers(replies.cube, split, replies.raw, replies.raw)
    assert numbers["iou"] is None and numbers["gap"] is None and numbers["loss"] < 0.01


def test_image_is_missed_when_less_than_half_of_its_true_pixels_are_called(make_replies, task):
    replies = make_replies(TRUTH, CALLED)
    better = make_replies(TRUTH, TRUTH)
    curves = ImageMerit(CLASSES, task).curves(replies.cube, np.arange(4), np.array([10, 100]),
                                              [replies.raw, better.raw], seed=0)
    # Three images have such pixels: half of them called in the first, all in the second, a quarter in the last.
    np.testing.assert_allclose(curves["missed"].values, [1 / 3, 0])
    assert curves["missed"].measure == "missed"
