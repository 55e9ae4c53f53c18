"""What may be written besides the image of a lens: the source alone, other roulettes, plots of the lens."""

import math
from pathlib import Path

import numpy as np

from otrain.domains.lenses.physics.centring import apparent_position, centre_of_light, shift_image
from otrain.domains.lenses.physics.images import crop_middle, quantise
from otrain.domains.lenses.physics.ray_tracing import trace_unlensed
from otrain.domains.lenses.simulators.annotations import axes_drawn
from otrain.domains.lenses.simulators.image_files import png_bytes
from otrain.domains.lenses.simulators.surface_plot import surface_svg

__all__ = ["extra_files", "extra_names"]

_FAMILY = (("-45+1", -math.pi / 4, 1), ("+45+1", math.pi / 4, 1), ("+0-1", 0.0, -1), ("+0+2", 0.0, 2))


def extra_names(name, settings):
    """Return the names of what is written besides the image `name`."""
    stem = Path(name).stem
    names = [f"{kind}-{stem}.png" for kind in ("actual", "apparent", "join") if getattr(settings, kind)]
    names += [f"{stem}{ending}.png" for ending, _, _ in _FAMILY] if settings.family else []
    return names + [f"{kind}-{stem}.svg" for kind in ("psi", "kappa") if getattr(settings, f"{kind}plot")]


def extra_files(name, scene, settings):
    """Return the files besides the image `name`, as a dict of name to bytes."""
    contents = {}
    stem = Path(name).stem
    if settings.actual:
        contents[f"actual-{stem}.png"] = _picture(trace_unlensed(scene.source, settings.imagesize), settings)
    if settings.apparent:
        contents[f"apparent-{stem}.png"] = _picture(_apparent(scene, settings), settings)
    if settings.family:
        for ending, turn, scale in _FAMILY:
            image = _about(scene, settings, turn, scale)
            contents[f"{stem}{ending}.png"] = _picture(image, settings, centred=settings.centred, crop=True)
    if settings.join:
        contents[f"join-{stem}.png"] = _picture(_joined(scene, settings), settings)
    if settings.psiplot:
        contents[f"psi-{stem}.svg"] = surface_svg(scene.lens.potential, settings.imagesize)
    if settings.kappaplot:
        contents[f"kappa-{stem}.svg"] = surface_svg(scene.lens.convergence, settings.imagesize)
    return contents


def _picture(image, settings, *, centred=False, crop=False):
    levels = quantise(image)
    if centred:
        levels = shift_image(levels, *centre_of_light(levels))
    if crop:
        levels = crop_middle(levels, settings.side)
    return png_bytes(axes_drawn(levels) if settings.reflines else levels)


def _apparent(scene, settings):
    """Return the source as if it lay at its apparent position, unlensed."""
    from otrain.domains.lenses.simulators.engines.builtin import Moved

    xi_x, xi_y = apparent_position(scene.lens, scene.x, scene.y)
    moved = Moved(scene.source, float(scene.x - xi_x), float(scene.y - xi_y))
    return trace_unlensed(moved, settings.imagesize)


def _about(scene, settings, turn, scale):
    """Return the roulette about a reference point that is turned about the lens and further away."""
    from otrain.domains.lenses.simulators.engines.roulettes import render_roulette

    return render_roulette(scene, settings, (0.0, 0.0), xi=_moved_reference(scene, turn, scale))


def _moved_reference(scene, turn, scale):
    xi = complex(*apparent_position(scene.lens, scene.x, scene.y)) * scale * np.exp(1j * turn)
    return xi.real, xi.imag


def _joined(scene, settings):
    """Return the brightest of several roulettes, each within its own circle of convergence."""
    from otrain.domains.lenses.simulators.engines.roulettes import render_roulette

    steps = np.arange(settings.imagesize) - settings.imagesize / 2
    joined = np.zeros((settings.imagesize, settings.imagesize), np.float32)
    for part in range(settings.components):
        xi = _moved_reference(scene, 2 * math.pi * part / settings.components, 1)
        radius = settings.maskscale * math.hypot(*xi) if settings.maskradius is None else settings.maskradius
        inside = np.hypot(steps[None, :] - xi[0], -steps[:, None] - xi[1]) <= radius
        joined = np.maximum(joined, np.where(inside, render_roulette(scene, settings, (0.0, 0.0), xi=xi), 0))
    return joined
