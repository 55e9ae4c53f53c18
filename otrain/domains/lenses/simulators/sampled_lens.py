"""A lens whose potential is known at whole pixels only, as CosmoSim's sampled lenses are."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.ndimage import map_coordinates

__all__ = ["SampledLens"]


@dataclass(frozen=True)
class SampledLens:
    """The potential of a lens on the grid of an image; the deflection is its central difference.

    Parameters
    ----------
    lens : lens model
        Whose potential is sampled; its amplitudes stay exact.
    size : int
        Side of the grid [pixel].
    """

    lens: Any
    size: int

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel), between the pixels by linear interpolation."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        places = [self.size / 2 - y, x + self.size / 2]
        return tuple(map_coordinates(one, places, order=1, mode="nearest") for one in self._gradient)

    def potential(self, x, y):
        """Return the deflection potential [pixel^2]."""
        return self.lens.potential(x, y)

    def convergence(self, x, y):
        """Return the surface mass density over the critical one."""
        return self.lens.convergence(x, y)

    def deflection_jet(self, x, y, order):
        """Return the `Jet` of the complex deflection of the lens itself."""
        return self.lens.deflection_jet(x, y, order)

    @cached_property
    def _gradient(self):
        steps = np.arange(self.size) - self.size / 2
        psi = self.lens.potential(steps[None, :], -steps[:, None])
        down, right = np.gradient(np.asarray(psi, float))
        return right, -down
