from pathlib import Path

import cv2
import numpy as np
import pytest

from otrain.domains.lenses.physics.images import quantise
from otrain.domains.lenses.physics.lens_models import SIE, SIS, Cluster, ExternalShear
from otrain.domains.lenses.physics.ray_tracing import open_grid, trace, trace_unlensed
from otrain.domains.lenses.physics.sources import EllipticalGaussian, SphericalGaussian

BASELINE = Path(__file__).parent / "cosmosim"
SOURCE = EllipticalGaussian(20.0, 30.0, 0.0, 50.0, 0.0)
LENSES = {"sie03.png": SIE(96.0, 0.5, np.radians(60)), "sie11.png": SIE(96.0, 0.2, 0.0)}
NO_LENS = ExternalShear(0.0, 0.0)


@pytest.mark.parametrize("name", LENSES)
def test_image_correlates_with_cosmosim(name):
    expected = cv2.imread(str(BASELINE / name), cv2.IMREAD_GRAYSCALE)
    image = quantise(trace(LENSES[name], SOURCE, 400))
    assert np.corrcoef(image.ravel(), expected.ravel())[0, 1] > 0.9995


@pytest.mark.parametrize("name", LENSES)
def test_snapped_image_is_that_of_cosmosim(name):
    expected = cv2.imread(str(BASELINE / name), cv2.IMREAD_GRAYSCALE)
    image = quantise(trace(LENSES[name], SOURCE, 400, snap=True, dtype=np.float64))
    np.testing.assert_array_equal(image, expected)


def test_middle_of_an_even_image_is_the_origin_and_y_is_up():
    x, y = open_grid(4)
    assert x.tolist() == [[-2, -1, 0, 1]]
    assert y.tolist() == [[2], [1], [0], [-1]]


def test_rays_of_a_pixel_lie_evenly_about_its_middle():
    x, y = open_grid(2, pixel_scale=0.1, supersampling=2)
    np.testing.assert_allclose(x, [[-0.125, -0.075, -0.025, 0.025]], atol=1e-7)
    np.testing.assert_allclose(y[:, 0], [0.125, 0.075, 0.025, -0.025], atol=1e-7)


def test_without_deflection_the_source_is_seen_where_it_is():
    image = trace(NO_LENS, SphericalGaussian(1.0, 3.0, 2.0), 16)
    assert np.unravel_index(image.argmax(), image.shape) == (6, 11)
    np.testing.assert_allclose(image, trace_unlensed(SphericalGaussian(1.0, 3.0, 2.0), 16), rtol=1e-6)


def test_source_behind_a_sphere_is_a_ring():
    image = trace(SIS(20.0), SphericalGaussian(2.0), 64)
    assert image.dtype == np.float32
    assert image[32, 52] == image[12, 32] == pytest.approx(255)
    assert image[32, 32] == 0  # the infinitely small image behind the lens
    assert image[32, 40] < 1e-3


def test_pixel_is_the_mean_of_its_rays():
    source = EllipticalGaussian(0.4, 0.7, 0.3, 0.3, -0.2)
    fine = trace(NO_LENS, source, 12, supersampling=1, pixel_scale=1.0)
    coarse = trace(NO_LENS, source, 12, supersampling=3)
    rays = [source.brightness(1 + dx / 3, 2 + dy / 3) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    assert coarse[4, 7] == pytest.approx(np.mean(rays), rel=1e-5)
    assert coarse.shape == fine.shape


def test_pixel_scale_is_the_unit_of_lens_and_source():
    in_pixel = trace(SIE(20.0, 0.5, 0.3, 1.0, 2.0), SphericalGaussian(3.0, 4.0, 5.0), 32, supersampling=2)
    in_arcsec = trace(SIE(1.0, 0.5, 0.3, 0.05, 0.1), SphericalGaussian(0.15, 0.2, 0.25), 32, pixel_scale=0.05,
                      supersampling=2)
    np.testing.assert_allclose(in_arcsec, in_pixel, atol=0.02)


@pytest.mark.parametrize("supersampling", [1, 3])
def test_image_of_many_blocks_has_no_seams(supersampling):
    size = 300
    x, y = open_grid(size, supersampling=supersampling)
    ax, ay = LENSES["sie03.png"].deflection(x, y)
    whole = SOURCE.brightness(x - ax, y - ay)
    whole = whole.reshape(size, supersampling, size, supersampling).mean(axis=(1, 3))
    whole[150, 150] = 0  # on the lens: see below
    image = trace(LENSES["sie03.png"], SOURCE, size, supersampling=supersampling)
    image[150, 150] = 0
    np.testing.assert_allclose(image, whole, atol=2e-3)


def test_batch_of_lenses_gives_a_stack_of_images():
    radius, place = np.array([10.0, 20.0])[:, None, None], np.array([1.0, -4.0])[:, None, None]
    stack = trace(SIE(radius, 0.5, 0.3), SphericalGaussian(3.0, place, 2.0), 40)
    assert stack.shape == (2, 40, 40)
    np.testing.assert_allclose(stack[1], trace(SIE(20.0, 0.5, 0.3), SphericalGaussian(3.0, -4.0, 2.0), 40), atol=1e-3)


@pytest.mark.parametrize("supersampling, expected", [(1, 0), (3, 8 / 9)])
def test_ray_through_the_middle_of_any_part_of_a_cluster_is_black(supersampling, expected):
    lens = Cluster((SIS(0.0, 3.0, -2.0), SIS(0.0, -1.3, 0.0), NO_LENS))
    image = trace(lens, SphericalGaussian(1e6), 16, supersampling=supersampling)
    assert image[10, 11] == pytest.approx(255 * expected)
    assert np.count_nonzero(image < 254.9) == 1


def test_each_lens_of_a_batch_has_its_own_black_ray():
    stack = trace(SIS(0.0, np.array([1.0, 2.0])[:, None, None], 0.0), SphericalGaussian(1e6), 8)
    assert np.argwhere(stack == 0).tolist() == [[0, 4, 5], [1, 4, 6]]
