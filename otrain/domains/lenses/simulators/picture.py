"""Make the image of one lens, finish it as the settings say, and tell the columns that follow from it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from otrain.domains.lenses.physics.amplitudes import amplitudes
from otrain.domains.lenses.physics.centring import (
    apparent_position,
    centre_of_light,
    place_columns,
    shift_image,
)
from otrain.domains.lenses.physics.images import crop_middle, quantise
from otrain.domains.lenses.simulators.annotations import annotate
from otrain.domains.lenses.simulators.observing import is_observed, observed_image

__all__ = ["Picture", "amplitude_columns", "make_picture", "why_useless"]

_SHARE = 0.1  # of the light that a frame must show at least
_LEAST = 0.5  # grey level that is still written as 1


@dataclass(frozen=True)
class Picture:
    """An image and what is known about it.

    Parameters
    ----------
    image : (side, side) float32 ndarray, or uint8, or (side, side, 3) uint8
        As it is written: grey levels, or colours where something is drawn.
    columns : dict of str to float or str
        Of the table of amplitudes, without the name of the file.
    fault : str
        Why nobody should learn from it: ``"blank"`` or ``"outside"``; empty: nothing is wrong.
    extras : dict of str to bytes
        Further files by their names.
    """

    image: Any
    columns: dict
    fault: str = ""
    extras: dict = field(default_factory=dict)


def make_picture(engine, scene, settings, *, rng=None):
    """Return the picture of a scene.

    Parameters
    ----------
    engine : module or object
        ``render(scene, settings, origin)`` gives the light in whole grey levels or fractions of them,
        with the point `origin` of the lens plane in the middle. It may have ``move(image, centre)`` instead
        of other origins, and ``columns(scene, settings, centre)`` instead of our amplitudes.
    scene : Scene
    settings : Settings
    rng : numpy.random.Generator, optional
        Of the noise; needed where the row has some.
    """
    light = engine.render(scene, settings)
    xi = apparent_position(scene.lens, scene.x, scene.y)
    levels = light if light.dtype == np.uint8 else quantise(light)
    centre = centre_of_light(levels) if settings.centred else (0.0, 0.0)
    observed = is_observed(scene.row)
    if levels is not light and not observed and settings.format == "png" and settings.bits == 8:
        light = levels  # as CosmoSim does: centred after it was rounded
    if settings.centred:
        light = _moved(light, centre, engine, scene, settings)
    whole = float(light.sum(dtype=float))
    image = crop_middle(light, settings.side)
    fault = why_useless(image, whole)
    seen = {}
    if observed:
        image, seen["snr"] = observed_image(light, scene.row, settings, rng)
    place = place_columns(scene.lens, scene.x, scene.y, centre=centre, xi=xi)
    if hasattr(engine, "columns"):
        told = engine.columns(scene, settings, centre)
    else:
        about = xi if settings.xireference else centre
        told = place | amplitude_columns(scene.lens, about, settings.nterms)
    columns = _of_source(scene) | told | seen
    image = annotate(image, scene, settings, place)
    return Picture(image, columns, fault)


def _moved(light, centre, engine, scene, settings):
    """Return the light with its centre in the middle.

    Whole levels are moved between the pixels, as CosmoSim does, where what was beyond the border stays out of
    the frame: a black band would tell where the origin was. Else the image is made anew, which blurs nothing.
    """
    beyond = max(abs(part) for part in centre) + 1 > (settings.imagesize - settings.side) / 2
    anew = getattr(engine, "MOVES", False) and (beyond or light.dtype != np.uint8) and not settings.raster
    if not anew:
        move = getattr(engine, "move", None)
        return shift_image(light, *centre) if move is None else move(light, centre)
    moved = engine.render(scene, settings, centre)
    return quantise(moved) if light.dtype == np.uint8 else moved


def why_useless(image, whole):
    """Return why an image shows nothing to learn from: ``"blank"``, ``"outside"``, or an empty text.

    Parameters
    ----------
    image : (side, side) ndarray
        What is kept of the light.
    whole : float
        The light of all that was simulated, with what is cut off.
    """
    if not image.max() >= _LEAST:
        return "blank"
    border = max(image[0].max(), image[-1].max(), image[:, 0].max(), image[:, -1].max())
    inside = image[1:-1, 1:-1].max()
    return "outside" if border > inside or image.sum(dtype=float) < _SHARE * whole else ""


def amplitude_columns(lens, place, nterms):
    """Return every alpha, then every beta, by the names of CosmoSim's columns."""
    values = amplitudes(lens, *place, nterms)
    alphas = {f"alpha[{m}][{s}]": float(np.real(value)) for (m, s), value in values.items()}
    return alphas | {f"beta[{m}][{s}]": float(np.imag(value)) for (m, s), value in values.items()}


def _of_source(scene):
    row = scene.row
    return (
        {"source": row.get("source")}
        | {"x": scene.x, "y": scene.y}
        | {name: row.get(name) for name in ("sigma", "sigma2", "theta", "luminosity", "n_sersic")}
    )
