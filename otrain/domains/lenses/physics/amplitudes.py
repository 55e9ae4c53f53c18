"""Roulette amplitudes ``alpha[m][s]`` and ``beta[m][s]``: how a lens distorts an image about a point.

They are the derivatives of the deflection potential at the reference point xi, sorted by order ``m + 1``
and spin `s`. A lens is turned or mirrored by a phase of each, which makes them what a network can learn of
any lens.

References
----------
Clarkson (2016), MNRAS 460, 1, "Roulettes: a weak lensing formalism for strong lensing"; Normann and Clarkson
(2020), Gen. Relativ. Gravit. 52, 28 (recursion relations).
"""

from math import factorial

import numpy as np

from otrain.errors import UsageError

__all__ = ["amplitude_names", "amplitudes", "flip_amplitudes", "orders_and_spins", "rotate_amplitudes"]


def orders_and_spins(order):
    """Return all (m, s) to the order: m from 0, s from (m + 1) % 2 to m + 1 in steps of 2.

    Examples
    --------
    >>> orders_and_spins(2)
    [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3)]
    """
    return [(m, s) for m in range(order + 1) for s in range((m + 1) % 2, m + 2, 2)]


def amplitude_names(order):
    """Return the names of CosmoSim's columns: every alpha, then every beta.

    Examples
    --------
    >>> amplitude_names(1)
    ['alpha[0][1]', 'alpha[1][0]', 'alpha[1][2]', 'beta[0][1]', 'beta[1][0]', 'beta[1][2]']
    """
    return [f"{kind}[{m}][{s}]" for kind in ("alpha", "beta") for m, s in orders_and_spins(order)]


def amplitudes(lens, xi_x, xi_y, order):
    """Return the roulette amplitudes of a lens about a reference point.

    Parameters
    ----------
    lens : lens model
        Its parameters may be arrays of B lenses.
    xi_x, xi_y : float or (B,) ndarray
        Reference point in the image [pixel], y up.
    order : int
        Largest m.

    Returns
    -------
    dict of (m, s) -> complex or (B,) complex ndarray
        ``alpha + i beta`` [pixel^(1 - m)], in the order of `orders_and_spins`. NaN where the deflection has
        no derivative (the centre of a singular lens).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        jet = lens.deflection_jet(np.asarray(xi_x, float), np.asarray(xi_y, float), order)
    result = {}
    for m, s in orders_and_spins(order):
        # Of z**a conj(z)**b, a - b = 1 - s: one of the two terms of a spin, which are equal where s is 0.
        value = -factorial(m) * jet.coefficient((m - s + 1) // 2, (m + s - 1) // 2)
        result[m, s] = value * (2 / (1 + s / (m + 1))) if s else value.real + 0j
    return result


def rotate_amplitudes(amplitudes, phi):
    """Return the amplitudes of the lens, turned with its reference point by `phi` about the origin.

    Parameters
    ----------
    amplitudes : dict of (m, s) -> complex
    phi : float or ndarray
        Anticlockwise, y up [rad].
    """
    return {(m, s): value * np.exp(1j * s * np.asarray(phi)) for (m, s), value in amplitudes.items()}


def flip_amplitudes(amplitudes, *, axis="y"):
    """Return the amplitudes of the lens, mirrored with its reference point.

    Parameters
    ----------
    amplitudes : dict of (m, s) -> complex
    axis : {"x", "y"}
        The coordinate that changes its sign: "y" turns the image upside down, "x" swaps left and right.
    """
    if axis not in ("x", "y"):
        raise UsageError(f"`axis` must be 'x' or 'y'. Received: {axis!r}.")
    sign = -1 if axis == "x" else 1
    return {(m, s): np.conj(value) * sign**s for (m, s), value in amplitudes.items()}
