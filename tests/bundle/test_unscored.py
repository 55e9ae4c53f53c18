import numpy as np
import pytest

from otrain.bundle.outputs import Answers
from otrain.bundle.unscored import unscored


@pytest.mark.parametrize("empty", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("shape", [(16, 16, 1), (300, 2)])
def test_one_value_anywhere_is_enough(empty, shape):
    images = np.full((4, *shape), empty, np.float32)
    images[0] = 1.0
    images[2].flat[77] = 0.5  # none of the pixels that are looked at first
    images[3].flat[0] = -0.5
    assert np.isnan(unscored(images, np.full(4, 0.3))).tolist() == [False, True, False, False]


def test_every_class_of_the_image_has_no_score():
    images = np.stack([np.zeros((4, 4, 1)), np.full((4, 4, 1), np.nan)])
    assert np.isnan(unscored(images, np.full((2, 3), 1 / 3))).tolist() == [[False] * 3, [True] * 3]


def test_scores_that_are_all_good_are_not_copied():
    scores = np.array([0.1, 0.9])
    assert unscored(np.zeros((2, 4, 4, 1)), scores) is scores
    assert unscored(Answers(np.zeros(2)), scores) is scores
    assert unscored(np.zeros((0, 4, 4, 1)), scores[:0]).shape == (0,)
