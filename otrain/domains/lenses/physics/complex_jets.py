"""Jets in ``z = x + i y`` and its conjugate: the derivatives of a deflection from its convergence.

For the complex deflection ``alpha = ax + i ay`` of a real potential, ``d alpha/dz`` is the convergence
kappa, which is real. So the Taylor coefficients of kappa, and those of alpha in powers of ``conj(z)``
alone, are all there is.

References
----------
Bourassa and Kantowski (1975), ApJ 195, 13 (complex formulation); Clarkson (2016), MNRAS 460, 1 (roulettes).
"""

import numpy as np

from otrain.domains.lenses.physics.jets import Jet, coefficient_index

__all__ = ["function_of_square_radius", "jet_of_deflection", "power_of_quadratic"]


def jet_of_deflection(convergence, edge, order):
    """Return the jet of the complex deflection.

    Parameters
    ----------
    convergence : Jet
        In z and its conjugate, to `order` - 1.
    edge : sequence of (order + 1) complex ndarray
        Coefficient of ``conj(h)**b`` of the deflection, b from 0.
    order : int
    """
    shape = np.broadcast_shapes(convergence.coefficients.shape[1:], *(np.shape(value) for value in edge))
    result = np.empty(((order + 1) * (order + 2) // 2, *shape), complex)
    for n in range(order + 1):
        result[coefficient_index(0, n)] = edge[n]
        for a in range(1, n + 1):
            result[coefficient_index(a, n - a)] = convergence.coefficient(a - 1, n - a) / a
    return Jet(result, order)


def power_of_quadratic(z, mixed, square, exponent, order):
    """Return the jet of ``(mixed |z|^2 + 2 Re(square z^2)) ** exponent`` about `z`."""
    z, mixed, square, exponent = np.broadcast_arrays(z, mixed, square, exponent)
    w = np.zeros((max((order + 1) * (order + 2) // 2, 6), *z.shape), complex)
    w[0] = mixed * (z.real**2 + z.imag**2) + 2 * (square * z * z).real
    w[coefficient_index(1, 0)] = mixed * np.conj(z) + 2 * square * z
    w[coefficient_index(0, 1)] = np.conj(w[coefficient_index(1, 0)])
    w[coefficient_index(1, 1)] = mixed
    w[coefficient_index(2, 0)] = square
    w[coefficient_index(0, 2)] = np.conj(square)
    return Jet(w[: (order + 1) * (order + 2) // 2], order).power(exponent.real, degree=2)


def function_of_square_radius(taylor, z, order):
    """Return the jet of ``k(|z|^2)`` about `z` from the Taylor coefficients of `k`.

    Parameters
    ----------
    taylor : sequence of ndarray
        Coefficients of k about ``|z|^2``, to `order` at least.
    z : complex ndarray
    order : int
    """
    bar = np.conj(z)
    result = np.empty(((order + 1) * (order + 2) // 2, *np.shape(z)), complex)
    for n in range(order + 1):
        for b in range(n + 1):
            a = n - b
            # |z + h|^2 - |z|^2 = conj(z) h + z conj(h) + h conj(h); j counts the last term's power.
            result[coefficient_index(a, b)] = sum(
                taylor[n - j] * _multinomial(a - j, b - j, j) * bar ** (a - j) * z ** (b - j)
                for j in range(min(a, b) + 1))
    return Jet(result, order)


def _multinomial(*counts):
    """Return (sum of counts)! / product of factorials."""
    result, total = 1, 0
    for count in counts:
        for k in range(1, count + 1):
            total += 1
            result = result * total // k
    return result
