from pathlib import Path

import cv2
import numpy as np
import pytest

from otrain.domains.lenses.physics.centring import (
    apparent_position,
    centre_image,
    centre_of_light,
    place_columns,
    shift_image,
)
from otrain.domains.lenses.physics.images import quantise
from otrain.domains.lenses.physics.lens_models import SIE, SIS, Cluster, PointMass
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.sources import SphericalGaussian

LENS, SOURCE = SIE(12.0, 0.6, np.radians(40)), SphericalGaussian(3.0, 6.0, -3.0)
NAMES = ["lensX", "lensY", "centreX", "centreY", "reletaX", "reletaY", "offsetX", "offsetY", "xiX", "xiY"]
# reference: CosmoSim 3.3.0, 64 px, Gaussian of 3 px, -C; lens, source, columns
ROWS = {
    "SIE": (LENS, (6.0, -3.0),
            [-11.170097862167417, 6.123075864678462, 11.170097862167417, -6.123075864678462, -5.170097862167417,
             3.123075864678462, -0.0013797120887293346, -11.820872738595861, 6.687422941073141, 3.1611036414118883]),
    "point mass": (PointMass(12.0), (6.0, -3.0),
                   [-7.531415973544441, 4.08083642315529, 7.531415973544441, -4.08083642315529, -1.5314159735444406,
                    1.08083642315529, 0.0, -12.216758058906038, 6.613089399059584, -2.9914162631467223]),
    "cluster": (Cluster((SIS(8.0, 4.0, -3.0), SIE(6.0, 0.5, np.radians(30), -6.0, 2.0))), (3.0, 5.0),
                [-3.779654030180346, -5.305616488774383, 3.779654030180346, 5.305616488774383, -0.7796540301803461,
                 -0.3056164887743833, -0.006992287421471843, 3.701646987053657, 6.95434834761593,
                 11.137025163497022]),
}


@pytest.mark.parametrize("lens, place, expected", ROWS.values(), ids=ROWS)
def test_columns_are_those_of_cosmosim(lens, place, expected):
    image = quantise(trace(lens, SphericalGaussian(3.0, *place), 64, snap=True, dtype=np.float64))
    columns = place_columns(lens, *place, centre=centre_of_light(image), cosmosim_offset=True)
    assert list(columns) == NAMES
    np.testing.assert_allclose(list(columns.values()), expected, atol=1e-12)


def test_centred_image_is_that_of_cosmosim():
    expected = cv2.imread(str(Path(__file__).parent / "cosmosim" / "centred.png"), cv2.IMREAD_GRAYSCALE)
    centred, _ = centre_image(quantise(trace(LENS, SOURCE, 64, snap=True, dtype=np.float64)))
    np.testing.assert_array_equal(centred, expected)


def test_offset_says_how_far_the_reference_point_is_off():
    columns = place_columns(LENS, 6.0, -3.0, centre=(1.0, 2.0), xi=(17.0, -4.0))
    ax, ay = LENS.deflection(17.0, -4.0)
    assert columns["offsetX"] == pytest.approx(17 - ax - 6)
    assert columns["offsetY"] == pytest.approx(-4 - ay + 3)
    assert (columns["xiX"], columns["xiY"]) == (16.0, -6.0)
    assert (columns["reletaX"], columns["lensY"]) == (5.0, -2.0)


def test_centre_of_light_is_the_mean_with_y_up():
    image = np.zeros((8, 6))
    image[1, 4], image[3, 4] = 1, 3
    assert centre_of_light(image) == (1.0, 1.5)


def test_black_image_stays_as_it_is():
    image, centre = centre_image(np.zeros((4, 4), np.uint8))
    assert centre == (0.0, 0.0)
    assert image.dtype == np.uint8 and not image.any()


@pytest.mark.parametrize("x, y", [(1, 0), (0, 1), (-2, 3), (0, 0), (40, 0)])
def test_shift_by_whole_pixels_only_moves_them(x, y):
    image = np.arange(1.0, 37).reshape(6, 6)
    shifted = shift_image(image, x, y)
    for row in range(6):
        for column in range(6):
            i, j = row - y, column + x
            assert shifted[row, column] == (image[i, j] if 0 <= i < 6 and 0 <= j < 6 else 0)


def test_shift_by_parts_of_a_pixel_is_linear():
    image = np.zeros((5, 5), np.float32)
    image[2, 2] = 8
    shifted = shift_image(image, 0.25, -0.5)
    assert shifted.dtype == np.float32
    assert shifted[1:3, 1:3].tolist() == [[1, 3], [1, 3]]


def test_centred_image_has_its_light_in_the_middle():
    image = trace(LENS, SOURCE, 64)
    centred, centre = centre_image(image)
    assert np.hypot(*centre) > 5
    np.testing.assert_allclose(centre_of_light(centred), (0, 0), atol=1e-3)


def test_apparent_position_solves_the_lens_equation():
    lens = SIE(np.array([12.0, 20.0, 15.0]), np.array([0.6, 0.8, 0.3]), 0.3)
    x, y = np.array([6.0, -4.0, 2.0]), np.array([-3.0, 1.0, 3.0])
    xi = apparent_position(lens, x, y)
    ax, ay = lens.deflection(*xi)
    assert np.hypot(xi[0] - ax - x, xi[1] - ay - y).max() < 0.02
    for k in range(3):  # each stops where it would alone
        assert apparent_position(SIE(lens.einstein_radius[k], lens.ellipse_ratio[k], 0.3), x[k], y[k]) == (
            pytest.approx((xi[0][k], xi[1][k]), abs=1e-12))


def test_apparent_position_behind_a_sphere_is_exact():
    assert apparent_position(SIS(10.0, 1.0, 1.0), 4.0, 5.0) == pytest.approx((10.0, 13.0), abs=1e-12)


def test_point_mass_shows_its_brighter_image():
    assert apparent_position(PointMass(4.0, 1.0, 0.0), 7.0, 0.0) == pytest.approx((9.0, 0.0))


def test_source_exactly_behind_the_lens_gives_numbers():
    assert np.isfinite(apparent_position(SIS(10.0), 0.0, 0.0)).all()
