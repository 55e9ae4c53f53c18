import keras
import numpy as np
import pytest

from otrain.explain.network import CutNetwork
from otrain.explain.placement import cell_positions, enlarge


def one_layer(by_hand, size, **options):
    cutout = keras.Input((size, size, 1), name="cutout")
    convolution = keras.layers.Conv2D(2, 3, kernel_initializer="ones", **options)
    return CutNetwork(by_hand[1](cutout, convolution(cutout)))


def test_same_padding_without_stride_leaves_pixels_in_their_places(by_hand):
    rows, columns = cell_positions(one_layer(by_hand, 9, padding="same"))
    np.testing.assert_allclose(rows[1:-1], np.arange(1, 8), atol=1e-5)
    np.testing.assert_allclose(columns[1:-1], np.arange(1, 8), atol=1e-5)


@pytest.mark.parametrize(("size", "first"), [(16, 1), (17, 0)])
def test_same_padding_with_stride_shifts_maps_of_even_sides(by_hand, size, first):
    # TensorFlow pads an even side at the end only: pixel i looks at 2 i + 1, not at 2 i.
    rows, _ = cell_positions(one_layer(by_hand, size, padding="same", strides=2))
    inner = np.arange(1, len(rows) - 1)
    np.testing.assert_allclose(rows[inner], 2 * inner + first, atol=1e-5)


def test_positions_increase_within_the_cutout(networks):
    for name in ("compact", "otrain-cnn"):
        for places in cell_positions(CutNetwork(networks[name])):
            assert (np.diff(places) > 0).all() and places[0] >= 0 and places[-1] <= 19


def test_enlarged_map_is_linear_between_the_places():
    maps = np.array([[[0.0, 2.0]]])
    enlarged = enlarge(maps, (np.array([3.0]), np.array([1.0, 5.0])), (2, 7))
    np.testing.assert_allclose(enlarged, [[[0, 0, 0.5, 1, 1.5, 2, 2]] * 2])
