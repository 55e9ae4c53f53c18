import math

import numpy as np
import pytest

from otrain.domains.lenses.simulators.dataset_toml import check_table
from otrain.domains.lenses.simulators.distributions import distribution_of
from otrain.domains.lenses.simulators.draws import draw_system, image_name


def drawn(table, count=200, seed=0, **options):
    table = check_table(table)
    ranges = distribution_of(table)
    rng = np.random.default_rng(seed)
    options.setdefault("critical_radius", lambda row, phi: 40.0)
    return [draw_system(table, ranges, rng, **options) for _ in range(count)]


POLAR = {"source": {"position": "polar"}, "lens": {"mode": "SIS"}}


def test_columns_stand_in_the_order_of_cosmosim():
    row = drawn({"simulator": {"model": "Raytrace"}, "lens": {"mode": "SIE"}}, 1)[0]
    assert list(row) == ["model", "einsteinradius", "ellipseratio", "orientation", "lens", "source", "R", "phi", "sigma",
                         "sigma2", "theta", "n_sersic", "luminosity", "x", "y"]


def test_numbers_have_four_decimals_unless_all_are_wanted():
    row = drawn(POLAR, 1)[0]
    assert all(value == round(value, 4) for value in row.values() if isinstance(value, float))
    exact = drawn(POLAR, 1, decimals=None)[0]
    assert exact["sigma"] != round(exact["sigma"], 4) and abs(exact["sigma"] - row["sigma"]) <= 5e-5


def test_r_min_in_words_is_the_einstein_radius():
    for row in drawn({**POLAR, "position": {"r-min": "einsteinR", "r-max": 100}}):
        assert row["einsteinradius"] <= row["R"] + 1e-4 and row["R"] <= 100


def test_r_max_in_words_is_two_and_a_half_times_r_min():
    rows = drawn({**POLAR, "position": {"r-min": 20, "r-max": "far"}})
    assert min(row["R"] for row in rows) >= 20 and 49 < max(row["R"] for row in rows) <= 50


def test_relative_positions_follow_the_einstein_radius():
    rows = drawn({"source": {"position": "relative"}, "lens": {"mode": "SIS"}, "position": {"r-relativemax": 0.4}})
    shares = [row["R"] / row["einsteinradius"] for row in rows]
    assert 0.38 < max(shares) <= 0.4001


def test_critical_positions_ask_for_the_critical_curve():
    asked = []

    def radius(row, phi):
        asked.append(phi)
        return 200.0

    rows = drawn({"source": {"position": "critical"}, "position": {"r-relativemax": 0.5}}, critical_radius=radius)
    assert asked == [row["phi"] for row in rows] and 90 < max(row["R"] for row in rows) <= 100


@pytest.mark.parametrize("position", ["cartesian", "polar", "relative"])
def test_polar_and_cartesian_columns_agree(position):
    for row in drawn({"source": {"position": position}}):
        angle = math.radians(row["phi"])
        assert row["R"] * math.cos(angle) == pytest.approx(row["x"], abs=5e-4)
        assert row["R"] * math.sin(angle) == pytest.approx(row["y"], abs=5e-4)


def test_round_lenses_have_no_ellipticity():
    rows = drawn({"lens": {"modes": ["SIS", "SIE"]}})
    assert {row["lens"] for row in rows} == {"SIS", "SIE"}
    assert all((row["ellipseratio"] is None) == (row["lens"] == "SIS") for row in rows)


def test_cluster_is_written_as_cosmosim_does():
    rows = drawn({"lens": {"mode": "SIE", "einstein": 20}, "cluster": {"count": 2, "maxrelativelocation": 1.5}}, 100)
    furthest = 0
    for row in rows:
        parts = [part.split("/") for part in row["cluster"].split(";")]
        assert len(parts) == 2 and all(len(part) == 6 and part[0] == "SIE" for part in parts)
        furthest = max(furthest, *(math.hypot(float(part[1]), float(part[2])) for part in parts))
        assert "lens" not in row and "einsteinradius" not in row
    assert 28 < furthest <= 30.001


def test_observation_is_drawn_with_the_rest():
    row = drawn({"observation": {"psf-fwhm-min": 0.1, "psf-fwhm-max": 0.2, "background-rms": 3}}, 1)[0]
    assert 0.1 <= row["psf_fwhm"] <= 0.2 and row["background_rms"] == 3


def test_picture_of_a_source_is_named_in_its_column():
    row = drawn({"source": {"mode": "Image", "image": ["m51.fits"]}}, 1)[0]
    assert row["source"] == "image:m51.fits"


def test_names_count_from_one():
    assert image_name(1) == "image-000001.png" and image_name(20000, ".fits") == "image-020000.fits"
