"""What is true of every lens model, and what the point mass, the shear and the cluster are."""

import numpy as np
import pytest

from otrain.domains.lenses.physics.lens_models import EPL, NFW, SIE, SIS, Cluster, ExternalShear, PointMass

CENTRE = (0.3, -0.2)
LENSES = {
    "point mass": PointMass(3.0, *CENTRE),
    "SIS": SIS(3.0, *CENTRE),
    "SIE": SIE(3.0, 0.4, 0.7, *CENTRE),
    "SIE, round": SIE(3.0, 1.0, 0.7, *CENTRE),
    "SIE, flat": SIE(3.0, 0.1, 0.7, *CENTRE),
    "EPL, steep": EPL(3.0, 0.4, 0.7, 1.2, *CENTRE),
    "EPL, shallow": EPL(3.0, 0.8, 0.7, 0.7, *CENTRE),
    "NFW": NFW(0.4, 2.0, *CENTRE),
    "shear": ExternalShear(0.1, -0.05),
    "cluster": Cluster((SIE(3.0, 0.4, 0.7, *CENTRE), NFW(0.4, 2.0, 1.3, -1.2), ExternalShear(0.1, 0.2))),
}
every_lens = pytest.mark.parametrize("lens", LENSES.values(), ids=LENSES)
STEP = 1e-4  # of the differences: their error is near 1e-8


@pytest.fixture
def points():
    """Points of which none is nearer to a centre than 0.5."""
    radius, angle = np.linspace(0.5, 6, 40), np.linspace(0, 20, 40)
    return CENTRE[0] + radius * np.cos(angle), CENTRE[1] + radius * np.sin(angle)


def slopes(function, x, y):
    return ((function(x + STEP, y) - function(x - STEP, y)) / (2 * STEP),
            (function(x, y + STEP) - function(x, y - STEP)) / (2 * STEP))


@every_lens
def test_deflection_is_the_slope_of_the_potential(lens, points):
    np.testing.assert_allclose(lens.deflection(*points), slopes(lens.potential, *points), atol=2e-6)


@every_lens
def test_convergence_is_half_the_divergence_of_the_deflection(lens, points):
    (xx, _), (_, yy) = (slopes(lambda x, y, k=k: lens.deflection(x, y)[k], *points) for k in range(2))
    np.testing.assert_allclose(lens.convergence(*points), (xx + yy) / 2, atol=1e-5)


@every_lens
def test_jet_continues_the_deflection(lens, points):
    x, y = points
    h = 0.01 * np.exp(0.7j)
    jet = lens.deflection_jet(x, y, 6)
    series = sum(jet.coefficient(a, b) * h**a * np.conj(h) ** b for a in range(7) for b in range(7 - a))
    ax, ay = lens.deflection(x + h.real, y + h.imag)
    # The flat lens has its nearest singularity at about 0.1 of the distance from the centre.
    np.testing.assert_allclose(series, ax + 1j * ay, rtol=1e-5 if "0.1" in repr(lens) else 1e-9)


@every_lens
def test_float32_is_as_good_as_float32_can_be(lens, points):
    single = lens.deflection(*(value.astype(np.float32) for value in points))
    assert all(value.dtype == np.float32 for value in single)
    np.testing.assert_allclose(single, lens.deflection(*points), atol=2e-5)


@every_lens
def test_nothing_is_nan_at_the_centre(lens):
    for kind in (np.float32, np.float64):
        at = kind(CENTRE[0]), kind(CENTRE[1])
        assert np.isfinite(lens.deflection(*at)).all()
        assert np.isfinite(lens.potential(*at))
        assert not np.isnan(lens.convergence(*at))


@every_lens
def test_row_and_column_broadcast_to_an_image(lens):
    x, y = np.linspace(-2, 2, 5)[None, :], np.linspace(-1, 1, 3)[:, None]
    for value in (*lens.deflection(x, y), lens.potential(x, y), lens.convergence(x, y)):
        assert value.shape == (3, 5)


def test_every_parameter_may_be_an_array():
    x, y = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    radius, ratio, angle, slope = np.array([2.0, 3]), np.array([0.5, 0.9]), np.array([0.1, 1]), np.array([0.8, 1.2])
    shift = np.array([0.1, -0.1])
    together = EPL(radius, ratio, angle, slope, shift, -shift)
    for k in range(2):
        alone = EPL(radius[k], ratio[k], angle[k], slope[k], shift[k], -shift[k])
        np.testing.assert_allclose(np.array(together.deflection(x, y))[:, k], alone.deflection(x[k], y[k]), rtol=1e-13)
        np.testing.assert_allclose(together.deflection_jet(x, y, 3).coefficients[:, k],
                                   alone.deflection_jet(x[k], y[k], 3).coefficients, rtol=1e-12)


def test_point_mass_bends_by_the_inverse_distance():
    np.testing.assert_allclose(PointMass(3.0, 1.0, 0.0).deflection(4.0, 0.0), (3.0, 0.0))
    np.testing.assert_allclose(PointMass(3.0, 1.0, 0.0).deflection(1.0, -1.0), (0.0, -9.0))


def test_shear_stretches_along_x_and_shrinks_along_y():
    assert ExternalShear(0.1, 0.0).deflection(2.0, 3.0) == pytest.approx((0.2, -0.3))
    assert ExternalShear(0.0, 0.1).deflection(2.0, 3.0) == pytest.approx((0.3, 0.2))


def test_cluster_adds_its_parts():
    parts = (SIS(2.0, 5.0, 0.0), SIS(1.0, 0.0, 5.0))
    ax, ay = Cluster(parts).deflection(0.0, 0.0)
    assert (ax, ay) == pytest.approx((-2.0, -1.0))
    assert Cluster(parts).potential(0.0, 0.0) == pytest.approx(15.0)
