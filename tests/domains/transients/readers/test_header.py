import math

import pytest

from otrain.data.quarantine import InputRejected
from otrain.domains.transients.readers.header import read_columns, to_bool, to_degrees


@pytest.mark.parametrize(("value", "expected"), [
    ("False", False), ("F", False), ("0", False), (False, False), (0, False), ("", False), ("no", False),
    ("True", True), (" T ", True), ("1", True), (True, True), (1, True),
])
def test_edge_is_text_or_logical_and_the_text_false_is_false(value, expected):
    assert to_bool(value) is expected


@pytest.mark.parametrize("value", ["nan", "", "None", " NaN ", float("nan")])
def test_magnitude_that_says_it_is_unknown_is_missing(value):
    columns, _ = read_columns([{"MAG": value}])
    assert math.isnan(columns["mag"])


@pytest.mark.parametrize(("keyword", "value"), [("MAG", "bright"), ("FWHM", True), ("EDGE", "perhaps")])
def test_mandatory_value_without_sense_is_named(keyword, value):
    with pytest.raises(InputRejected, match=keyword):
        read_columns([{keyword: value}])


def test_optional_value_without_sense_is_left_out():
    assert read_columns([{"XPOS": "left"}]) == ({}, None)


def test_number_as_text_is_a_number():
    assert read_columns([{"MAG": " 17.5 "}])[0] == {"mag": 17.5}


def test_integer_name_becomes_text():
    assert read_columns([{"CANDID": 12}])[0] == {"candid": "12"}


def test_better_keyword_wins_over_the_order_of_headers():
    assert read_columns([{"MAG": 1.0}, {"MAG_CALIB": 2.0}])[0] == {"mag": 2.0}


def test_sexagesimal_angles_become_degrees():
    assert to_degrees("-01:30:00", hours=False) == -1.5
    assert to_degrees("12:00:00", hours=True) == 180.0
    assert to_degrees(12.5, hours=True) == 12.5
