"""Our own engine: rays traced through any lens, or its roulette expansion, in numpy."""

from dataclasses import dataclass
from typing import Any

from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.simulators.sampled_lens import SampledLens

__all__ = ["MOVES", "Moved", "render", "require"]

MOVES = True  # any point may be the middle of an image


@dataclass(frozen=True)
class Moved:
    """A lens or a source seen from another origin.

    Parameters
    ----------
    thing : lens model or source
    x, y : float
        Where that origin is [pixel].
    """

    thing: Any
    x: float
    y: float

    def deflection(self, x, y):
        """Return the deflection (two arrays, pixel)."""
        return self.thing.deflection(*self._there(x, y))

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        return self.thing.brightness(*self._there(x, y))

    def _there(self, x, y):
        return x + x.dtype.type(self.x), y + y.dtype.type(self.y)


def require():
    """Refuse nothing: this engine is always there."""


def render(scene, settings, origin=(0.0, 0.0)):
    """Return the light of a scene.

    Parameters
    ----------
    scene : Scene
    settings : Settings
    origin : (float, float)
        Point of the lens plane that is in the middle of the image [pixel].

    Returns
    -------
    (imagesize, imagesize) float32 ndarray
        Grey levels, neither rounded nor saturated.
    """
    lens, source = scene.lens, scene.source
    if scene.sampled:
        lens = SampledLens(lens, settings.imagesize)
    if scene.model == "Roulette":
        from otrain.domains.lenses.simulators.engines.roulettes import render_roulette

        return render_roulette(scene, settings, origin)
    if origin != (0.0, 0.0):
        lens, source = Moved(lens, *origin), Moved(source, *origin)
    return trace(lens, source, settings.imagesize, supersampling=settings.supersampling, snap=settings.raster)
