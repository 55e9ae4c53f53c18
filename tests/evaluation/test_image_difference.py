import numpy as np
import pytest

from otrain.evaluation.image_difference import MEASURES, difference_picture, image_difference, within_circles


def test_numbers_of_a_difference_are_those_of_the_definition():
    first = np.array([[10.0, 20.0], [30.0, 40.0]])
    told = image_difference(first, first + np.array([[0, 3], [-4, 0]]))
    assert tuple(told) == MEASURES
    assert told["norm"] == 5 and told["relnorm"] == 1.25 and told["mae"] == 1.75 and told["rmse"] == 2.5
    assert (told["minimum"], told["maximum"], told["pixels"]) == (-3, 4, 2)
    assert told["correlation"] == pytest.approx(np.corrcoef(first.ravel(), [10, 23, 26, 40])[0, 1])


def test_pixel_of_colours_counts_once():
    first = np.zeros((2, 2, 3))
    second = first.copy()
    second[0, 1] = [1, 2, 0]
    told = image_difference(first, second)
    assert told["pixels"] == 1 and told["relnorm"] == pytest.approx(5 ** 0.5 / 12)


def test_equal_images_differ_in_nothing_and_a_constant_has_no_correlation():
    told = image_difference(np.ones((3, 3)), np.ones((3, 3)))
    assert told["norm"] == told["pixels"] == 0 and np.isnan(told["correlation"])


def test_missing_pixel_of_one_image_is_a_difference_and_of_both_is_none():
    first, second = np.array([[np.nan, 1.0, 0.0]]), np.array([[np.nan, np.inf, 4.0]])
    told = image_difference(first, second)
    assert told["pixels"] == 2 and told["maximum"] == 0 and told["minimum"] == -4


def test_circles_lie_about_the_centre():
    first = np.zeros((50, 60))
    second = first.copy()
    second[25, 30 + 12] = 6
    told = within_circles(first, second)
    y, x = np.mgrid[:50, :60]
    assert set(told) == {10, 20} and told[10] == 0
    assert told[20] == pytest.approx(6 / (np.hypot(y - 25, x - 30) <= 20).sum())


def test_picture_is_grey_where_images_are_equal():
    first = np.array([[0, 255, 7]], np.uint8)
    picture = difference_picture(first, np.array([[255, 0, 7]], np.uint8))
    assert picture.tolist() == [[1, 255, 128]] and picture.dtype == np.uint8
    assert difference_picture(np.array([[0, 65535]], np.uint16), np.array([[0, 0]], np.uint16)).tolist() == [[128, 255]]
