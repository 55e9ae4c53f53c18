import numpy as np
import pytest

from otrain.explain.network import CutNetwork
from otrain.explain.occlusion import _windows, occlusion


def test_heat_lies_where_the_light_is_that_the_network_sums(corner_network):
    images = np.zeros((1, 12, 12, 1), "f4")
    images[:, :4, :4] = 1
    heat = occlusion(CutNetwork(corner_network), images, np.ones(1, int))
    assert heat[0, :4, :4].min() > 0 and heat[0, 6:].max() == 0 and heat[0, :, 6:].max() == 0


def test_light_that_speaks_for_real_is_no_heat_for_bogus(corner_network):
    images = np.zeros((1, 12, 12, 1), "f4")
    images[:, :4, :4] = 1
    assert not occlusion(CutNetwork(corner_network), images, np.zeros(1, int)).any()


@pytest.mark.parametrize("size", [1, 7, 12, 63, 64, 101])
def test_windows_of_one_length_cover_every_pixel(size):
    windows, covered = _windows(size, 7), np.zeros(size, int)
    for window in windows:
        covered[window] += 1
    assert covered.min() >= 1 and len({w.stop - w.start for w in windows}) == 1 and windows[-1].stop == size
    assert len(windows) <= 15


def test_pixels_at_the_border_are_as_hot_as_those_that_more_windows_cover(corner_network):
    images = np.zeros((1, 12, 12, 1), "f4")
    images[:, :4, :4] = 1
    heat = occlusion(CutNetwork(corner_network), images, np.ones(1, int))[0]
    # Windows of 2x2 pixel: each takes four pixels of light away, and one covers the corner, four its neighbour.
    np.testing.assert_allclose([heat[0, 0], heat[0, 1], heat[1, 1]], 4, rtol=1e-5)
