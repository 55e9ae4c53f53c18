import numpy as np
import pytest

from otrain.data.results.image_statistics import image_statistics, statistics_count

# Of one channel of 32 pixels: noise of 3 scales, 7 rings, brightest, faintest, largest second difference.
NOISE, RINGS, BRIGHT, FAINT, SHARP = slice(0, 3), slice(3, 10), 10, 11, 12


def noise(sigma, seed=0):
    return np.random.default_rng(seed).normal(5, sigma, (32, 32, 1)).astype(np.float32)


def test_noise_is_measured_on_every_scale():
    found = 10 ** image_statistics(np.random.default_rng(0).normal(5, 3, (256, 256, 1)))[NOISE]
    np.testing.assert_allclose(found, [3, 3 / 2, 3 / 4], rtol=0.05)


def test_ring_power_of_white_noise_is_its_variance():
    found = 10 ** image_statistics(np.random.default_rng(0).normal(5, 3, (256, 256, 1)))[RINGS]
    np.testing.assert_allclose(found[1:], 9, rtol=0.2)


def test_a_wave_is_found_in_the_ring_of_its_frequency():
    wave = np.cos(2 * np.pi * np.arange(32) / 4)[:, None, None] * np.ones((1, 32, 1))  # 1/4 cycles a pixel
    assert image_statistics(wave)[RINGS].argmax() == 3  # from 1/8 to 1/4
    assert image_statistics(wave[::-1] * 2)[RINGS].argmax() == 3


def test_extremes_are_counted_from_the_median():
    image = np.full((32, 32, 1), 7.0)
    image[3, 5], image[20, 9] = 107, 6
    found = image_statistics(image)
    np.testing.assert_allclose(10 ** found[[BRIGHT, FAINT]], [100, 1])
    assert 10 ** found[SHARP] == pytest.approx(100 * 4 / 6)


@pytest.mark.parametrize("image", [np.full((32, 32, 1), 4.0), np.full((32, 32, 1), np.nan), np.zeros((1, 1, 1)),
                                   np.full((32, 32, 1), np.inf), np.full((32, 32, 1), -3e38, np.float32), np.zeros((2, 32, 1))])
def test_images_without_anything_have_finite_statistics(image):
    found = image_statistics(image)
    assert np.isfinite(found).all() and (found == -30).all() and len(found) == statistics_count(image.shape)


def test_pixels_without_a_value_are_the_median():
    image = noise(1)
    holes, filled = image.copy(), image.copy()
    holes[4, 4], holes[9, 1], holes[0, 0] = np.nan, np.inf, -3.4e38
    known = np.isfinite(holes) & (np.abs(holes) < 1e30)
    filled[~known] = np.median(holes[known])
    np.testing.assert_array_equal(image_statistics(holes), image_statistics(filled))


def test_channels_follow_each_other():
    both = np.concatenate([noise(1), noise(4, seed=1)], axis=-1)
    parts = [image_statistics(both[..., c:c + 1]) for c in (0, 1)]
    np.testing.assert_array_equal(image_statistics(both), np.concatenate(parts))
    assert statistics_count(both.shape) == 26


def test_a_series_has_no_image_statistics():
    assert statistics_count((100, 2)) == 0 and image_statistics(np.zeros((100, 2))).shape == (0,)
