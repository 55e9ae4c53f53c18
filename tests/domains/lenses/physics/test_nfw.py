import numpy as np
import pytest

from otrain.domains.lenses.physics.nfw import NFW

KAPPA_S, SCALE = 0.3, 2.0


def test_deflection_is_that_of_bartelmann():
    x = np.array([0.5, 3.0])
    f = np.array([np.arccosh(2.0) / np.sqrt(0.75), np.arccos(1 / 3) / np.sqrt(8)])
    expected = 4 * KAPPA_S * SCALE * (np.log(x / 2) + f) / x
    np.testing.assert_allclose(NFW(KAPPA_S, SCALE).deflection(x * SCALE, 0.0)[0], expected, rtol=1e-13)


def test_convergence_at_the_scale_radius_is_two_thirds_of_kappa_s():
    assert NFW(KAPPA_S, SCALE, 1.0, 0.0).convergence(3.0, 0.0) == pytest.approx(2 / 3 * KAPPA_S, rel=1e-13)


@pytest.mark.parametrize("border", [0.6, 1.0, 3.0])
def test_jet_is_smooth_where_the_recurrences_meet(border):
    r = SCALE * np.sqrt(border) * np.array([1 - 1e-9, 1 + 1e-9])
    below, above = np.moveaxis(NFW(KAPPA_S, SCALE).deflection_jet(r, 0.0, 10).coefficients, 1, 0)
    np.testing.assert_allclose(below, above, rtol=1e-6)


@pytest.mark.parametrize("share", [1e-4, 1e-2, 0.5, 0.9999, 1.0, 1.5, 2.0, 30.0])
def test_jet_gives_the_convergence_nearby(share):
    lens, r = NFW(KAPPA_S, SCALE), share * SCALE
    jet, h = lens.deflection_jet(0.0, r, 9).derivative(0), 0.05j * r
    series = sum(jet.coefficient(a, b) * h**a * np.conj(h) ** b for a in range(9) for b in range(9 - a))
    assert series == pytest.approx(lens.convergence(0.0, 1.05 * r), rel=1e-9)


def test_light_near_the_centre_is_bent_precisely_in_float32():
    r = np.float32(1e-3)
    single = NFW(KAPPA_S, SCALE).deflection(r, np.float32(0))[0]
    assert single == pytest.approx(NFW(KAPPA_S, SCALE).deflection(float(r), 0.0)[0], rel=1e-5)


def test_potential_vanishes_at_the_centre():
    assert abs(NFW(KAPPA_S, SCALE).potential(0.0, 0.0)) < 1e-12
