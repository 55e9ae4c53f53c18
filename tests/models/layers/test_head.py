import keras
import numpy as np
import pytest

from otrain.models.layers.head import point_head
from otrain.models.ports import OutputSpec


@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (3, "softmax")])
def test_points_begin_as_continuum(units, activation):
    x = keras.Input((50, 8))
    network = keras.Model(x, point_head(x, OutputSpec(units, activation), seed=1))
    scores = network.predict(np.random.default_rng(0).normal(size=(4, 50, 8)), verbose=0)
    events = scores if units == 1 else scores[..., 1:]
    np.testing.assert_allclose(events.mean(axis=(0, 1)), 0.01, rtol=0.1)


def test_seed_decides_on_the_first_weights():
    x = keras.Input((5, 8))
    first, again, other = (keras.Model(x, point_head(x, OutputSpec(1, "sigmoid"), seed=seed)).get_weights()[0]
                           for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).all()
