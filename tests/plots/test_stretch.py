import numpy as np
import pytest

from otrain.plots.stretch import to_rgb, zscale_limits


@pytest.mark.parametrize("shape", [(31, 31), (63, 63), (64, 63), (7, 3)])
def test_limits_are_those_of_astropy(shape):
    from astropy.visualization import ZScaleInterval  # reference

    image = np.random.default_rng(0).normal(100, 5, shape)
    image[shape[0] // 2, shape[1] // 2] += 500
    assert zscale_limits(image) == pytest.approx(ZScaleInterval().get_limits(image), rel=1e-9)


@pytest.mark.parametrize("image", [
    np.zeros((5, 5)), np.full((5, 5), np.nan), np.full((5, 5), 1e30), np.zeros((0, 0)),
    np.array([[-3e38, 3e38]], "f4"), np.array([[np.inf, -np.inf, 1.0]]), np.array([[-1.7e308, 1.7e308]]),
])
def test_limits_are_finite_and_ordered(image):
    low, high = zscale_limits(image)
    assert np.isfinite([low, high]).all()
    assert low < high


def test_pixels_without_a_value_have_colour_and_others_are_grey():
    image = np.arange(16.0).reshape(4, 4)
    image[0, 0], image[3, 3] = np.nan, np.inf
    rgb = to_rgb(image).astype(int)
    coloured = np.ptp(rgb, axis=-1) > 0
    np.testing.assert_array_equal(coloured, ~np.isfinite(image))


def test_brighter_pixels_are_lighter():
    image = np.arange(100.0).reshape(10, 10)
    assert (np.diff(to_rgb(image)[..., 0].ravel().astype(int)) >= 0).all()
