from pathlib import Path

import cv2
import numpy as np
import pytest

from otrain.domains.lenses.physics.amplitudes import amplitudes
from otrain.domains.lenses.physics.centring import apparent_position
from otrain.domains.lenses.physics.images import quantise
from otrain.domains.lenses.physics.lens_models import SIE, SIS
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.roulette_image import roulette_image, source_position
from otrain.domains.lenses.physics.sources import SersicSphere, SphericalGaussian

LENS = SIE(12.0, 0.6, np.radians(40))


# reference: CosmoSim 3.3.0, Roulette, nterms 5, 64 px, not centred
@pytest.mark.parametrize("name, lens, source, masked", [
    ("roulette.png", LENS, SphericalGaussian(3.0, 6.0, -3.0), True),
    ("unmasked.png", SIS(12.0), SersicSphere(3.0, 2.0, 5.0, -7.0, 5.0), False),
])
def test_image_is_that_of_cosmosim(name, lens, source, masked):
    expected = cv2.imread(str(Path(__file__).parent / "cosmosim" / name), cv2.IMREAD_GRAYSCALE)
    xi = apparent_position(lens, source.x, source.y)
    image = roulette_image(amplitudes(lens, *xi, 5), source, 64, xi=xi, snap=True, dtype=np.float64,
                           mask_radius=np.hypot(*xi) if masked else None)
    np.testing.assert_array_equal(quantise(image), expected)


def test_series_converges_to_the_lens_equation():
    xi = np.array([17.0, -4.0])
    x, y = np.array([[-2.0, 0.0, 3.0]]), np.array([[2.0], [-1.5]])
    bx, by = (p - a for p, a in zip((xi[0] + x, xi[1] + y), LENS.deflection(xi[0] + x, xi[1] + y), strict=True))
    origin = xi - LENS.deflection(*xi)
    errors = []
    for order in (2, 5, 9):
        u, v = source_position(amplitudes(LENS, *xi, order), x, y)
        errors.append(np.hypot(u - bx + origin[0], v - by + origin[1]).max())
    assert errors[0] > 10 * errors[1] > 100 * errors[2]
    assert errors[2] < 1e-5


def test_image_near_the_reference_point_is_the_ray_traced_one():
    source = SphericalGaussian(1.0, 6.0, -3.0)
    xi = apparent_position(LENS, 6.0, -3.0)
    roulette = roulette_image(amplitudes(LENS, *xi, 9), source, 64, xi=xi)
    traced = trace(LENS, source, 64)
    row, column = round(32 - xi[1]), round(32 + xi[0])
    near = np.s_[row - 4:row + 5, column - 4:column + 5]
    np.testing.assert_allclose(roulette[near], traced[near], atol=1.5)
    assert roulette[near].max() > 200


def test_middle_of_the_source_is_seen_at_xi_wherever_it_is():
    image = roulette_image({}, SphericalGaussian(1.0, 500.0, 300.0), 16, xi=(3.0, -2.0))
    assert np.unravel_index(image.argmax(), image.shape) == (10, 11)


def test_offset_moves_the_source():
    values = {(1, 0): -0.5 + 0j}  # magnified twice
    image = roulette_image(values, SphericalGaussian(0.3), 16, offset=(1.0, 0.5))
    assert np.unravel_index(image.argmax(), image.shape) == (9, 6)


def test_mask_leaves_the_disc_about_xi():
    image = roulette_image({}, SphericalGaussian(50.0), 32, xi=(4.0, 3.0), mask_radius=5.0)
    rows, columns = np.nonzero(image)
    assert np.hypot(columns - 20, rows - 13).max() == 5.0
    assert len(rows) == 81


def test_convergence_and_shear_are_what_they_are_called():
    # kappa = 0.2, gamma = 0.1 - 0.05i: u = x - kappa x - gamma1 x - gamma2 y
    u, v = source_position({(1, 0): -0.2 + 0j, (1, 2): -0.1 + 0.05j}, np.array([[2.0]]), np.array([[3.0]]))
    assert u[0, 0] == pytest.approx(2 * 0.7 + 3 * 0.05)
    assert v[0, 0] == pytest.approx(3 * 0.9 + 2 * 0.05)


def test_wild_amplitudes_give_an_image_without_warnings():
    values = {(9, s): 1e30 + 0j for s in (0, 2, 4, 6, 8, 10)}
    image = roulette_image(values, SersicSphere(2.0), 64)
    assert np.isfinite(image).all()
