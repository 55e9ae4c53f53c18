import numpy as np
import pytest

from otrain.domains.lenses.physics.observation import (
    Observation,
    convolve,
    gaussian_psf,
    observe,
    signal_to_noise,
)
from otrain.errors import UsageError

IMAGE = np.full((200, 200), 40.0, np.float32)


def rng():
    return np.random.default_rng(3)


def test_default_changes_nothing():
    image, noise = observe(IMAGE, Observation(), rng())
    np.testing.assert_array_equal(image, IMAGE)
    assert not noise.any()


def test_gaussian_has_the_width_that_it_is_asked_for():
    psf = gaussian_psf(6.0)
    x = np.arange(len(psf)) - len(psf) // 2
    assert psf.sum() == pytest.approx(1)
    width = np.sqrt((psf.sum(axis=0) * x**2).sum())
    assert width == pytest.approx(np.sqrt((6 / 2.35482) ** 2 + 1 / 12), rel=1e-3)  # the pixel's own width beside it


def test_narrow_gaussian_stays_in_its_pixel():
    assert gaussian_psf(0.2).max() > 0.99


@pytest.mark.parametrize("row, column", [(0, 0), (5, 3), (6, 8)])
def test_point_is_blurred_to_the_psf_where_it_is(row, column):
    image = np.zeros((7, 9), np.float32)
    image[row, column] = 2
    kernel = np.arange(1.0, 16).reshape(3, 5)  # of no symmetry
    padded = np.zeros((9, 13))
    padded[row:row + 3, column:column + 5] = 2 * kernel
    blurred = convolve(image, kernel)
    assert blurred.dtype == np.float32
    np.testing.assert_allclose(blurred, padded[1:-1, 2:-2], atol=1e-4)


def test_stack_is_blurred_image_by_image():
    stack = np.random.default_rng(0).random((3, 20, 24)).astype(np.float32)
    kernel = gaussian_psf(2.0)
    np.testing.assert_allclose(convolve(stack, kernel)[2], convolve(stack[2], kernel), atol=1e-6)


def test_given_psf_is_normalised():
    image, _ = observe(IMAGE, Observation(psf=np.full((3, 3), 7.0)), rng())
    np.testing.assert_allclose(image[5:-5, 5:-5], 40, rtol=1e-5)


def test_background_has_its_rms_and_stands_in_the_noise_map():
    image, noise = observe(IMAGE, Observation(background_rms=3.0), rng())
    assert (image - IMAGE).std() == pytest.approx(3, rel=0.02)
    assert (image - IMAGE).mean() == pytest.approx(0, abs=0.05)
    np.testing.assert_allclose(noise, 3)


def test_photons_scatter_as_their_number_says():
    image, noise = observe(IMAGE, Observation(exposure_time=10.0, background_rms=1.0), rng())
    assert image.std() == pytest.approx(np.sqrt(40 / 10 + 1), rel=0.02)
    assert image.mean() == pytest.approx(40, rel=1e-3)
    np.testing.assert_allclose(noise, np.sqrt(5), rtol=1e-5)


def test_saturated_pixels_show_no_more():
    image, _ = observe(IMAGE, Observation(background_rms=5.0, saturation=41.0), rng())
    assert image.max() == 41
    assert image.min() < 30


def test_same_seed_gives_the_same_image():
    observation = Observation(2.5, background_rms=1.0, exposure_time=2.0)
    np.testing.assert_array_equal(observe(IMAGE, observation, rng())[0], observe(IMAGE, observation, rng())[0])
    assert (observe(IMAGE, observation, rng())[0] != observe(IMAGE, observation, np.random.default_rng(4))[0]).any()


def test_signal_to_noise_adds_in_quadrature():
    assert signal_to_noise(np.array([[3.0, 8.0]]), np.array([[1.0, 2.0]])) == pytest.approx(5)


@pytest.mark.parametrize("options, message", [
    ({"psf_fwhm": -1.0}, r"`psf_fwhm` must not be negative\. Received: -1\.0\."),
    ({"background_rms": float("nan")}, r"`background_rms` must not be negative\. Received: nan\."),
    ({"exposure_time": 0.0}, r"`exposure_time` must be above 0\. Received: 0\.0\."),
    ({"psf": np.ones((4, 3))}, r"`psf` must be an image of odd sides.*Received: \(4, 3\)\."),
])
def test_impossible_telescope_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        Observation(**options)
