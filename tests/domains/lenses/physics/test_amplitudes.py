import csv
from math import factorial
from pathlib import Path

import numpy as np
import pytest

from otrain.domains.lenses.physics.amplitudes import (
    amplitude_names,
    amplitudes,
    flip_amplitudes,
    orders_and_spins,
    rotate_amplitudes,
)
from otrain.domains.lenses.physics.lens_models import NFW, SIE, SIS, Cluster, ExternalShear, PointMass

with (Path(__file__).parent / "cosmosim" / "amplitudes.csv").open() as table:
    ROWS = list(csv.DictReader(table))
XI = 5.0, -3.0
CLUSTER = Cluster((SIE(4.0, 0.3, 0.4), NFW(0.3, 3.0, 1.0, 1.0), PointMass(1.0, -2.0, 1.0), ExternalShear(0.05, 0.1)))


def lens_of(row):
    radius = float(row["einsteinradius"])
    if row["lens"] == "SIS":
        return SIS(radius)
    return SIE(radius, float(row["ellipseratio"]), np.radians(float(row["orientation"])))


def test_there_are_rows_to_compare_with():
    assert len(ROWS) == 55
    assert {row["lens"] for row in ROWS} == {"SIS", "SIE"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["filename"])
def test_amplitudes_are_those_of_cosmosim(row):
    x, y = float(row["xiX"]), float(row["xiY"])
    for (m, s), value in amplitudes(lens_of(row), x, y, 5).items():
        expected = float(row[f"alpha[{m}][{s}]"]) + 1j * float(row[f"beta[{m}][{s}]"])
        # 1e-12 of the value; where symmetry makes that zero, of the scale of the order.
        scale = max(abs(expected), 1e-3 * float(row["einsteinradius"]) * np.hypot(x, y) ** -m)
        assert abs(value - expected) < 1e-12 * scale


def test_columns_are_in_the_order_of_cosmosim():
    assert amplitude_names(5) == [name for name in ROWS[0] if name.startswith(("alpha", "beta"))]


def test_order_zero_is_the_deflection():
    ax, ay = CLUSTER.deflection(*XI)
    assert amplitudes(CLUSTER, *XI, 0) == {(0, 1): pytest.approx(-ax - 1j * ay)}


def test_sphere_has_the_closed_form():
    # Every derivative of R |z|: with a = (m + 1 - s)/2 of z and b = (m + 1 + s)/2 of its conjugate,
    # that of sqrt(z) times that of sqrt(conj(z)).
    z, radius = complex(*XI), 4.0
    for (m, s), value in amplitudes(SIS(radius), *XI, 7).items():
        a, b = (m + 1 - s) // 2, (m + 1 + s) // 2
        halves = [np.prod([0.5 - k for k in range(n)]) for n in (a, b)]
        derivative = radius * halves[0] * z ** (0.5 - a) * halves[1] * np.conj(z) ** (0.5 - b)
        times = 1 if s == 0 else 2
        assert value == pytest.approx(-times * 2 * derivative * factorial(m) * (m + 1)
                                      / ((m + 1 + s) * factorial(a) * factorial(b) / b), rel=1e-12)


def test_second_order_is_convergence_and_shear():
    # alpha[1][0] = -kappa, alpha[1][2] + i beta[1][2] = -(gamma1 + i gamma2), by differences of the potential.
    h, (x, y) = 1e-3, XI
    psi = CLUSTER.potential
    xx = (psi(x + h, y) - 2 * psi(x, y) + psi(x - h, y)) / h**2
    yy = (psi(x, y + h) - 2 * psi(x, y) + psi(x, y - h)) / h**2
    xy = (psi(x + h, y + h) - psi(x - h, y + h) - psi(x + h, y - h) + psi(x - h, y - h)) / (4 * h**2)
    got = amplitudes(CLUSTER, *XI, 1)
    assert got[1, 0] == pytest.approx(-(xx + yy) / 2, abs=1e-6)
    assert got[1, 2] == pytest.approx(-(xx - yy) / 2 - 1j * xy, abs=1e-6)


def test_third_order_is_the_slope_of_the_second():
    h, (x, y) = 1e-4, XI
    kappa = [CLUSTER.convergence(x + h, y), CLUSTER.convergence(x - h, y),
             CLUSTER.convergence(x, y + h), CLUSTER.convergence(x, y - h)]
    slope = ((kappa[0] - kappa[1]) + 1j * (kappa[2] - kappa[3])) / (2 * h)
    # Recursion of Normann and Clarkson: (m + 1)/(m + 1 - s) (d/dx - i d/dy) of [1][2] gives [2][1]; kappa's gradient
    # is (d/dx - i d/dy) of the shear.
    assert amplitudes(CLUSTER, *XI, 2)[2, 1] == pytest.approx(-1.5 * slope, rel=1e-6)


def test_lens_without_spin_has_no_beta():
    assert all(value.imag == 0 for (m, s), value in amplitudes(CLUSTER, *XI, 5).items() if s == 0)


def test_batch_is_the_same_as_one_lens_after_the_other():
    ratio, x = np.array([0.2, 0.6, 1.0]), np.array([3.0, 4.0, -5.0])
    together = amplitudes(SIE(4.0, ratio, 0.3), x, 1.0, 4)
    for k in range(3):
        for key, value in amplitudes(SIE(4.0, ratio[k], 0.3), x[k], 1.0, 4).items():
            assert together[key][k] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("phi", [0.6, -2.5])
def test_turned_lens_has_turned_amplitudes(phi):
    turned = SIE(4.0, 0.3, 0.4 + phi)
    xi = complex(*XI) * np.exp(1j * phi)
    expected = amplitudes(turned, xi.real, xi.imag, 6)
    for key, value in rotate_amplitudes(amplitudes(SIE(4.0, 0.3, 0.4), *XI, 6), phi).items():
        assert value == pytest.approx(expected[key], rel=1e-9)


@pytest.mark.parametrize("axis, angle, xi", [("y", -0.4, (5.0, 3.0)), ("x", np.pi - 0.4, (-5.0, -3.0))])
def test_mirrored_lens_has_mirrored_amplitudes(axis, angle, xi):
    expected = amplitudes(SIE(4.0, 0.3, angle), *xi, 6)
    for key, value in flip_amplitudes(amplitudes(SIE(4.0, 0.3, 0.4), *XI, 6), axis=axis).items():
        assert value == pytest.approx(expected[key], rel=1e-9)


def test_axis_must_be_known():
    with pytest.raises(ValueError, match=r"`axis` must be 'x' or 'y'\. Received: 'z'"):
        flip_amplitudes({}, axis="z")


def test_centre_of_a_singular_lens_gives_nan_and_no_warning():
    values = amplitudes(SIS(4.0), 0.0, 0.0, 2)
    assert np.isnan(values[2, 3])
    assert list(values) == orders_and_spins(2)
