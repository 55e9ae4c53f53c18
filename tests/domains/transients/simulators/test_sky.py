import numpy as np
import pytest

from otrain.domains.transients.simulators.sky import sky_grid


@pytest.fixture
def grid():
    return sky_grid(41)


def centroid(image, grid):
    return (image * grid.x).sum() / image.sum(), (image * grid.y).sum() / image.sum()


def test_star_keeps_its_flux(grid):
    image = grid.image(grid.psf(3.0, 4.0) * grid.points(0, 0, 100.0))
    assert image.sum() == pytest.approx(100, rel=0.01)  # the rest is in wings outside the cutout


def test_star_lies_where_it_was_put(grid):
    image = grid.image(grid.psf(2.5, 5.0) * grid.points(1.3, -0.4, 1.0))
    assert centroid(image, grid) == pytest.approx((1.3, -0.4), abs=0.02)


@pytest.mark.parametrize("size", [30, 31])
def test_centre_is_half_the_size_for_odd_and_even(size):
    grid = sky_grid(size)
    image = grid.image(grid.psf(3.0, 4.0) * grid.points(0, 0, 1.0))
    assert np.unravel_index(image.argmax(), image.shape) == (size // 2, size // 2)


@pytest.mark.parametrize("fwhm", [3.0, 4.5, 6.0])
def test_moffat_has_the_width_that_was_asked_for(grid, fwhm):
    image = grid.image(grid.psf(fwhm, 3.0) * grid.points(0, 0, 1.0))
    row = image[20, 20:]
    half = np.interp(-0.5 * row[0], -row, np.arange(len(row)))
    assert 2 * half == pytest.approx(fwhm, rel=0.08)  # the pixel response widens the sharpest a little


def test_ellipse_is_long_along_its_angle(grid):
    image = grid.image(grid.psf(4.0, 4.0, ellipticity=0.3, angle=np.pi / 2) * grid.points(0, 0, 1.0))
    assert image[24, 20] > 1.5 * image[20, 24]


def test_disc_galaxy_falls_exponentially(grid):
    # reference: a Spergel profile of index 0.5 is exp(-r / scale); far from the PSF the slope remains.
    image = grid.image(grid.psf(1.5, 5.0) * grid.galaxy(0, 0, 1.0, 2.5, 0.5))
    assert np.log(image[20, 25] / image[20, 30]) == pytest.approx(5 / 2.5, rel=0.08)


def test_galaxy_is_long_along_its_angle(grid):
    image = grid.image(grid.psf(2.0, 5.0) * grid.galaxy(0, 0, 1.0, 2.0, 0.5, ellipticity=0.4, angle=0.0))
    assert image[20, 25] > 2 * image[25, 20]


def test_no_kernel_error_changes_nothing(grid):
    assert np.allclose(grid.kernel_error(0.0, 0.0, 0.0), 1)


def test_sharp_star_does_not_ring(grid):
    image = grid.image(grid.psf(1.5, 4.0) * grid.points(0.5, 0.5, 1.0))
    far = np.hypot(grid.x, grid.y) > 8
    assert abs(image[far]).max() < 2e-3 * image.max()
