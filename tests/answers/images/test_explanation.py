import numpy as np
import pytest

from otrain.answers.images.explanation import _chosen
from otrain.data.results.image_settings import ImageSettings
from otrain.errors import DataError

#         found         missed        invented      neither       found in part
TRUTH = [[[0, 1]], [[0, 1]], [[0, 0]], [[0, 0]], [[1, 1]]]
CALLED = [[[0, 1]], [[1, 0]], [[1, 0]], [[0, 2]], [[0, 1]]]


def chosen(replies, task, **changed):
    asked = {"index": 1, "threshold": 0.5, "count": 9, "seed": 0} | changed
    return _chosen(replies, ImageSettings(), task, *asked.values())


def test_images_are_chosen_by_what_became_of_the_pixels_of_the_class(make_replies, task):
    rows, outcomes, masks = chosen(make_replies(TRUTH, CALLED), task)
    assert dict(zip(rows.tolist(), outcomes.tolist(), strict=True)) == {0: "TP", 4: "TP", 1: "FN", 2: "FP"}
    assert masks.tolist()[rows.tolist().index(1)] == [[False, True]]  # the true pixels, though others were called
    assert masks.tolist()[rows.tolist().index(2)] == [[True, False]]  # those that were invented
    assert masks.tolist()[rows.tolist().index(4)] == [[True, True]]


def test_at_most_so_many_of_each_outcome_are_drawn_by_the_seed(make_replies, task):
    replies = make_replies(TRUTH * 10, CALLED * 10)
    rows, outcomes, _ = chosen(replies, task, count=3)
    assert [int(np.sum(outcomes == name)) for name in ("TP", "FN", "FP")] == [3, 3, 3]
    assert rows.tolist() == chosen(replies, task, count=3)[0].tolist() != chosen(replies, task, count=3, seed=1)[0].tolist()


def test_other_class_and_threshold_are_heeded(make_replies, task):
    rows, outcomes, _ = chosen(make_replies(TRUTH, CALLED), task, index=2)
    assert (rows.tolist(), outcomes.tolist()) == ([3], ["FP"])
    _, outcomes, _ = chosen(make_replies(TRUTH, CALLED), task, threshold=0.99999)
    assert set(outcomes.tolist()) == {"FN"}


def test_class_without_a_pixel_is_refused(make_replies, task):
    with pytest.raises(DataError, match="no image has a pixel of line"):
        chosen(make_replies(TRUTH[:2], CALLED[:2]), task, index=2)
