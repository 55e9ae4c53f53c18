import numpy as np
import pytest

from otrain.errors import DataError
from otrain.models.compact import build_compact
from otrain.models.ports import InputSpec, OutputSpec


def network(shape=(21, 21, 1), units=1, **options):
    return build_compact([InputSpec("cutout", shape)], OutputSpec(units, "sigmoid" if units == 1 else "softmax"),
                         **options)


@pytest.mark.parametrize("side", [12, 13, 31, 63])
def test_any_side_from_twelve_pixels_is_taken(side):
    images = np.random.default_rng(0).normal(size=(2, side, side, 1)).astype("f4")
    assert network((side, side, 1))(images).shape == (2, 1)


def test_smaller_cutouts_are_refused_in_words():
    with pytest.raises(DataError, match=r"at least 12x12 pixel. Received: 11x30"):
        network((11, 30, 1))


def test_network_has_a_few_hundred_thousand_parameters():
    assert 100_000 < network((63, 63, 3)).count_params() < 400_000


def test_no_strided_one_pixel_convolution():
    convolutions = [layer for layer in network().layers if type(layer).__name__ == "Conv2D"]
    assert convolutions
    assert all(layer.strides == (1, 1) for layer in convolutions if layer.kernel_size == (1, 1))


def test_place_of_the_candidate_matters():
    images = np.random.default_rng(0).normal(size=(2, 41, 41, 1)).astype("f4")
    images[0, 19:22, 19:22] += 30
    images[1] = np.roll(images[0], 12, axis=0)  # the same pixels, off centre
    first, second = network((41, 41, 1), seed=1).predict(images, verbose=0).ravel()
    assert abs(first - second) > 1e-3


def test_same_seed_gives_the_same_weights():
    first, second, other = (network(seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
