"""Lens models: what bends the light. All lengths in pixel (or any one unit), y up, angles in radians.

Each has ``deflection(x, y) -> (ax, ay)``, ``potential(x, y)``, ``convergence(x, y)`` on arrays that
broadcast, and ``deflection_jet(x, y, order)``: the Taylor coefficients of the complex deflection ``ax + i
ay`` in ``z = x + i y`` and its conjugate. Parameters may be arrays, one value for each lens of a batch;
they broadcast with x and y. Positions of float32 give results of float32.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from otrain.domains.lenses.physics.floats import float_arrays, parameter
from otrain.domains.lenses.physics.jets import Jet, coefficient_index
from otrain.domains.lenses.physics.nfw import NFW
from otrain.domains.lenses.physics.power_laws import EPL, SIE, SIS

__all__ = ["EPL", "NFW", "SIE", "SIS", "Cluster", "ExternalShear", "PointMass", "singular_points"]


@dataclass(frozen=True)
class PointMass:
    """Point mass.

    Parameters
    ----------
    einstein_radius : float or ndarray
        [pixel]
    x, y : float or ndarray
        Position [pixel], y up.

    References
    ----------
    Schneider, Ehlers and Falco (1992), "Gravitational Lenses", section 8.1.2.
    """

    einstein_radius: Any
    x: Any = 0.0
    y: Any = 0.0

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel); 0 at the mass itself."""
        dx, dy, square = self._square_radius(x, y)
        over = parameter(np.asarray(self.einstein_radius) ** 2, square.dtype) / square
        return dx * over, dy * over

    def potential(self, x, y):
        """Return the deflection potential [pixel^2], 0 at a distance of one pixel."""
        square = self._square_radius(x, y)[2]
        return parameter(0.5 * np.asarray(self.einstein_radius) ** 2, square.dtype) * np.log(square)

    def convergence(self, x, y):
        """Return 0, and infinity at the mass itself."""
        dx, dy, _ = self._square_radius(x, y)
        shape = np.broadcast_shapes(np.shape(dx), np.shape(dy), np.shape(self.einstein_radius))
        return np.where((dx == 0) & (dy == 0), np.inf, np.zeros(shape))

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        bar = np.asarray(x) - self.x - 1j * (np.asarray(y) - self.y)
        value = np.asarray(self.einstein_radius) ** 2 / bar
        result = np.zeros(((order + 1) * (order + 2) // 2, *np.shape(value)), complex)
        for b in range(order + 1):
            result[coefficient_index(0, b)] = value * (-1 / bar) ** b
        return Jet(result, order)

    def apparent_position(self, x, y):
        """Return where the brighter image of a point of the source plane is seen [pixel]."""
        dx, dy, square = self._square_radius(np.asarray(x, float), np.asarray(y, float))
        stretch = 0.5 + np.sqrt(0.25 + np.asarray(self.einstein_radius) ** 2 / square)
        return self.x + stretch * dx, self.y + stretch * dy

    def _square_radius(self, x, y):
        x, y = float_arrays(x, y)
        dx, dy = x - parameter(self.x, x.dtype), y - parameter(self.y, x.dtype)
        return dx, dy, np.maximum(dx * dx + dy * dy, np.finfo(x.dtype).tiny ** 0.5)


@dataclass(frozen=True)
class ExternalShear:
    """Constant shear about the origin, of masses far outside the image.

    Parameters
    ----------
    gamma1, gamma2 : float or ndarray
        The potential is ``gamma1 (x^2 - y^2)/2 + gamma2 x y``.
    """

    gamma1: Any
    gamma2: Any

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel)."""
        x, y = float_arrays(x, y)
        g1, g2 = parameter(self.gamma1, x.dtype), parameter(self.gamma2, x.dtype)
        return g1 * x + g2 * y, g2 * x - g1 * y

    def potential(self, x, y):
        """Return the deflection potential [pixel^2]."""
        x, y = float_arrays(x, y)
        g1, g2 = parameter(self.gamma1, x.dtype), parameter(self.gamma2, x.dtype)
        return 0.5 * g1 * (x * x - y * y) + g2 * x * y

    def convergence(self, x, y):
        """Return 0: there is no mass in the image."""
        shapes = (np.shape(value) for value in (x, y, self.gamma1, self.gamma2))
        return np.zeros(np.broadcast_shapes(*shapes))

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        gamma = np.asarray(self.gamma1) + 1j * np.asarray(self.gamma2)
        value = gamma * (np.asarray(x) - 1j * np.asarray(y))
        result = np.zeros(((order + 1) * (order + 2) // 2, *np.shape(value)), complex)
        result[0] = value
        if order:
            result[coefficient_index(0, 1)] = gamma
        return Jet(result, order)


@dataclass(frozen=True)
class Cluster:
    """Several lenses in one plane: their deflections add.

    Parameters
    ----------
    parts : sequence of lens models
        Each with a position of its own.
    """

    parts: tuple

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel)."""
        deflections = [part.deflection(x, y) for part in self.parts]
        return sum(ax for ax, _ in deflections), sum(ay for _, ay in deflections)

    def potential(self, x, y):
        """Return the deflection potential [pixel^2]."""
        return sum(part.potential(x, y) for part in self.parts)

    def convergence(self, x, y):
        """Return the surface mass density over the critical one."""
        return sum(part.convergence(x, y) for part in self.parts)

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        first, *others = (part.deflection_jet(x, y, order) for part in self.parts)
        return sum(others, first)


def singular_points(lens):
    """Return where a lens bends light in no direction in particular: its infinitely dense centres.

    Returns
    -------
    list of (x, y)
        What a pixel there shows is an infinitely small image of no light.
    """
    if isinstance(lens, Cluster):
        return [point for part in lens.parts for point in singular_points(part)]
    return [(lens.x, lens.y)] if isinstance(lens, PointMass | SIS | SIE | EPL) else []
