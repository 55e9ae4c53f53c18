import numpy as np
import pytest

from otrain.domains.lenses.physics.picture_source import PictureSource

PICTURE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_pixels_have_their_values_and_the_first_row_is_up():
    source = PictureSource(PICTURE, x=10.0, y=20.0)
    x, y = 10 + np.array([[-1, 0, 1]]), 20 + np.array([[0.5], [-0.5]])
    np.testing.assert_allclose(source.brightness(x, y), PICTURE)


def test_values_between_pixels_are_linear():
    source = PictureSource(PICTURE)
    assert source.brightness(0.25, 0.5) == pytest.approx(2.25)
    assert source.brightness(0.0, 0.25) == pytest.approx(2.75)


def test_picture_ends_within_a_pixel():
    source = PictureSource(PICTURE)
    assert source.brightness(1.5, 0.5) == pytest.approx(1.5)
    assert source.brightness(-1.5, 0.5) == pytest.approx(0.5)
    assert source.brightness(np.array([2.0, 40.0, -1e6, np.nan]), 0.5).tolist() == [0, 0, 0, 0]


def test_scale_makes_the_picture_larger():
    source = PictureSource(PICTURE, scale=4.0)
    assert source.brightness(4.0, -2.0) == pytest.approx(6.0)


def test_picture_turns_anticlockwise():
    source = PictureSource(PICTURE, theta=np.pi / 2)
    # what was at (1, 0.5), value 3, comes to (-0.5, 1)
    assert source.brightness(-0.5, 1.0) == pytest.approx(3.0)


def test_pixels_without_value_are_black():
    picture = PICTURE.copy()
    picture[0, 0] = np.nan
    assert PictureSource(picture).brightness(-1.0, 0.5) == 0


def test_float32_stays_float32():
    x = np.zeros((1, 2), np.float32)
    assert PictureSource(PICTURE).brightness(x, x).dtype == np.float32
