"""What may be drawn into an image: axes, critical curves, the circle in which a roulette converges."""

import math

import numpy as np

from otrain.domains.lenses.physics.images import quantise

__all__ = ["annotate", "axes_drawn", "mask_radius"]

_GREY = 127  # of the axes, as in CosmoSim
_CURVE = (64, 128, 128)  # blue, green, red
_CIRCLE = (255, 64, 64)


def annotate(image, scene, settings, place):
    """Return an image with what the settings ask for; without that, the image itself.

    Parameters
    ----------
    image : (side, side) ndarray
    scene : Scene
    settings : Settings
    place : dict of str to float
        Of `place_columns`.
    """
    if settings.mask:
        image = _masked(image, settings, place)
    if settings.criticalcurves or settings.showmask:
        image = _in_colour(image)
    if settings.criticalcurves:
        from otrain.domains.lenses.physics.critical_curves import critical_curves

        for curve in critical_curves(scene.lens, settings.imagesize / 2):
            x, y = _dense(curve)
            _draw(image, x + place["lensX"], y + place["lensY"], _CURVE)
    if settings.showmask:
        angle = np.linspace(0, 2 * math.pi, 8 * len(image))
        radius = mask_radius(settings, place)
        _draw(image, place["xiX"] + radius * np.cos(angle), place["xiY"] + radius * np.sin(angle), _CIRCLE)
    return axes_drawn(image) if settings.reflines else image


def mask_radius(settings, place):
    """Return the radius of the mask about xi [pixel]: by default a part of the way to the lens."""
    if settings.maskradius is not None:
        return settings.maskradius
    return settings.maskscale * math.hypot(place["xiX"] - place["lensX"], place["xiY"] - place["lensY"])


def _masked(image, settings, place):
    side = len(image)
    steps = np.arange(side) - side / 2
    outside = np.hypot(steps[None, :] - place["xiX"], -steps[:, None] - place["xiY"]) > mask_radius(
        settings, place
    )
    return np.where(outside, image.dtype.type(0), image)


def _in_colour(image):
    levels = image if image.dtype == np.uint8 else quantise(image)
    return np.repeat(levels[..., None], 3, axis=-1)


def _dense(curve):
    """Return the points of a curve, and more between them, so that no pixel on the way is left out."""
    share = np.linspace(0, 1, 8, endpoint=False)[:, None]
    return ((curve[:-1, None] * (1 - share) + curve[1:, None] * share).reshape(-1, 2)).T


def _draw(image, x, y, colour):
    """Colour the pixels under the points of a line."""
    side = len(image)
    column, row = np.rint(x + side / 2).astype(int), np.rint(side / 2 - y).astype(int)
    seen = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    image[row[seen], column[seen]] = colour


def axes_drawn(image):
    """Return an image in 8 bit with its two axes."""
    result = image.copy() if image.dtype == np.uint8 else quantise(image)
    middle = round(len(image) / 2)
    result[middle] = _GREY
    result[:, middle] = _GREY
    return result
