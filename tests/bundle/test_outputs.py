import pickle

import numpy as np
import pytest

from otrain.bundle.outputs import Answer, Answers, join_answers


@pytest.mark.parametrize("logits", [np.array([0.1, -1e300, np.nextafter(1, 2)]), np.arange(6.0).reshape(3, 2)])
@pytest.mark.parametrize("features", [None, np.arange(12, dtype=np.float32).reshape(3, 4)])
@pytest.mark.parametrize("unlikeness", [None, np.array([0.1, np.inf, np.nextafter(1, 2)])])
def test_answers_taken_apart_sent_and_joined_keep_every_bit(logits, features, unlikeness):
    parts = pickle.loads(pickle.dumps(Answers(logits, features, unlikeness).each((8, 8, 1))))
    joined = join_answers(parts)
    assert joined.unlikeness is None if unlikeness is None else np.array_equal(joined.unlikeness, unlikeness)
    assert np.array_equal(joined.logits, logits) and joined.logits.dtype == float
    assert joined.features is None if features is None else np.array_equal(joined.features, features)


def test_an_answer_knows_the_shape_of_its_image():
    assert Answers(np.zeros(2)).each((8, 8, 1))[1] == Answer((8, 8, 1), 0.0, None)
