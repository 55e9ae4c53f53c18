"""Images by the roulette expansion of a lens about a point."""

from otrain.domains.lenses.physics.amplitudes import amplitudes
from otrain.domains.lenses.physics.centring import apparent_position
from otrain.domains.lenses.physics.roulette_image import roulette_image

__all__ = ["render_roulette"]


def render_roulette(scene, settings, origin, *, xi=None):
    """Return the light that the amplitudes of a lens about a point tell of.

    Parameters
    ----------
    scene : Scene
    settings : Settings
    origin : (float, float)
        Point of the lens plane that is in the middle of the image [pixel].
    xi : (float, float), optional
        The reference point in the lens plane; by default the apparent position of the source.
    """
    if xi is None:
        xi = apparent_position(scene.lens, scene.x, scene.y)
    xi = float(xi[0]), float(xi[1])
    ax, ay = scene.lens.deflection(*xi)
    offset = float(xi[0] - ax - scene.x), float(xi[1] - ay - scene.y)
    return roulette_image(
        amplitudes(scene.lens, *xi, max(settings.nterms, 1)),
        scene.source,
        settings.imagesize,
        xi=(xi[0] - origin[0], xi[1] - origin[1]),
        offset=offset,
        supersampling=settings.supersampling,
        snap=settings.raster,
    )
