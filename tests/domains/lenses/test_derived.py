import math

import pytest

from otrain.domains.lenses.derived import derive

SIE = {"einsteinradius": 20.0, "ellipseratio": 0.5, "orientation": 30.0, "x": 3.0, "y": -4.0, "sigma": 5.0}


def test_lengths_become_arcsec_by_the_pixel_scale():
    found = derive(SIE, 0.1)
    assert (found["theta_e"], found["x_source"], found["y_source"], found["source_size"], found["pixel_scale"]) == (
        pytest.approx((2.0, 0.3, -0.4, 0.5, 0.1)))


def test_ellipticity_lies_along_the_orientation():
    found = derive(SIE)
    assert found["e1"] == pytest.approx(1 / 6) and found["e2"] == pytest.approx(math.sqrt(3) / 6)


@pytest.mark.parametrize("lens", ["SIS", "PM", "p"])
def test_round_lenses_have_no_ellipticity_whatever_their_row_says(lens):
    found = derive(SIE | {"lens": lens})
    assert (found["e1"], found["e2"]) == (0.0, 0.0)


def test_a_row_of_a_cluster_has_neither_radius_nor_ellipticity():
    assert derive({"lens": "SIS/0/0/5;SIS/1/1/5"}) == {"lens": "SIS/0/0/5;SIS/1/1/5"}


@pytest.mark.parametrize("broken", [{"ellipseratio": math.nan}, {"ellipseratio": 0.0}, {"ellipseratio": 2.0},
                                    {"orientation": math.nan}])
def test_a_broken_ellipse_gives_nan_not_zero(broken):
    assert math.isnan(derive(SIE | broken)["e1"])


def test_what_the_table_says_itself_counts():
    found = derive(SIE | {"theta_e": 9.0, "pixel_scale": 0.2}, 0.1)
    assert found["theta_e"] == 9.0 and found["source_size"] == 1.0


def test_infinity_is_unknown_and_spoils_nothing_else():
    found = derive(SIE | {"orientation": math.inf, "x": -math.inf, "einsteinradius": 1e308}, 1e3)
    assert {name for name, value in found.items() if isinstance(value, float) and math.isnan(value)} == {
        "orientation", "e1", "e2", "x", "x_source", "theta_e"}
    assert found["source_size"] == 5000.0 and not any(isinstance(value, float) and math.isinf(value) for value in found.values())
