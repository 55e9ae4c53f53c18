import math

import pytest

from otrain.data.fits.values import (
    to_bool,
    to_degrees,
    to_float,
    to_magnitude,
    to_mjd,
    to_pixels,
    to_text,
)


@pytest.mark.parametrize("value", ["NAN", "-NAN", "INF", "-inf", "1.#QNAN", "-1.#IND", "1.#INF", "***", "", "--", "n/a",
                                   "undefined", float("inf"), 10**400])
def test_value_that_says_that_it_is_unknown_is_nan(value):
    assert math.isnan(to_float(value))


@pytest.mark.parametrize(("value", "expected"), [
    ("19.3 mag", 19.3), ("19.3mag", 19.3), ("19,3", 19.3), ("19.3 +/- 0.1", 19.3), ("19.3\u00b10.1 mag", 19.3),
    ("19.3(1)", 19.3), ("19.3 AB", 19.3), ("~19.3", 19.3), ("\u221219.3", -19.3), ("1.93D+01", 19.3), (19, 19.0),
    ("1,234.5", 1234.5), ("300 mmag", 0.3),
])
def test_magnitude_is_read_in_any_reasonable_form(value, expected):
    assert to_magnitude(value) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("value", [">20.1", "<5", "bright", "19.3 Jy", True, "12 34", "1_0"])
def test_what_is_no_magnitude_is_not_taken_for_one(value):
    with pytest.raises(ValueError, match=r"."):
        to_magnitude(value)


def test_seconds_of_arc_are_no_pixels():
    assert to_pixels("3.1 pix") == 3.1
    with pytest.raises(ValueError, match="unit"):
        to_pixels("2.4 arcsec")


@pytest.mark.parametrize(("value", "expected"), [
    ("False", False), ("F", False), ("0", False), (False, False), (0, False), ("", False), ("no", False), (".F", None),
    ("True", True), (" T ", True), ("1", True), (True, True), (1, True), (".true.", True), (12.5, None), ("near", None),
])
def test_edge_is_text_or_logical_and_the_text_false_is_false(value, expected):
    if expected is None:
        with pytest.raises(ValueError, match="neither"):
            to_bool(value)
    else:
        assert to_bool(value) is expected


@pytest.mark.parametrize("text", ["10:30:36", "10 30 36", "10h30m36s", "10h 30m 36.0s", "10:30.6", "157.65 deg", "157.65"])
def test_right_ascension_is_read_in_every_form(text):
    assert to_degrees(text, hours=True) == pytest.approx(157.65, abs=1e-10)


@pytest.mark.parametrize("text", ["-05:30:36", "-05 30 36", "-05d30m36s", "-5\u00b030'36\"", "-5.51", "\u22125.51 deg"])
def test_declination_is_read_in_every_form(text):
    assert to_degrees(text, hours=False) == pytest.approx(-5.51, abs=1e-10)
    assert to_degrees("-00:30:00", hours=False) == -0.5


@pytest.mark.parametrize("text", ["10:75:00", "north", "10:30:00:00"])
def test_what_is_no_angle_is_not_taken_for_one(text):
    with pytest.raises(ValueError, match=r"."):
        to_degrees(text, hours=False)


@pytest.mark.parametrize("value", [60368.9, 2460369.4, "2024-02-28T21:36:00", "2024-02-28 21:36:00", "60368.9 d",
                                   "2024-02-28T22:36:00+01:00", "2024-02-28T21:36:00Z"])
def test_dates_become_modified_julian_dates(value):
    assert to_mjd(value) == pytest.approx(60368.9, abs=1e-6)


def test_text_is_stripped_and_numbers_become_text():
    assert to_text(12) == "12"
    assert to_text("r") == "r"
