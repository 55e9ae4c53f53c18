"""Light that a dark disc takes away from a limb-darkened star, and how deep that is at most.

The star is cut into rings: a ring of radius ``r`` loses the fraction ``kappa(r) / pi`` of its light, where
``kappa`` is half of the angle that the disc covers. The integral over the rings is done by Gauss-Legendre
quadrature in an angle that removes the square roots at both ends, so that 20 nodes suffice for 1e-6.
"""

import numpy as np

__all__ = ["depth_of_transit", "light_lost", "radius_ratio_of_depth"]

NODES = 20
_X, _W = np.polynomial.legendre.leggauss(NODES)
_THETA = np.pi * (_X + 1) / 2
_COS, _WEIGHT = np.cos(_THETA), np.pi / 2 * _W * np.sin(_THETA)


def light_lost(separation, radius_ratio, limb):
    """Return the fraction of the light of a star that a dark disc hides.

    Parameters
    ----------
    separation : ndarray
        Distance of the two centres on the sky [radii of the star].
    radius_ratio : float
        Radius of the disc [radii of the star]; may be above 1.
    limb : tuple of float
        Coefficients ``(u1, u2)`` of quadratic limb darkening,
        ``I = 1 - u1 (1 - mu) - u2 (1 - mu)**2``.

    Returns
    -------
    ndarray
        From 0 to 1, with the shape of `separation`; within 1e-6 of the analytic solution
        (Mandel & Agol 2002, ApJ 580, L171).
    """
    z, k = np.asarray(separation, float), float(radius_ratio)
    lost = np.zeros(z.shape)
    lost[z <= k - 1] = 1.0
    touched = (z < 1 + k) & (z > k - 1)
    if touched.any():
        lost[touched] = _rings(z[touched], k, *limb)
    return lost


def _rings(z, k, u1, u2):
    """Integrate over the rings that the disc covers in part, then add those that it covers wholly."""
    inner, outer = np.abs(z - k), np.minimum(1.0, z + k)
    half = ((outer - inner) / 2)[:, None]
    r = ((outer + inner) / 2)[:, None] - half * _COS
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = (r * r + (z * z - k * k)[:, None]) / (2 * r * z[:, None])
    # Where the disc lies in the centre (z = 0), inner and outer are equal and the integral is empty.
    kappa = np.arccos(np.clip(np.nan_to_num(cosine), -1.0, 1.0))
    dark = 1 - np.sqrt(np.maximum(1 - r * r, 0.0))
    # not a matrix product: BLAS would share it between threads and round as many ways
    rings = 2 * half[:, 0] * np.einsum("ij,j->i", (1 - dark * (u1 + u2 * dark)) * kappa * r, _WEIGHT)
    whole = np.where(k > z, _within(np.minimum(inner, 1.0), u1, u2), 0.0)
    return (rings + whole) / (np.pi * (1 - u1 / 3 - u2 / 6))


def _within(radius, u1, u2):
    """Light of the star within a radius: the integral of 2 pi r I(r)."""
    mu, square = np.sqrt(1 - radius**2), radius**2
    return np.pi * ((1 - u1 - u2) * square + (u1 + 2 * u2) * 2 / 3 * (1 - mu**3)
                    - u2 * (square - square**2 / 2))


def depth_of_transit(radius_ratio, impact, limb):
    """Return the largest fraction of light lost, at mid-transit; `impact` in radii of the star."""
    return float(light_lost(np.array([impact]), radius_ratio, limb)[0])


def radius_ratio_of_depth(depth, impact, limb):
    """Return the radius ratio of the planet whose transit is so deep.

    Parameters
    ----------
    depth : float
        Fraction of the light at mid-transit, below 1.
    impact : float
        Impact parameter, 0 to 1 [radii of the star].
    limb : tuple of float
        As for `light_lost`.
    """
    low, high = 0.0, 1.0 + impact  # such a disc covers the whole star
    ratio = np.sqrt(depth)
    for _ in range(60):
        found = depth_of_transit(ratio, impact, limb)
        low, high = (ratio, high) if found < depth else (low, ratio)
        if abs(found / depth - 1) < 1e-7:
            break
        # The depth goes about as the square of the ratio; bisect where that leads astray.
        guess = ratio * np.sqrt(depth / found) if found > 0 else high
        ratio = guess if low < guess < high else (low + high) / 2
    return float(ratio)
