import numpy as np
import pytest

from otrain.errors import DataError
from otrain.models.cnn_1d import build_cnn_1d
from otrain.models.ports import InputSpec, OutputSpec

TWO_CLASSES = OutputSpec(1, "sigmoid")


def network(shape=(64, 2), outputs=TWO_CLASSES, **options):
    return build_cnn_1d([InputSpec("light_curve", shape)], outputs, **{"seed": 1, "depth": 3, "features": 4} | options)


@pytest.mark.parametrize("length", [32, 49, 65])
def test_any_length_is_taken(length):
    curves = np.random.default_rng(0).normal(size=(2, length, 2)).astype("f4")
    assert network((length, 2))(curves).shape == (2, 1)


def test_a_curve_that_is_too_short_is_refused():
    with pytest.raises(DataError, match="too short for 3 levels"):
        network((10, 2))


def test_points_without_a_value_give_a_finite_score():
    assert np.isfinite(network()(np.full((1, 64, 2), np.nan, "f4"))).all()


def test_features_are_mean_and_maximum_of_the_last_level():
    made = network(features=4)
    assert made.get_layer("features").output.shape == (None, 2 * 4 * 4)
    *_, last = [layer for layer in made.layers if layer.name.startswith("add")]
    assert last.output.shape[1:] == (64 // 4, 16)


def test_same_seed_gives_the_same_weights():
    assert all((a == b).all() for a, b in zip(network().get_weights(), network().get_weights(), strict=True))


def test_numbers_are_a_linear_end():
    curves = np.random.default_rng(0).normal(size=(8, 64, 2)).astype("f4")
    numbers = network(outputs=OutputSpec(2, "linear"))(curves).numpy()
    assert numbers.shape == (8, 2) and (numbers < 0).any()
