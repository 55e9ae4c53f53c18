import math

import pytest

from otrain.domains.transients.readers.header import order_headers, read_columns


@pytest.mark.parametrize("value", ["nan", "", "None", " NaN ", float("nan")])
def test_magnitude_that_says_it_is_unknown_is_missing(value):
    columns, _ = read_columns([{"MAG": value}])
    assert math.isnan(columns["mag"])


@pytest.mark.parametrize(("keyword", "value"), [("MAG", "bright"), ("FWHM", True), ("EDGE", 12.5), ("MAG", ">20.1")])
def test_value_without_sense_is_missing_and_remarked_on(keyword, value):
    remarks = {}
    assert read_columns([{keyword: value}], remarks=remarks) == ({}, None)
    ((words, instance),) = remarks.items()
    assert words.startswith(f"{keyword} is not understood") and instance == repr(value)


def test_calibrated_magnitude_comes_with_its_own_error():
    header = {"MAG": -7.1, "MAGERR": 0.03, "MAG_CALIB": 18.0, "MAG_CALIB_ERR": 0.04}
    assert read_columns([header])[0] == {"mag": 18.0, "mag_err": 0.04}
    del header["MAG_CALIB"]
    assert read_columns([header])[0] == {"mag": -7.1, "mag_err": 0.03}
    assert read_columns([{"MAG_CALIB": 18.0, "MAGERR": 0.03}])[0] == {"mag": 18.0, "mag_err": 0.03}


FRAME = {"RA": 148.9, "DEC": 69.1, "FILTER": "r", "FWHM": 4.7, "MJD": 60370.9, "EXPTIME": 60.0}


def test_empty_primary_header_with_the_candidate_wins_over_that_of_its_frame():
    primary, images = {"CANDID": "c1", "RA": 150.1, "DEC": 2.2, "FWHM": 3.1}, [dict(FRAME), dict(FRAME)]
    headers, own = order_headers([primary, *images], images)
    columns, _ = read_columns(headers, own=own)
    assert columns == {"candid": "c1", "ra": 150.1, "dec": 2.2, "fwhm": 3.1, "band": "r", "mjd": 60370.9}


def test_position_of_a_frame_is_not_that_of_a_candidate_that_has_none():
    image = dict(FRAME)
    headers, own = order_headers([{"CANDID": "c1", "MAG": 18.0}, image], [image])
    assert read_columns(headers, own=own)[0] == {"candid": "c1", "mag": 18.0, "band": "r", "mjd": 60370.9}


def test_header_of_the_image_wins_where_the_primary_one_is_that_of_the_frame():
    primary, image = dict(FRAME), {"CANDID": "c1", "RA": 150.1, "DEC": 2.2, "FWHM": 3.1}
    headers, own = order_headers([primary, image], [image])
    assert read_columns(headers, own=own)[0]["ra"] == 150.1
    assert read_columns(headers, own=own)[0]["band"] == "r"


def test_headers_of_which_none_names_a_candidate_are_all_searched():
    image = dict(FRAME)
    headers, own = order_headers([{}, image], [image])
    assert read_columns(headers, own=own)[0]["ra"] == 148.9


def test_optional_value_without_sense_is_left_out():
    assert read_columns([{"XPOS": "left"}]) == ({}, None)


def test_number_as_text_is_a_number():
    assert read_columns([{"MAG": " 17.5 "}])[0] == {"mag": 17.5}


def test_integer_name_becomes_text():
    assert read_columns([{"CANDID": 12}])[0] == {"candid": "12"}


def test_better_keyword_wins_over_the_order_of_headers():
    assert read_columns([{"MAG": 1.0}, {"MAG_CALIB": 2.0}])[0] == {"mag": 2.0}


@pytest.mark.parametrize(("cards", "telescope", "scale"), [
    ({"TELESCOP": "T80", "INSTRUME": "cam", "PIXSCALE": 0.55}, "T80", 0.55), ({"INSTRUME": "cam", "CD1_1": -0.0001, "CD2_1": 0.0}, "cam", 0.36),
    ({"CD1_1": 0.0003, "CD2_1": 0.0004}, None, 1.8), ({"CDELT1": -0.0002}, None, 0.72), ({"CDELT1": 1.0}, None, None),
    ({"CDELT1": "wide"}, None, None), ({}, None, None),
])
def test_telescope_and_side_of_a_pixel_are_read(cards, telescope, scale):
    columns, _ = read_columns([cards])
    assert columns.get("telescope") == telescope
    assert columns.get("pixel_scale") == (scale if scale is None else pytest.approx(scale))
