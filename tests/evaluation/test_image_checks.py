import numpy as np
import pytest

from otrain.evaluation.image_checks import measure, thumbnails

NAN, INF = np.nan, np.inf


@pytest.fixture
def noise():
    return np.random.default_rng(0).normal(100, 1, (6, 31, 31, 2)).astype("f4")


def test_pixels_without_a_value_are_counted(noise):
    noise[1, :, :, 0] = NAN
    noise[2, 0, 0, 0], noise[2, 0, 1, 0] = INF, -INF
    masked = measure(noise, 0)["masked"]
    assert masked[0] == 0
    assert masked[1] == pytest.approx(0.5)
    assert masked[2] == pytest.approx(1 / 31**2)


def test_only_finite_values_beyond_a_million_are_sentinels(noise):
    noise[1, :2, :3, 1] = -3e38
    noise[2, 0, 0, 0] = 1e6
    noise[3, 0, 0, 0] = INF
    assert measure(noise, 0)["sentinels"].tolist() == [0, 6, 0, 0, 0, 0]


def test_channel_with_fewer_than_two_values_is_constant(noise):
    noise[1, ..., 1] = 7
    noise[2, ..., 0] = NAN
    noise[3, ..., 0] = NAN
    noise[3, 0, :2, 0] = 1, 2
    assert measure(noise, 0)["constant"].tolist() == [False, True, True, False, False, False]


@pytest.mark.parametrize(("pixels", "height", "expected"), [(4, 200, True), (3, 200, False), (4, 105, False),
                                                            (60, 105, True)])
def test_flat_top_is_high_or_wide(noise, pixels, height, expected):
    noise[1].reshape(-1, 2)[:pixels, 0] = height
    assert measure(noise, 1)["saturated"].tolist() == [False, expected, False, False, False, False]


@pytest.mark.parametrize("side", [31, 30])
def test_place_of_a_source_is_told_from_the_centre(side):
    images = np.random.default_rng(0).normal(0, 1, (3, side, side, 1)).astype("f4")
    centre = side // 2
    images[1, centre - 1:centre + 2, centre - 1:centre + 2] += 60
    images[2, centre + 5 - 1:centre + 5 + 2, centre - 8 - 1:centre - 8 + 2] -= 60
    found = measure(images, 0)
    assert np.isnan(found["offset_y"][0]) and np.isnan(found["offset_x"][0])
    assert (found["offset_y"][1], found["offset_x"][1]) == (0, 0)
    assert (found["offset_y"][2], found["offset_x"][2]) == (5, -8)
    assert found["empty_centre"].tolist() == [True, False, True]


def test_thumbnail_does_not_depend_on_level_and_contrast(noise):
    planes = noise[..., 0]
    difference = thumbnails(planes).astype(int) - thumbnails(3 * planes + 50)
    assert np.abs(difference).max() <= 1
    assert thumbnails(planes).shape == (6, 256)


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (7, 7), (40, 5)])
def test_every_size_is_measured(shape):
    found = measure(np.random.default_rng(0).normal(size=(3, *shape, 1)), 0, centre=True)
    assert {len(values) for values in found.values()} == {3}
    assert found["thumb"].shape == (3, 256) and found["centre"].shape == (3, 225)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, NAN, INF, 3.4e38])
def test_image_of_one_value_raises_no_warning(value):
    found = measure(np.full((2, 9, 9, 1), value, "f4"), 0, centre=True)
    assert found["constant"].all()
    assert not found["thumb"].any()
