"""Light sources behind a lens: brightness at any point of the source plane, in grey levels of 0 to 255.

Each has ``brightness(x, y)`` on arrays that broadcast, positions in pixel, y up, angles in radians
anticlockwise. A Gaussian peaks at 255; a Sersic profile has the flux that its luminosity says and may
exceed 255 in the middle, as light does: `otrain.domains.lenses.physics.images.quantise` saturates it.
Parameters may be arrays that broadcast.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import gammaln

from otrain.domains.lenses.physics.floats import float_arrays, parameter
from otrain.domains.lenses.physics.picture_source import PictureSource

__all__ = ["BRIGHTEST", "Constellation", "EllipticalGaussian", "PictureSource", "SersicEllipsoid",
           "SersicSphere", "SphericalGaussian", "Triangle"]

BRIGHTEST = 255.0  # grey level of a saturated pixel, and of a Gaussian's peak
FLUX_PER_LUMINOSITY = 1000.0  # grey level x pixel^2


@dataclass(frozen=True)
class SphericalGaussian:
    """Round Gaussian.

    Parameters
    ----------
    sigma : float or ndarray
        Standard deviation [pixel].
    x, y : float or ndarray
        Centre [pixel].
    """

    sigma: Any
    x: Any = 0.0
    y: Any = 0.0

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        return _gaussian(_radius(self, x, y, 0.0, self.sigma, self.sigma))


@dataclass(frozen=True)
class EllipticalGaussian:
    """Elliptical Gaussian.

    Parameters
    ----------
    sigma, sigma2 : float or ndarray
        Standard deviation along and across `theta` [pixel].
    theta : float or ndarray
        From x, anticlockwise [rad].
    x, y : float or ndarray
        Centre [pixel].
    """

    sigma: Any
    sigma2: Any
    theta: Any = 0.0
    x: Any = 0.0
    y: Any = 0.0

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        return _gaussian(_radius(self, x, y, self.theta, self.sigma, self.sigma2))


@dataclass(frozen=True)
class SersicSphere:
    """Round Sersic profile.

    Parameters
    ----------
    sigma : float or ndarray
        Effective radius, that of half the light [pixel].
    n_sersic : float or ndarray
        Index: 1 is an exponential disc, 4 an elliptical galaxy.
    luminosity : float or ndarray
        Flux of the whole source [1000 grey level pixel^2].
    x, y : float or ndarray
        Centre [pixel].
    """

    sigma: Any
    n_sersic: Any = 4.0
    luminosity: Any = 10.0
    x: Any = 0.0
    y: Any = 0.0

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        square = _radius(self, x, y, 0.0, self.sigma, self.sigma)
        return _sersic(square, self.n_sersic, self.luminosity, np.asarray(self.sigma) ** 2)


@dataclass(frozen=True)
class SersicEllipsoid:
    """Elliptical Sersic profile.

    Parameters
    ----------
    sigma, sigma2 : float or ndarray
        Effective radius *across* and along `theta` [pixel]: CosmoSim has them the other way round for a
        Gaussian.
    theta : float or ndarray
        From x, anticlockwise [rad].
    n_sersic, luminosity, x, y : float or ndarray
        As those of `SersicSphere`.
    """

    sigma: Any
    sigma2: Any
    theta: Any = 0.0
    n_sersic: Any = 4.0
    luminosity: Any = 20.0
    x: Any = 0.0
    y: Any = 0.0

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        square = _radius(self, x, y, self.theta, self.sigma2, self.sigma)
        return _sersic(square, self.n_sersic, self.luminosity, np.asarray(self.sigma) * self.sigma2)


@dataclass(frozen=True)
class Triangle:
    """Outline of an equilateral triangle of three greys, which shows how a lens turns an image.

    Parameters
    ----------
    sigma : float
        From the centre to each corner [pixel].
    theta : float
        Direction of the first corner, anticlockwise from x [rad].
    x, y : float
        Centre [pixel].

    Notes
    -----
    CosmoSim draws the sides blue, green and red at 192; here they are the grey of those colours.
    """

    sigma: Any
    theta: Any = 0.0
    x: Any = 0.0
    y: Any = 0.0

    WIDTH = 3.0  # pixel
    GREYS = (21.888, 112.704, 57.408)  # 192 times the luma of blue, green, red (ITU-R BT.601)

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        x, y = float_arrays(x, y)
        corners = [(self.x + self.sigma * np.cos(self.theta - k * 2 * np.pi / 3),
                    self.y + self.sigma * np.sin(self.theta - k * 2 * np.pi / 3)) for k in range(3)]
        result = np.zeros(np.broadcast_shapes(x.shape, y.shape), x.dtype)
        for k, grey in enumerate(self.GREYS):
            near = _distance(x, y, corners[k], corners[(k + 1) % 3]) <= self.WIDTH / 2
            result = np.where(near, x.dtype.type(grey), result)
        return result


@dataclass(frozen=True)
class Constellation:
    """Several sources: their light adds.

    Parameters
    ----------
    parts : sequence of sources
        Each with a position of its own, relative to the centre.
    x, y : float or ndarray
        Centre [pixel].
    """

    parts: tuple
    x: Any = 0.0
    y: Any = 0.0

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        x, y = float_arrays(x, y)
        x, y = x - parameter(self.x, x.dtype), y - parameter(self.y, x.dtype)
        return sum(part.brightness(x, y) for part in self.parts)


def _radius(source, x, y, theta, along, across):
    """Return the square of the elliptical radius, in units of the source's size."""
    x, y = float_arrays(x, y)
    dx, dy = x - parameter(source.x, x.dtype), y - parameter(source.y, x.dtype)
    if along is across:
        return _scale(_sum_of_squares(dx, dy), 1 / np.asarray(along, float) ** 2)
    c, s = np.cos(theta), np.sin(theta)
    u = dx * parameter(c / along, x.dtype) + dy * parameter(s / along, x.dtype)
    v = _scale(dy, c / across) - _scale(dx, s / across)
    return _sum_of_squares(u, v)


def _sum_of_squares(u, v):
    if np.ndim(u) == 0 or u.shape != v.shape:
        return u * u + v * v
    u *= u  # both are arrays of our own
    v *= v
    u += v
    return u


def _gaussian(square):
    """Return the grey level at this square of the radius over sigma."""
    square = _scale(square, -0.5)
    return _scale(np.exp(square, out=square) if square.ndim else np.exp(square), BRIGHTEST)


def _scale(array, factor):
    """Return an array of our own times a factor, in place where that is possible."""
    factor = parameter(factor, array.dtype)
    if array.ndim == 0 or factor.ndim:
        return array * factor
    array *= factor
    return array


def _sersic(square, n_sersic, luminosity, area):
    """Return the grey level at this square of the radius over the effective radius.

    Graham and Driver (2005), PASA 22, 118, equations 1 and 2; b_n is CosmoSim's, by which the effective
    radius holds half of the light to 1 %.
    """
    n = np.asarray(n_sersic, float)
    b = 1.992 * n - 0.3271
    # In logarithms: b**(2 n) and gamma(2 n) overflow long before their ratio does.
    peak = np.log(FLUX_PER_LUMINOSITY * np.asarray(luminosity) / (2 * np.pi * n * area))
    peak = parameter(peak + 2 * n * np.log(b) - gammaln(2 * n), square.dtype)
    square = _scale(np.power(square, parameter(0.5 / n, square.dtype)), -b) + peak
    return np.exp(square, out=square) if square.ndim else np.exp(square)


def _distance(x, y, start, end):
    """Return the distance from the straight line between two points."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = sqrt(dx * dx + dy * dy) or 1.0
    px, py = x - x.dtype.type(start[0]), y - x.dtype.type(start[1])
    along = np.clip((px * dx + py * dy) / length, 0, length)
    return np.hypot(px - along * dx / length, py - along * dy / length)
