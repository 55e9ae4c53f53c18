"""How far the critical curve of a lens is from its origin, in one direction."""

import math

import numpy as np

from otrain.domains.lenses.physics.critical_curves import jacobian_determinant

__all__ = ["critical_radius"]

_STEPS = 600  # along a ray
_FURTHEST = 4.0  # times the reach of a lens
_HALVINGS = 40


def critical_radius(lens, phi, reach):
    """Return the distance of the outermost critical point along a ray from the origin [pixel].

    Parameters
    ----------
    lens : lens model
    phi : float
        Direction [deg].
    reach : float
        Einstein radius, or how far a cluster reaches [pixel]; also the result where nothing is critical.
    """
    direction = np.exp(1j * math.radians(phi))
    radii = np.linspace(_FURTHEST * reach, 0, _STEPS, endpoint=False)[::-1]
    regular = _determinant(lens, radii * direction) > 0
    changes = np.flatnonzero(regular[1:] != regular[:-1])
    if not len(changes):
        return float(reach)
    low, high = radii[changes[-1]], radii[changes[-1] + 1]
    outside = regular[changes[-1] + 1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (_determinant(lens, np.array([middle * direction]))[0] > 0) == outside:
            high = middle
        else:
            low = middle
    return float(high)


def _determinant(lens, z):
    """Return the determinant of the lens mapping; NaN, in the middle of a singular lens, counts as inside."""
    return np.nan_to_num(jacobian_determinant(lens, z.real, z.imag), nan=-1.0)
