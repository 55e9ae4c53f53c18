import numpy as np
import pytest

from otrain.domains.transients.fills import _is_clean, find_fill, may_have_fill

NOISE = np.random.default_rng(0).normal(20, 10, (31, 31, 1)).astype("f4")


def with_fill(value, part):
    image = NOISE.copy()
    image[part] = value
    return image


PARTS = {"rows at the border": np.s_[:4], "columns at the border": np.s_[:, -3:], "rows inside": np.s_[10:14],
         "a block": np.s_[5:12, 6:15], "a corner": np.s_[:8, :8], "one row at the border": np.s_[-1:]}


@pytest.mark.parametrize("value", [1e-30, 0.0, -32768.0, -99999.0, 12.5])
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_constant_part_of_noise_has_no_value(value, part):
    mask, fills = find_fill(with_fill(value, part))
    expected = np.zeros(NOISE.shape, bool)
    expected[part] = True
    np.testing.assert_array_equal(mask, expected)
    assert fills == (float(np.float32(value)),)


@pytest.mark.parametrize("value", [-999.0, 5000.0])
def test_block_at_an_extreme_may_be_a_saturated_star_and_a_border_may_not(value):
    assert find_fill(with_fill(value, PARTS["a block"]))[0] is None
    assert find_fill(with_fill(value, PARTS["rows at the border"]))[0][:4].all()


def test_single_pixels_of_a_certain_value_have_none():
    image = NOISE.copy()
    image[3, 4], image[20, 9] = 1e-30, -32768
    mask, fills = find_fill(image)
    assert np.argwhere(mask[..., 0]).tolist() == [[3, 4], [20, 9]]
    assert len(fills) == 2


def test_named_values_have_none_wherever_they_stand():
    image = np.rint(NOISE)
    assert find_fill(image)[0] is None
    mask, fills = find_fill(image, [20])
    np.testing.assert_array_equal(mask, image == 20)
    assert fills == (20.0,)


@pytest.mark.parametrize("image", [
    NOISE, np.rint(NOISE), np.tile(np.arange(8.0), (8, 1))[..., None], np.zeros((31, 31, 1), "f4"), np.ones((2, 2, 1), "f4"),
    np.random.default_rng(1).poisson(0.05, (31, 31, 1)).astype("f4"),  # photons are few: most pixels are 0
    np.exp(-(np.hypot(*np.mgrid[-15:16, -15:16]) ** 2) / 4).astype("f4")[..., None] > 0.5,
    np.minimum(NOISE + 5000 * np.exp(-(np.hypot(*np.mgrid[-15:16, -15:16])[..., None] ** 2) / 20), 800).astype("f4"),
], ids=["noise", "integers", "gradient", "constant", "tiny", "photons", "model", "saturated"])
def test_values_of_pixels_stay(image):
    assert find_fill(np.asarray(image, "f4"))[0] is None


def test_channels_are_looked_at_by_themselves():
    image = np.concatenate([NOISE, with_fill(0, np.s_[:5])], axis=-1)
    mask, _ = find_fill(image)
    assert not mask[..., 0].any() and mask[:5, :, 1].all()


def test_only_few_images_have_to_be_looked_at():
    images = np.random.default_rng(2).normal(0, 10, (200, 31, 31, 1)).astype("f4")
    assert not may_have_fill(images).any()
    assert may_have_fill(np.rint(images)).mean() < 0.05
    images[7, :, 0] = 3
    assert np.flatnonzero(may_have_fill(images)).tolist() == [7]


def test_pixels_that_are_nan_already_do_not_hide_a_fill():
    image = with_fill(0, np.s_[:4])
    image[10:20] = np.nan
    assert find_fill(image)[0][:4].all()


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_short_look_overlooks_no_fill(part, channels):
    image = np.random.default_rng(3).normal(0, 10, (31, 31, channels)).astype("f4")
    assert find_fill(image) == (None, ())
    image[..., -1][part] = 4
    image[20, 20, 0] = np.nan
    assert find_fill(image)[0][..., -1][part].all()


def test_image_of_one_row_has_no_fill():
    assert find_fill(np.arange(5, dtype="f4").reshape(1, 5, 1)) == (None, ())


@pytest.mark.parametrize("shape", [(6, 7, 1), (9, 5, 3), (3, 3, 2)])
def test_what_is_clean_at_a_glance_has_nothing_to_look_at(shape):
    rng = np.random.default_rng(1)
    for trial in range(300):
        image = rng.normal(size=shape).astype(np.float32)
        height, width = rng.integers(1, 4, 2)
        top, left = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        value = rng.choice([0.0, 2.5, np.nan, -99999, 1e-30])
        image[top:top + height, left:left + width, rng.integers(shape[2])] = value
        if trial % 3 == 0:
            image[:, left, 0] = 1.5
        assert not (_is_clean(image) and may_have_fill(image[None])[0])
