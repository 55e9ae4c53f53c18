import numpy as np
import pytest

from otrain.domains.transients.readers.masks import apply_masks, is_mask, is_unused, mask_role

BAD = np.array([[0, 4], [0, 0]], "u1")


def image(channels=1):
    return np.ones((2, 2, channels), "f4")


@pytest.mark.parametrize("name", ["MASK", "BITMASK", "DQ", "TEMPLATE_MASK", "DIFFMASK"])
def test_masks_are_known_by_their_names(name):
    assert is_mask(name) and not is_unused(name)


@pytest.mark.parametrize("name", ["ERR", "WEIGHTS", "DIFF_ERR", "PSF", "BACKGROUND"])
def test_planes_that_no_network_gets_are_known_by_their_names(name):
    assert is_unused(name) and not is_mask(name)


@pytest.mark.parametrize("name", ["DIFF", "", "CAND1", "TEMPLATE"])
def test_images_are_neither(name):
    assert not is_unused(name) and not is_mask(name)


def test_marked_pixels_have_no_value():
    pixels = image()
    assert apply_masks(pixels, ("difference",), [("MASK", {}, BAD)]) == {}
    np.testing.assert_array_equal(np.isnan(pixels[..., 0]), BAD != 0)


def test_mask_of_the_template_marks_template_and_difference():
    pixels = image(3)
    apply_masks(pixels, ("science", "template", "difference"), [("TEMPLATE_MASK", {}, BAD)])
    assert np.isnan(pixels[0, 1]).tolist() == [False, True, True]
    assert mask_role("TEMPLATE_MASK") == "template"


def test_bit_that_says_that_a_source_was_detected_marks_nothing():
    pixels = image()
    apply_masks(pixels, ("difference",), [("MASK", {"MP_DETECTED": 2, "MP_SAT": 1}, BAD)])
    assert np.isfinite(pixels).all()
    apply_masks(pixels, ("difference",), [("MASK", {"MP_DETECTED": 1, "MP_SAT": 2}, BAD)])
    assert np.isnan(pixels).sum() == 1


@pytest.mark.parametrize(("mask", "why"), [(np.zeros((3, 3)), "another size"), (np.ones((2, 2)), "every pixel")])
def test_mask_that_cannot_be_meant_is_named_and_not_used(mask, why):
    pixels = image()
    assert why in apply_masks(pixels, ("difference",), [("MASK", {}, mask)])["MASK"]
    assert np.isfinite(pixels).all()
