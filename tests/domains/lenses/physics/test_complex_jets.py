import numpy as np
import pytest

from otrain.domains.lenses.physics.complex_jets import (
    function_of_square_radius,
    jet_of_deflection,
    power_of_quadratic,
)
from otrain.domains.lenses.physics.jets import variables

Z = np.array([1.0 + 0.7j, -0.4 + 2.0j])


def test_power_of_quadratic_is_that_of_jets():
    z, bar = variables(Z, np.conj(Z), 5, dtype=complex)
    square = 0.1 * np.exp(0.4j)
    quadratic = 0.8 * z * bar + square * z * z + np.conj(square) * bar * bar
    expected = quadratic.power(-0.5).coefficients
    np.testing.assert_allclose(power_of_quadratic(Z, 0.8, square, -0.5, 5).coefficients, expected, rtol=1e-12)


@pytest.mark.parametrize("order", [0, 1])
def test_lowest_orders_have_as_many_coefficients_as_they_need(order):
    assert power_of_quadratic(Z, 1.0, 0.0, -0.5, order).coefficients.shape == ((order + 1) * (order + 2) // 2, 2)


def test_function_of_square_radius_is_that_of_jets():
    u = np.abs(Z) ** 2
    taylor = [np.exp(-u), -np.exp(-u), np.exp(-u) / 2, -np.exp(-u) / 6]
    z, bar = variables(Z, np.conj(Z), 3, dtype=complex)
    np.testing.assert_allclose(function_of_square_radius(taylor, Z, 3).coefficients,
                               (-(z * bar)).exp().coefficients, rtol=1e-12)


def test_deflection_is_put_together_from_convergence_and_edge():
    z, bar = variables(Z, np.conj(Z), 4, dtype=complex)
    deflection = z * (z * bar).power(0.3)  # of a real potential, as z times a real function of |z| is
    edge = [deflection.coefficient(0, b) for b in range(5)]
    np.testing.assert_allclose(jet_of_deflection(deflection.derivative(0), edge, 4).coefficients,
                               deflection.coefficients, rtol=1e-12)
