import numpy as np
import pytest

from otrain.domains.lenses.physics.critical_curves import (
    caustics,
    critical_curves,
    einstein_radius,
    jacobian_determinant,
)
from otrain.domains.lenses.physics.lens_models import NFW, SIE, SIS, Cluster, ExternalShear, PointMass


def test_determinant_is_that_of_the_differences():
    lens, h, x, y = Cluster((SIE(5.0, 0.4, 0.3), ExternalShear(0.1, 0.05))), 1e-5, 3.0, -4.0
    right, left, up, down = (np.array(lens.deflection(x + i * h, y + j * h)) for i, j in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    along, across = (right - left) / (2 * h), (up - down) / (2 * h)
    expected = (1 - along[0]) * (1 - across[1]) - along[1] * across[0]
    assert jacobian_determinant(lens, x, y) == pytest.approx(expected, abs=1e-8)


def test_critical_curve_of_a_sphere_is_its_ring_and_its_caustic_a_point():
    lens = SIS(10.0, 1.0, -2.0)
    curve, = critical_curves(lens, 25.0)
    np.testing.assert_allclose(np.hypot(curve[:, 0] - 1, curve[:, 1] + 2), 10, atol=1e-8)
    np.testing.assert_allclose(caustics(lens, [curve])[0] - (1, -2), 0, atol=1e-8)


def test_critical_curve_of_an_ellipsoid_is_cosmosim_s():
    # CosmoSim: r = sqrt(f) R / sqrt(cos^2 + f^2 sin^2) of the angle from the orientation
    f, angle = 0.4, 0.6
    curve, = critical_curves(SIE(10.0, f, angle), 30.0)
    phi = np.arctan2(curve[:, 1], curve[:, 0]) - angle
    expected = np.sqrt(f) * 10 / np.sqrt(np.cos(phi) ** 2 + f * f * np.sin(phi) ** 2)
    np.testing.assert_allclose(np.hypot(*curve.T), expected, atol=1e-7)


def test_caustic_of_an_ellipsoid_is_an_astroid_of_four_cusps():
    lens = SIE(10.0, 0.6, 0.0)
    caustic, = caustics(lens, critical_curves(lens, 30.0))
    # Kormann et al.: the cusps lie at sqrt(f) (1/f - asinh(f'/f)/f') and sqrt(f) (1 - asin(f')/f') on the axes,
    # in units of the Einstein radius; the critical curve is at sqrt(f) and 1/sqrt(f) there.
    h = np.sqrt(1 - 0.36)
    on_x = 10 * np.sqrt(0.6) * abs(1 - np.arcsinh(h / 0.6) / h)
    on_y = 10 * np.sqrt(0.6) * abs(1 / 0.6 - np.arcsin(h) / h)
    assert np.abs(caustic[:, 0]).max() == pytest.approx(on_x, rel=1e-3)
    assert np.abs(caustic[:, 1]).max() == pytest.approx(on_y, rel=1e-3)


def test_halo_has_a_radial_curve_within_the_tangential_one():
    curves = critical_curves(NFW(0.8, 10.0), 30.0)
    assert len(curves) == 2
    outer, inner = (np.hypot(*curve.T) for curve in curves)
    np.testing.assert_allclose(outer, outer.mean(), rtol=1e-6)
    assert inner.max() < outer.min()
    assert NFW(0.8, 10.0).deflection(outer.mean(), 0.0)[0] == pytest.approx(outer.mean())


@pytest.mark.parametrize("lens", [PointMass(8.0), SIS(8.0), SIE(8.0, 0.3, 0.7), SIE(8.0, 0.95, 0.0)], ids=repr)
def test_einstein_radius_is_the_parameter(lens):
    assert einstein_radius(lens, 20.0) == pytest.approx(8.0, rel=1e-3)


def test_square_may_lie_anywhere():
    assert einstein_radius(SIS(8.0, 100.0, 50.0), 20.0, centre=(100.0, 50.0)) == pytest.approx(8.0, rel=1e-3)


def test_lens_too_weak_for_a_ring_has_no_einstein_radius():
    assert critical_curves(ExternalShear(0.1, 0.1), 20.0) == []
    assert np.isnan(einstein_radius(ExternalShear(0.1, 0.1), 20.0))


def test_two_far_lenses_have_a_curve_each():
    curves = critical_curves(Cluster((SIS(3.0, -20.0, 0.0), SIS(5.0, 20.0, 0.0))), 40.0)
    assert len(curves) == 2
    assert curves[0][:, 0].mean() > 0 > curves[1][:, 0].mean()
