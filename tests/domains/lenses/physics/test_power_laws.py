import numpy as np
import pytest

from otrain.domains.lenses.physics.power_laws import EPL, SIE, SIS

X, Y = np.array([1.0, -3.0, 0.2]), np.array([2.0, 0.5, -0.7])


def test_sphere_bends_by_its_einstein_radius_everywhere():
    ax, ay = SIS(4.0, 1.0, 1.0).deflection(np.array([1.0, 4.0]), np.array([3.0, 5.0]))
    np.testing.assert_allclose(ax, [0, 2.4])
    np.testing.assert_allclose(ay, [4, 3.2])


def test_sphere_has_half_its_radius_over_the_distance():
    assert SIS(4.0, 1.0, 1.0).convergence(4.0, 5.0) == pytest.approx(0.4)
    assert SIS(4.0, 1.0, 1.0).potential(4.0, 5.0) == pytest.approx(20.0)


def test_ellipsoid_is_that_of_kormann():
    # CosmoSim's psiX and psiY: sqrt(f)/f' asinh(f' x / (f r)) along, asin(f' y / r) across.
    f, theta = 0.3, 0.5
    along, across = np.cos(theta) * X + np.sin(theta) * Y, np.cos(theta) * Y - np.sin(theta) * X
    r, h = np.hypot(X, Y), np.sqrt(1 - f * f)
    u, v = np.arcsinh(h * along / (f * r)), np.arcsin(h * across / r)
    expected = 7 * np.sqrt(f) / h * np.array([np.cos(theta) * u - np.sin(theta) * v,
                                              np.sin(theta) * u + np.cos(theta) * v])
    np.testing.assert_allclose(SIE(7.0, f, theta).deflection(X, Y), expected, rtol=1e-13, atol=1e-14)


def test_mass_is_longest_across_the_orientation():
    lens = SIE(5.0, 0.5, 0.0)
    assert lens.convergence(0.0, 2.0) == pytest.approx(2 * lens.convergence(2.0, 0.0))


@pytest.mark.parametrize("ratio", [1.0, 1.3, 1 - 1e-9])
def test_ellipsoid_becomes_the_sphere(ratio):
    np.testing.assert_allclose(SIE(7.0, ratio, 0.5).deflection(X, Y), SIS(7.0).deflection(X, Y), rtol=1e-8)
    np.testing.assert_allclose(SIE(7.0, ratio, 0.5).deflection_jet(X, Y, 4).coefficients,
                               SIS(7.0).deflection_jet(X, Y, 4).coefficients, rtol=1e-7, atol=1e-9)


def test_ratio_of_zero_is_taken_for_a_very_flat_lens():
    assert np.isfinite(SIE(7.0, 0.0, 0.5).deflection(X.astype(np.float32), Y.astype(np.float32))).all()


def test_power_law_of_slope_one_is_the_ellipsoid():
    for name in ("deflection", "potential", "convergence"):
        np.testing.assert_allclose(getattr(EPL(7.0, 0.3, 0.5, 1.0, 0.1, 0.2), name)(X, Y),
                                   getattr(SIE(7.0, 0.3, 0.5, 0.1, 0.2), name)(X, Y), rtol=1e-12)


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.4])
def test_round_power_law_bends_by_its_radius_at_its_radius(slope):
    np.testing.assert_allclose(EPL(2.0, 1.0, 0.3, slope).deflection(2.0, 0.0), (2.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(EPL(2.0, 1.0, 0.3, slope).deflection(0.0, 4.0), (0, 2 * 2 ** (1 - slope)), atol=1e-12)


@pytest.mark.parametrize("ratio", [0.2, 0.7])
def test_mean_convergence_within_the_ellipse_of_the_ring_is_one(ratio):
    # For t = 1 the mean within q = b is twice the value at its edge, at which kappa = 1/2.
    lens = EPL(3.0, ratio, 0.0, 1.0)
    assert lens.convergence(3 * np.sqrt(ratio), 0.0) == pytest.approx(0.5)
    assert lens.convergence(0.0, 3 / np.sqrt(ratio)) == pytest.approx(0.5)
