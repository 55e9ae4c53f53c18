import numpy as np
import pytest

from otrain.errors import DataError, UsageError
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.unet_2d import _spread, build_unet_2d

TWO_CLASSES = OutputSpec(1, "sigmoid")


def network(shape=(16, 16, 1), outputs=TWO_CLASSES, **options):
    return build_unet_2d([InputSpec("cutout", shape)], outputs, **{"seed": 1, "depth": 3, "features": 4} | options)


@pytest.mark.parametrize("size", [(16, 16), (17, 21), (31, 8)])
def test_any_size_is_taken(size):
    images = np.random.default_rng(0).normal(size=(2, *size, 1)).astype("f4")
    assert network((*size, 1))(images).shape == (2, *size, 1)


def test_several_classes_are_a_softmax_at_each_pixel():
    images = np.random.default_rng(0).normal(size=(1, 16, 16, 1)).astype("f4")
    scores = network(outputs=OutputSpec(3, "softmax"))(images).numpy()
    np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=1e-5)
    assert (scores[..., 0] > 0.9).all(), "before training nearly all pixels are of the first class"


def test_an_image_that_is_too_small_is_refused():
    with pytest.raises(DataError, match=r"needs images of at least 8 pixel a side. Received: 7x20"):
        network((7, 20, 1), depth=4)
    with pytest.raises(UsageError, match="at least 1"):
        network(depth=0)


def test_four_pixels_that_one_gives_lie_side_by_side():
    import keras

    x = keras.Input((2, 3, 1))
    made = keras.Model(x, _spread(x, 1, iter(range(9))))
    kernel, bias = made.layers[1].get_weights()
    made.layers[1].set_weights([np.array([1, 10, 100, 1000], "f4").reshape(kernel.shape), 0 * bias])
    out = made(np.arange(1, 7, dtype="f4").reshape(1, 2, 3, 1)).numpy()[0, ..., 0]
    assert out[:2, :2].tolist() == [[1, 10], [100, 1000]]
    assert out[2:, 4:].tolist() == [[6, 60], [600, 6000]]
