import numpy as np
import pytest

from otrain.answers.images.pixels import count_pixels, pixel_probabilities, true_classes
from otrain.data.results.calibration import Calibration, softmax
from otrain.data.results.image_settings import ImageSettings

NAN = np.nan


def test_probability_is_that_of_every_class_but_the_first():
    raw = np.array([[[[0.0, 1.0, 2.0]]]])
    np.testing.assert_allclose(pixel_probabilities(raw, ImageSettings(), "abc"), softmax(raw)[..., 1:])
    two = pixel_probabilities(np.array([[[[2.0]]]]), ImageSettings(), "ab")
    assert two.shape == (1, 1, 1, 1) and two[0, 0, 0, 0] == pytest.approx(1 / (1 + np.exp(-2)))


def test_probability_is_calibrated():
    settings = ImageSettings(Calibration("temperature", 2.0))
    raw = np.array([[[[0.0, 1.0, 2.0]]]])
    np.testing.assert_allclose(pixel_probabilities(raw, settings, "abc"), softmax(raw / 2)[..., 1:])


def test_class_of_a_pixel_is_known_where_class_and_value_are():
    examples = np.array([[[[5, 1], [NAN, 1]], [[6, NAN], [7, 0]]]], "f4")
    np.testing.assert_array_equal(true_classes(examples, 1), [[[1, NAN], [NAN, 0]]])


def test_pixels_are_counted_by_subset_and_class(make_replies):
    replies = make_replies([[[0, 1], [2, 1]], [[0, 0], [2, NAN]]], [[[0, 1], [2, 0]], [[1, 0], [0, 1]]],
                           subset=["validation", "test"])
    seen = []
    counts = count_pixels(replies, ImageSettings(), 1, lambda done, total: seen.append((done, total)))
    assert counts.keys() == {"validation", "test"} and seen[-1] == (2, 2)
    validation, test = ({kind: counts[name][kind].metrics() for kind in ("glitch", "line")} for name in counts if name)
    by_name = dict(zip(counts, (validation, test), strict=True))
    assert by_name["validation"]["glitch"]["iou"]["value"] == pytest.approx(1 / 2)  # one of two found, none invented
    assert by_name["validation"]["line"]["iou"]["value"] == 1
    assert by_name["test"]["line"]["f1"]["value"] == 0
    assert counts["test"]["glitch"].points == 3 and counts["validation"]["glitch"].points == 4  # without NaN
