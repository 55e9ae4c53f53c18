import numpy as np
import pytest

from otrain.domains.transients.places import place_by_coordinates, place_in_frame, place_in_header


@pytest.mark.parametrize(("shape", "x", "y", "place"), [
    ((63, 50), 3053.5, 1000.0, (31, 31)),  # the right side is missing
    ((63, 50), 18.0, 1000.0, (31, 18)),  # the left side is missing
    ((40, 63), 900.0, 8.0, (8, 31)),  # the lower rows are missing
    ((40, 63), 900.0, 3070.0, (31, 31)),
    ((63, 63), None, None, (31, 31)),
    ((63, 50), None, 1000.0, None),
])
def test_side_that_is_missing_follows_from_the_place_in_the_frame(shape, x, y, place):
    assert place_in_frame(shape, x, y) == place


def test_corner_needs_the_full_size():
    assert place_in_frame((50, 50), 18.0, 18.0, full=63) == (18, 18)


def test_own_coordinates_give_the_pixel_of_the_source():
    # Scales of 1 arcsec, north up, east left; the source 5 pixel right of and 7 above the reference pixel.
    header = {"CRPIX1": 11.0, "CRPIX2": 21.0, "CRVAL1": 150.0, "CRVAL2": 60.0, "CD1_1": -1 / 3600, "CD2_2": 1 / 3600}
    ra = 150.0 - 5 / 3600 / np.cos(np.radians(60.0))
    assert place_by_coordinates((63, 50), header, ra, 60.0 + 7 / 3600) == (27, 15)


def test_rotated_axes_are_followed():
    header = {"CRPIX1": 11.0, "CRPIX2": 21.0, "CRVAL1": 150.0, "CRVAL2": 0.0, "CD1_1": 0.0, "CD2_2": 0.0,
              "CD1_2": 1 / 3600, "CD2_1": 1 / 3600}
    assert place_by_coordinates((63, 50), header, 150.0 + 3 / 3600, 4 / 3600) == (23, 14)


def test_reference_pixel_is_the_source_where_nothing_else_is_known():
    assert place_in_header((63, 50), [{"CRPIX1": 19.0, "CRPIX2": 32.0}], {}) == (31, 18)
    assert place_in_header((63, 50), [{"CRPIX1": 1519.0, "CRPIX2": 32.0}], {}) is None  # that of the frame


def test_place_in_the_frame_wins_over_the_reference_pixel():
    assert place_in_header((63, 50), [{"CRPIX1": 40.0, "CRPIX2": 32.0}], {"x": 18.0, "y": 500.0}) == (31, 18)
