"""The lens of a halo of Navarro, Frenk and White, spherical in projection."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from otrain.domains.lenses.physics.complex_jets import function_of_square_radius, jet_of_deflection
from otrain.domains.lenses.physics.floats import float_arrays, parameter

__all__ = ["NFW"]

_NEAR = 1e-3  # of t = 1, where F is a series
_BACKWARD = (0.6, 3.0)  # of t = (r / r_s)^2, where the recurrence is stable downwards


@dataclass(frozen=True)
class NFW:
    """Spherical halo of Navarro, Frenk and White.

    Parameters
    ----------
    kappa_s : float or ndarray
        ``rho_s r_s / Sigma_cr``: the convergence is ``2 kappa_s (1 - F(r/r_s)) / ((r/r_s)^2 - 1)``.
    scale_radius : float or ndarray
        ``r_s`` [pixel].
    x, y : float or ndarray
        Centre [pixel], y up.

    References
    ----------
    Bartelmann (1996), A&A 313, 697; Keeton (2001), astro-ph/0102341, section 3.9.
    """

    kappa_s: Any
    scale_radius: Any
    x: Any = 0.0
    y: Any = 0.0

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel); 0 at the centre."""
        dx, dy, t = self._square_radius(x, y)
        over = parameter(4 * np.asarray(self.kappa_s), t.dtype) * _g(t)
        return dx * over, dy * over

    def potential(self, x, y):
        """Return the deflection potential [pixel^2], 0 at the centre."""
        t = self._square_radius(np.asarray(x, float), np.asarray(y, float))[2]
        root = np.sqrt(np.maximum(1 - t, 0))
        inside = np.log(t / (2 * (1 + root))) * np.log1p(np.minimum(t, 1) / (-2 * (1 + root)))
        outside = 0.25 * np.log(t / 4) ** 2 + (t - 1) * _f(t) ** 2
        scale = 2 * np.asarray(self.kappa_s) * np.asarray(self.scale_radius) ** 2
        return scale * np.where(t < 1, inside, outside)

    def convergence(self, x, y):
        """Return the surface mass density over the critical one; large at the centre."""
        t = self._square_radius(x, y)[2].astype(float)
        g, slope = _taylor_of_g(t, 1)
        return np.asarray(self.kappa_s) * 4 * (g + t * slope)  # kappa = d(t G)/dt

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection in ``z = x + i y`` and its conjugate about (x, y)."""
        z = np.asarray(x) - self.x + 1j * (np.asarray(y) - self.y)
        z, kappa_s, scale = np.broadcast_arrays(z, self.kappa_s, self.scale_radius)
        t = np.abs(z / scale) ** 2
        g = [4 * kappa_s * value / scale ** (2 * n) for n, value in enumerate(_taylor_of_g(t, order))]
        u = np.abs(z) ** 2
        # alpha = z G(|z|^2), kappa = G + u G'.
        kappa = [(n + 1) * (g[n] + u * (g[n + 1] if n < order else 0)) for n in range(order)] or [g[0]]
        convergence = function_of_square_radius(kappa, z, max(order - 1, 0))
        return jet_of_deflection(convergence, [z ** (b + 1) * g[b] for b in range(order + 1)], order)

    def _square_radius(self, x, y):
        x, y = float_arrays(x, y)
        dx, dy = x - parameter(self.x, x.dtype), y - parameter(self.y, x.dtype)
        t = (dx * dx + dy * dy) / parameter(np.asarray(self.scale_radius) ** 2, x.dtype)
        return dx, dy, np.maximum(t, np.finfo(x.dtype).eps ** 2)


def _f(t):
    """Return F of Keeton (2001), equation 48, for ``t = (r / r_s)^2``; 1 at t = 1."""
    e = 1 - t
    root = np.sqrt(np.maximum(np.abs(e), _NEAR))
    inside = (np.log1p(root) - 0.5 * np.log(t)) / root
    outside = np.arctan(np.sqrt(np.maximum(-e, 0))) / root
    series = 1 + e * (1 / 3 + e * (1 / 5 + e * (1 / 7 + e / 9)))
    return np.where(np.abs(e) < _NEAR, series, np.where(e > 0, inside, outside)).astype(t.dtype)


def _g(t):
    """Return ``(log(t/4)/2 + F(t)) / t``; for small t the logarithms, which cancel, are taken together."""
    small = t < _BACKWARD[0]
    if not np.any(small):
        return (0.5 * np.log(t / 4) + _f(t)) / t
    inner = np.where(small, t, 0.5)
    root = np.sqrt(1 - inner)
    joined = (np.log1p(inner / (-2 * (1 + root))) / inner - 0.5 * np.log(inner / 4) / (1 + root)) / root
    return np.where(small, joined, (0.5 * np.log(t / 4) + _f(t)) / t)


def _taylor_of_g(t, order):
    """Return the Taylor coefficients of G about t, one array for each power."""
    shape, t = np.shape(t), np.atleast_1d(np.asarray(t, float))
    small = t < _BACKWARD[0]
    result = np.empty((order + 1, *t.shape))
    if small.any():
        result[:, small] = _taylor_of_small(t[small], order)
    if not small.all():
        result[:, ~small] = _taylor_of_large(t[~small], order)
    return list(result.reshape(order + 1, *shape))


def _taylor_of_small(t, order):
    """Return the Taylor coefficients of G, from ``2 t (1 - t) G' = (3 t - 2) G - 1 - log(t/4)/2``."""
    g, before = [_g(t)], 0.0
    for k in range(order):
        source = -1 - 0.5 * np.log(t / 4) if k == 0 else 0.5 * (-1.0) ** k / (k * t**k)
        value = (3 * t - 2 - 2 * (1 - 2 * t) * k) * g[k] + (2 * k + 1) * before + source
        before = g[k]
        g.append(value / (2 * t * (1 - t) * (k + 1)))
    return g


def _taylor_of_large(t, order):
    """Return the Taylor coefficients of G as those of ``(log(t/4)/2 + F) / t``."""
    h = _taylor_of_f(t, order)
    h[0] = h[0] + 0.5 * np.log(t / 4)
    for k in range(1, order + 1):
        h[k] = h[k] - (-1.0) ** k / (2 * k * t**k)
    g = [h[0] / t]
    for k in range(1, order + 1):
        g.append((h[k] - g[k - 1]) / t)
    return g


def _taylor_of_f(t, order):
    """Return the Taylor coefficients of F about t, from ``2 (1 - t) F' = F - 1/t``."""
    backward = t < _BACKWARD[1]
    forward = [_f(t)]
    e = np.where(backward, 1.0, 1 - t)
    for k in range(order):
        forward.append(((2 * k + 1) * forward[k] - (-1.0) ** k / t ** (k + 1)) / (2 * (k + 1) * e))
    if not backward.any():
        return forward
    inner, value = t[backward], np.zeros(np.count_nonzero(backward))
    for k in range(order + 100, -1, -1):
        value = (2 * (1 - inner) * (k + 1) * value + (-1.0) ** k / inner ** (k + 1)) / (2 * k + 1)
        if k <= order:
            forward[k][backward] = value
    return forward
