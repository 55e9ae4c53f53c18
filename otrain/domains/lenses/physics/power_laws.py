"""Lenses whose mass falls as a power of an elliptical radius: isothermal sphere and ellipsoid, and others.

The convergence is ``kappa = (2 - t)/2 (b/q)**t`` with ``q**2 = X**2 + f**2 Y**2`` in axes (X, Y) that are
turned by `orientation` and ``b = sqrt(f) einstein_radius``: the mass is longest *across* the orientation,
as in CosmoSim, and the area within ``q = b`` is that of the Einstein ring for every axis ratio. The slope
`t` is 1 for an isothermal lens.

References
----------
Kormann, Schneider and Bartelmann (1994), A&A 284, 285 (isothermal); Tessore and Metcalf (2015), A&A 580, A79
(other slopes).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from otrain.domains.lenses.physics.complex_jets import jet_of_deflection, power_of_quadratic
from otrain.domains.lenses.physics.floats import float_arrays, parameter

__all__ = ["EPL", "SIE", "SIS"]

_SMALLEST_RATIO = 1e-3  # CosmoSim's too; a smaller one is taken for this one
_TERMS = 2000  # at most, of the series of a power law


@dataclass(frozen=True)
class SIS:
    """Singular isothermal sphere.

    Parameters
    ----------
    einstein_radius : float or ndarray
        [pixel]
    x, y : float or ndarray
        Centre [pixel], y up.
    """

    einstein_radius: Any
    x: Any = 0.0
    y: Any = 0.0

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel); 0 at the centre."""
        dx, dy, r = self._polar(x, y)
        radius = parameter(self.einstein_radius, r.dtype)
        over = np.divide(radius, r, out=r) if r.ndim and not radius.ndim else radius / r
        return dx * over, dy * over

    def potential(self, x, y):
        """Return the deflection potential [pixel^2]."""
        return parameter(self.einstein_radius, self._polar(x, y)[2].dtype) * self._polar(x, y)[2]

    def convergence(self, x, y):
        """Return the surface mass density over the critical one; very large at the centre."""
        return parameter(0.5 * np.asarray(self.einstein_radius)) / self._polar(x, y)[2]

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        return SIE(self.einstein_radius, 1.0, 0.0, self.x, self.y).deflection_jet(x, y, order)

    def _polar(self, x, y):
        x, y = float_arrays(x, y)
        dx, dy = x - parameter(self.x, x.dtype), y - parameter(self.y, y.dtype)
        square = (dx * dx + np.finfo(x.dtype).tiny) + dy * dy
        return dx, dy, np.sqrt(square, out=square) if square.ndim else np.sqrt(square)


@dataclass(frozen=True)
class SIE:
    """Singular isothermal ellipsoid, in CosmoSim's normalisation and orientation.

    Parameters
    ----------
    einstein_radius : float or ndarray
        [pixel]; the Einstein ring of the sphere has the area of the critical curve.
    ellipse_ratio : float or ndarray
        Minor over major axis of the mass, in (0, 1]; 1 is the sphere.
    orientation : float or ndarray
        Of the *minor* axis of the mass, anticlockwise from x [rad].
    x, y : float or ndarray
        Centre [pixel], y up.
    """

    einstein_radius: Any
    ellipse_ratio: Any
    orientation: Any
    x: Any = 0.0
    y: Any = 0.0

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel); 0 at the centre."""
        x, y = float_arrays(x, y)
        c, s = _direction(self.orientation, x.dtype)
        u, v, q = _aligned(self, x, y, c, s)
        f = _ratio(self.ellipse_ratio)
        h = np.maximum(np.sqrt((1 - f) * (1 + f)), 1e-8)  # the limit of the sphere, to rounding
        scale = parameter(np.asarray(self.einstein_radius) * np.sqrt(f) / h, x.dtype)
        shape = np.broadcast_shapes(q.shape, scale.shape)
        if not shape:
            q = parameter(h, x.dtype) / q
            u, v = np.arctanh(u * q) * scale, np.arctan(v * q) * scale
            return c * u - s * v, s * u + c * v
        # In place: of a whole image, new arrays would take longer than the arithmetic.
        if q.shape != shape:
            u, v, q = (np.array(np.broadcast_to(part, shape)) for part in (u, v, q))
        np.divide(parameter(h, x.dtype), q, out=q)
        for part, function in ((u, np.arctanh), (v, np.arctan)):
            part *= q
            function(part, out=part)
            part *= scale
        np.multiply(u, c, out=q)
        u *= s
        u += v * c
        v *= s
        q -= v
        return q, u

    def potential(self, x, y):
        """Return the deflection potential [pixel^2]."""
        ax, ay = self.deflection(x, y)
        return (np.asarray(x) - self.x) * ax + (np.asarray(y) - self.y) * ay

    def convergence(self, x, y):
        """Return the surface mass density over the critical one; very large at the centre."""
        lens = EPL(self.einstein_radius, self.ellipse_ratio, self.orientation, 1.0, self.x, self.y)
        return lens.convergence(x, y)

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        ax, ay = self.deflection(np.asarray(x, float), np.asarray(y, float))
        return _power_law_jet(self, 1.0, ax + 1j * ay, x, y, order)


@dataclass(frozen=True)
class EPL:
    """Elliptical power law: an `SIE` with another slope.

    Parameters
    ----------
    einstein_radius, ellipse_ratio, orientation, x, y : float or ndarray
        As those of `SIE`.
    slope : float or ndarray
        Of the convergence, ``t`` in (0, 2); 1 is isothermal. The density in space falls as ``r**-(t + 1)``.
    """

    einstein_radius: Any
    ellipse_ratio: Any
    orientation: Any
    slope: Any = 1.0
    x: Any = 0.0
    y: Any = 0.0

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel); 0 at the centre."""
        x, y = float_arrays(x, y)
        c, s = _direction(self.orientation, x.dtype)
        u, v, q = _aligned(self, x, y, c, s)
        f, t = _ratio(self.ellipse_ratio), np.asarray(self.slope, float)
        b = np.sqrt(f) * np.asarray(self.einstein_radius)
        size = parameter(2 / (1 + f) * b, x.dtype) * (parameter(b, x.dtype) / q) ** parameter(t - 1, x.dtype)
        # Eq. 22 and 23 of Tessore and Metcalf; their axis x, the major one, is our Y, and their y our -X.
        turned = _angular_series((parameter(f, x.dtype) * v - 1j * u) / q, f, t) * (size * 1j)
        return c * turned.real - s * turned.imag, s * turned.real + c * turned.imag

    def potential(self, x, y):
        """Return the deflection potential [pixel^2]."""
        ax, ay = self.deflection(x, y)
        radial = (np.asarray(x) - self.x) * ax + (np.asarray(y) - self.y) * ay
        return radial / parameter(2 - np.asarray(self.slope), ax.dtype)

    def convergence(self, x, y):
        """Return the surface mass density over the critical one; very large at the centre."""
        x, y = float_arrays(x, y)
        q = _aligned(self, x, y, *_direction(self.orientation, x.dtype))[2]
        t = np.asarray(self.slope, float)
        b = parameter(np.sqrt(_ratio(self.ellipse_ratio)) * np.asarray(self.einstein_radius), x.dtype)
        return parameter((2 - t) / 2, x.dtype) * (b / q) ** parameter(t, x.dtype)

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        ax, ay = self.deflection(np.asarray(x, float), np.asarray(y, float))
        return _power_law_jet(self, self.slope, ax + 1j * ay, x, y, order)


def _ratio(value):
    return np.clip(np.asarray(value, float), _SMALLEST_RATIO, 1.0)


def _direction(angle, kind):
    return parameter(np.cos(angle), kind), parameter(np.sin(angle), kind)


def _aligned(lens, x, y, c, s):
    """Return position along and across the lens's axis, and its elliptical radius, never 0."""
    dx, dy = x - parameter(lens.x, x.dtype), y - parameter(lens.y, x.dtype)
    u, v = c * dx + s * dy, c * dy - s * dx
    square = v * v
    flat = parameter(_ratio(lens.ellipse_ratio) ** 2, x.dtype)
    if not square.ndim or flat.ndim:
        return u, v, np.sqrt(flat * square + u * u + np.finfo(x.dtype).tiny)
    square *= flat
    square += u * u
    square += np.finfo(x.dtype).tiny
    return u, v, np.sqrt(square, out=square)


def _angular_series(direction, ratio, slope):
    """Return the sum over n of Omega_n of Tessore and Metcalf (2015), equations 23 and 24."""
    flat = (1 - ratio) / (1 + ratio)
    factor = direction * direction * parameter(-flat, direction.real.dtype)
    term, total = direction, direction.copy() if direction.ndim else direction
    largest, bound = float(np.max(flat)), np.finfo(direction.real.dtype).eps
    for n in range(1, _TERMS):
        if largest**n < bound:
            break
        term = term * factor * parameter((2 * n - (2 - slope)) / (2 * n + (2 - slope)), direction.real.dtype)
        total = total + term
    return total


def _power_law_jet(lens, slope, value, x, y, order):
    """Return the jet of the complex deflection of a power law with this value at (x, y)."""
    z = np.asarray(x) - lens.x + 1j * (np.asarray(y) - lens.y)
    f, t = _ratio(lens.ellipse_ratio), np.asarray(slope, float)
    turn = np.exp(-2j * np.asarray(lens.orientation))
    scale = (2 - t) / 2 * (np.sqrt(f) * np.asarray(lens.einstein_radius)) ** t
    kappa = power_of_quadratic(z, (1 + f * f) / 2, (1 - f * f) / 4 * turn, -t / 2, max(order - 1, 0)) * scale
    # The deflection is homogeneous of degree 1 - t about the centre:
    # z kappa + conj(z) d alpha/d conj(z) = (1 - t) alpha, term by term along h = 0.
    edge = [value]
    for b in range(order):
        edge.append(((1 - t - b) * edge[b] - z * kappa.coefficient(0, b)) / (np.conj(z) * (b + 1)))
    return jet_of_deflection(kappa, edge, order)
