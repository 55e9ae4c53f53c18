import numpy as np

from otrain.explain.sky import blank_sky, level_and_noise


def test_level_and_noise_are_those_of_the_sky_beside_a_star():
    images = np.random.default_rng(0).normal(100, 5, (3, 40, 40, 2)).astype("f4")
    images[:, 18:22, 18:22] += 1e4
    level, noise = level_and_noise(images)
    assert level.shape == noise.shape == (3, 1, 1, 2)
    np.testing.assert_allclose(level, 100, atol=0.5)  # 5 / sqrt(1600) = 0.13, times 1.25 for a median
    np.testing.assert_allclose(noise, 5, rtol=0.1)


def test_empty_sky_has_the_noise_and_no_star():
    images = np.random.default_rng(0).normal(0, 2, (1, 40, 40, 1)).astype("f4")
    images[0, 20, 20] = 1e4
    sky = blank_sky(images, seed=1)
    assert np.abs(sky).max() < 12 and 1.7 < sky.std() < 2.3


def test_pixels_without_a_value_keep_none():
    images = np.ones((2, 4, 4, 1), "f4")
    images[0, 0] = np.nan
    images[1] = np.nan
    np.testing.assert_array_equal(np.isnan(blank_sky(images)), np.isnan(images))
    assert level_and_noise(images)[1].ravel().tolist() == [0, 0]
