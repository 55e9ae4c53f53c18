"""The networks for numbers: what they see of large images, and that a place is not forgotten."""

import keras
import numpy as np
import pytest

from otrain.errors import DataError, UsageError
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.value_cnn import build_value_cnn, build_value_fovea, foveated, with_coordinates

HEAD = OutputSpec(2, "linear")


def seen(image, side):
    """Return the levels, (side, side, levels), of one image of one channel."""
    inputs = keras.Input((*image.shape, 1))
    return np.asarray(keras.Model(inputs, foveated(inputs, side))(image[None, ..., None].astype("f4")))[0]


@pytest.mark.parametrize("length", [64, 63])
def test_middle_is_seen_as_it_is_and_the_rest_in_means(length):
    image = np.random.default_rng(0).normal(size=(length, length))
    levels = seen(image, 16)
    assert levels.shape == (16, 16, 3)
    first = length // 2 - 8
    np.testing.assert_allclose(levels[..., 0], image[first:first + 16, first:first + 16], rtol=1e-6)
    middle = length // 2 - 16
    twice = image[middle:middle + 32, middle:middle + 32].reshape(16, 2, 16, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(levels[..., 1], twice, rtol=1e-5, atol=1e-6)
    whole = np.zeros((64, 64))  # pixel H // 2 is pixel 32; what is missing of an odd image is 0
    whole[32 - length // 2:32 - length // 2 + length, 32 - length // 2:32 - length // 2 + length] = image
    np.testing.assert_allclose(levels[..., 2], whole.reshape(16, 4, 16, 4).mean(axis=(1, 3)), rtol=1e-5, atol=1e-6)


def test_oblong_image_is_seen_whole():
    levels = seen(np.ones((20, 40)), 16)
    assert levels.shape == (16, 16, 3) and levels[..., 0].all()
    assert levels[..., 2].sum() * 16 == pytest.approx(800)


def test_small_image_has_one_level():
    image = np.random.default_rng(0).normal(size=(16, 16))
    np.testing.assert_array_equal(seen(image, 16)[..., 0], image.astype("f4"))


def test_fovea_costs_no_more_weights_for_a_larger_image():
    counts = {side: build_value_fovea([InputSpec("cutout", (side, side, 1))], HEAD, seed=0).count_params() for side in (128, 256)}
    small = build_value_cnn([InputSpec("cutout", (64, 64, 1))], HEAD, seed=0).count_params()
    assert small < counts[128] < counts[256] < 1.01 * small


def test_same_seed_gives_the_same_weights():
    one, two, other = (build_value_fovea([InputSpec("cutout", (48, 48, 1))], HEAD, fovea=16, width=4, dense=8, seed=seed)
                       for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights()))
    assert not all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights()))


@pytest.mark.parametrize("build", [build_value_cnn, build_value_fovea])
def test_too_small_images_are_refused(build):
    with pytest.raises(DataError, match="at least 12x12"):
        build([InputSpec("cutout", (11, 40, 1))], HEAD)


def test_too_small_fovea_is_refused():
    with pytest.raises(UsageError, match="fovea"):
        build_value_fovea([InputSpec("cutout", (64, 64, 1))], HEAD, fovea=8)


def test_coordinates_lie_behind_the_maps():
    inputs = keras.Input((3, 2, 1))
    maps = np.asarray(keras.Model(inputs, with_coordinates(inputs))(np.full((1, 3, 2, 1), 7.0, "f4")))[0]
    np.testing.assert_array_equal(maps[0, :, 1], [-1, 1])
    np.testing.assert_array_equal(maps[:, 0, 2], [-1, 0, 1])
    assert (maps[..., 0] == 7).all()
