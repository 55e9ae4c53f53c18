import numpy as np
import pytest

from otrain.domains.lenses.physics.jets import Jet, coefficient_index, variables

X, Y = 0.3, -0.2
U, V = 0.013, 0.021


def value_at(jet, u, v):
    return sum(jet.coefficient(i, j) * u**i * v**j for i in range(jet.order + 1) for j in range(jet.order + 1 - i))


@pytest.mark.parametrize("name, of_jets, of_numbers", [
    ("product", lambda x, y: x * y * x, lambda x, y: x * y * x),
    ("quotient", lambda x, y: x / (y + 2.0), lambda x, y: x / (y + 2)),
    ("power", lambda x, y: (x * x + y + 1.0).power(-1.7), lambda x, y: (x * x + y + 1) ** -1.7),
    ("sqrt", lambda x, y: (1.0 - x * y).sqrt(), lambda x, y: np.sqrt(1 - x * y)),
    ("log", lambda x, y: (x + 1.0 + y * y).log(), lambda x, y: np.log(x + 1 + y * y)),
    ("exp", lambda x, y: (x * y - x).exp(), lambda x, y: np.exp(x * y - x)),
    ("asinh", lambda x, y: (3.0 * x + y).asinh(), lambda x, y: np.arcsinh(3 * x + y)),
    ("asin", lambda x, y: (x - y).asin(), lambda x, y: np.arcsin(x - y)),
    ("atan", lambda x, y: (2.0 * x - y * y).atan(), lambda x, y: np.arctan(2 * x - y * y)),
    ("atanh", lambda x, y: (x + y * x).atanh(), lambda x, y: np.arctanh(x + y * x)),
])
def test_jet_continues_the_function(name, of_jets, of_numbers):
    jet = of_jets(*variables(X, Y, 9))
    assert value_at(jet, U, V) == pytest.approx(of_numbers(X + U, Y + V), rel=1e-12)


def test_coefficients_are_taylor_coefficients():
    x, y = variables(2.0, 3.0, 3)
    jet = x * x * y
    got = {(i, j): float(jet.coefficient(i, j)) for i in range(4) for j in range(4 - i)}
    assert {key: value for key, value in got.items() if value} == {
        (0, 0): 12, (1, 0): 12, (0, 1): 4, (2, 0): 3, (1, 1): 4, (2, 1): 1}


def test_every_coefficient_has_its_own_index():
    indices = [coefficient_index(i, j) for i in range(6) for j in range(6 - i)]
    assert sorted(indices) == list(range(21))


def test_degree_of_a_polynomial_only_saves_time():
    x, y = variables(1.1, 0.4, 8)
    square = x * x + 3.0 * y * y
    np.testing.assert_allclose(square.power(-0.6, degree=2).coefficients, square.power(-0.6).coefficients, rtol=1e-13)


def test_derivative_is_that_of_the_function():
    x, y = variables(X, Y, 5)
    slope = (x * y * y).derivative(1)
    assert slope.order == 4
    assert float(slope.value) == pytest.approx(2 * X * Y)
    assert float(slope.coefficient(0, 1)) == pytest.approx(2 * X)


def test_batch_is_the_same_as_one_after_the_other():
    points = np.array([0.2, 0.5, 0.9])
    together = np.array([2.0, 3.0, 4.0]) * variables(points, 0.1, 4)[0].power(np.array([0.5, 1.5, -2.0]))
    for k, (point, times, exponent) in enumerate(zip(points, (2.0, 3.0, 4.0), (0.5, 1.5, -2.0), strict=True)):
        alone = times * variables(point, 0.1, 4)[0].power(exponent)
        np.testing.assert_allclose(together.coefficients[:, k], alone.coefficients, rtol=1e-14)


def test_complex_variables_count_as_two():
    z, bar = variables(1 + 2j, 1 - 2j, 4, dtype=complex)
    modulus = (z * bar).power(0.5)
    h = 0.01 - 0.02j
    assert value_at(modulus, h, np.conj(h)) == pytest.approx(abs(1 + 2j + h), rel=1e-9)


def test_array_of_a_batch_may_stand_on_the_left():
    jet = np.array([1.0, 2.0]) - variables(3.0, 0.0, 1)[0]
    assert isinstance(jet, Jet)
    assert jet.coefficients.tolist() == [[-2, -1], [-1, -1], [0, 0]]
