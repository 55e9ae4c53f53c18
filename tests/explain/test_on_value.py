import keras
import numpy as np
import pytest

from otrain.errors import UsageError
from otrain.explain.explain import explain
from otrain.explain.network import CutNetwork
from otrain.explain.on_value import on_value

SIDE = 12


def two_halves():
    """Three numbers: 2 x the mean of the left half, -3 x that of the right half, and 7."""
    image = keras.Input((SIDE, SIDE, 1), name="cutout")
    x = keras.layers.Conv2D(2, 1, use_bias=False, name="copies")(image)
    left, right = np.zeros((2, SIDE, SIDE, 1), "f4")
    left[:, :6], right[:, 6:] = 1, 1
    weights = np.concatenate([left * [[2, 0, 0]], right * [[0, -3, 0]]], axis=-1).reshape(SIDE * SIDE, 6)
    kernel = np.zeros((SIDE * SIDE * 2, 3), "f4")
    kernel[0::2], kernel[1::2] = weights[:, :3] / 72, weights[:, 3:] / 72
    raw = keras.layers.Dense(3, name="logits")(keras.layers.Flatten()(x))
    network = keras.Model(image, keras.layers.Activation("linear", name="score")(raw))
    network.get_layer("copies").set_weights([np.ones((1, 1, 1, 2))])
    network.get_layer("logits").set_weights([kernel, np.array([0, 0, 7.0])])
    return network


IMAGES = np.random.default_rng(0).uniform(1, 2, (4, SIDE, SIDE, 1)).astype("f4")


@pytest.mark.parametrize(("index", "expected"), [
    (0, 2 * IMAGES[:, :, :6].mean(axis=(1, 2, 3))), (1, -3 * IMAGES[:, :, 6:].mean(axis=(1, 2, 3))), (2, np.full(4, 7.0))])
def test_number_is_the_one_asked_for(index, expected):
    network = CutNetwork(on_value(two_halves(), index))
    np.testing.assert_allclose(network.logits(network.inputs(IMAGES)), expected, rtol=1e-5)
    assert network.image_shape == (SIDE, SIDE, 1)


def test_slope_lies_where_the_number_comes_from():
    for index, half in ((0, slice(0, 6)), (1, slice(6, 12))):
        network = CutNetwork(on_value(two_halves(), index))
        heat = explain(network, IMAGES, np.ones(4, int), method="saliency")
        assert heat[:, :, half].sum() > 0.99 * heat.sum() > 0


def test_only_numbers_of_examples_can_be_asked_about():
    image = keras.Input((SIDE, SIDE, 1))
    classes = keras.layers.Activation("sigmoid", name="score")(keras.layers.Dense(1)(keras.layers.Flatten()(image)))
    with pytest.raises(UsageError, match="ends in numbers for each example"):
        on_value(keras.Model(image, classes), 0)
    with pytest.raises(UsageError, match="ends in numbers for each example"):
        on_value(keras.Model(image, keras.layers.Activation("linear", name="score")(image)), 0)
