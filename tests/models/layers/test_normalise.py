import keras
import numpy as np
import pytest

from otrain.errors import UsageError
from otrain.models.layers.normalise import METHODS, _stride, normalise


def network(method, shape=(9, 9, 2), **options):
    cutout = keras.Input(shape, name="cutout")
    return keras.Model(cutout, normalise(cutout, method, **options))


def frames(shape=(4, 9, 9, 2), seed=0):
    return np.random.default_rng(seed).normal(100, 5, shape).astype("f4")


def test_robust_is_median_and_quartiles_of_the_finite_pixels():
    images = frames()
    images[0, :3] = np.nan
    got = network("robust")(images).numpy()[..., :2]
    finite = images[0, ..., 1][np.isfinite(images[0, ..., 1])]
    low, middle, high = np.quantile(finite, [0.25, 0.5, 0.75], method="lower")
    deviation = finite - middle
    sigma = (high - low) / 1.349 + 1e-5 * np.abs(deviation).max()
    scaled = np.sign(deviation) * np.log1p(np.abs(deviation / sigma))
    np.testing.assert_allclose(got[0, 3:, :, 1].ravel(), scaled, rtol=1e-5)


def test_robust_does_not_see_scale_or_offset_of_a_survey():
    images = frames()
    first, second = (network("robust")(x).numpy() for x in (images, 1e-3 * (images - 40)))
    np.testing.assert_allclose(first, second, atol=2e-3)  # the offset costs float32 digits


def test_mask_is_one_where_a_pixel_is_finite():
    images = frames()
    images[1, 2, 3, 0], images[1, 4, 4, 1] = np.nan, -np.inf
    mask = network("robust")(images).numpy()[..., 2:]
    np.testing.assert_array_equal(mask, np.isfinite(images))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0, 3.4e38, -3.4e38, 1e-40])
def test_impossible_frames_stay_finite(method, value):
    images = frames()
    images[0] = value
    images[1, 0, 0] = value
    assert np.isfinite(network(method)(images).numpy()).all()


def test_constant_frame_becomes_zero():
    assert not network("robust", mask=False)(np.full((1, 9, 9, 2), 1234.5, "f4")).numpy().any()


def test_large_cutout_is_judged_on_part_of_its_pixels():
    images = frames((2, 101, 101, 1))
    got = network("robust", (101, 101, 1), mask=False)(images).numpy()
    scaled = np.sign(got) * np.expm1(np.abs(got))  # the median and the sigma of normal noise become 0 and 1
    assert abs(np.median(scaled)) < 0.1 and abs(scaled.std() - 1) < 0.15


@pytest.mark.parametrize("height, width", [(12, 12), (31, 31), (32, 32), (60, 28), (63, 63), (64, 64), (65, 49),
                                           (512, 512)])
def test_pixels_that_are_sorted_are_enough_and_lie_in_every_column(height, width):
    chosen = np.arange(height * width)[::_stride(height, width)]
    assert min(300, height * width) <= len(chosen) <= max(1000, 0.1 * height * width)
    assert len(set(chosen % width)) == min(width, len(chosen))
    assert len(set(chosen // width)) > 0.9 * min(height, len(chosen))


def test_star_in_the_middle_and_masked_border_leave_the_noise_at_one():
    y, x = np.mgrid[:63, :63] - 31
    images = frames((3, 63, 63, 1)) + 500 * np.exp(-(x**2 + y**2) / 8)[None, ..., None]
    images[1, :, :20] = np.nan
    got = network("robust", (63, 63, 1), mask=False)(images.astype("f4")).numpy()
    sky = np.abs(got[:, :, 45:])
    assert np.all(abs(np.std(np.sign(got[:, :, 45:]) * np.expm1(sky), axis=(1, 2, 3)) - 1) < 0.2)


def test_l2_has_norm_one_per_channel():
    got = network("l2", mask=False)(frames()).numpy()
    np.testing.assert_allclose((got**2).sum(axis=(1, 2)), 1, rtol=1e-5)


def test_none_keeps_the_pixels_and_clears_nan():
    images = frames()
    images[0, 0, 0, 0] = np.nan
    got = network("none", mask=False)(images).numpy()
    np.testing.assert_array_equal(got, np.nan_to_num(images))


def test_unknown_method_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'robust'"):
        normalise(None, "robst")
