"""Images of lenses drawn again from their numbers, those of a network or the true ones."""

import numpy as np

from otrain.domains.lenses.columns import AMPLITUDES, MOST_TERMS
from otrain.domains.lenses.derived import DEFAULT_SCALE
from otrain.domains.lenses.physics.observation import convolve, gaussian_psf
from otrain.domains.lenses.simulators.engines import builtin
from otrain.domains.lenses.simulators.resimulation import parameters_of, picture_again
from otrain.domains.lenses.simulators.scene import scene_of
from otrain.domains.lenses.simulators.settings import Settings
from otrain.errors import OtrainError

__all__ = ["redraw"]

# By the name of a predicted number the columns that say the same and must not count.
_REPLACED = {"theta_e": ("einsteinradius",), "x_source": ("x", "R"), "y_source": ("y", "phi"),
             "source_size": ("sigma",), "e1": ("ellipseratio", "orientation"),
             "e2": ("ellipseratio", "orientation"), "ellipseratio": ("e1", "e2"), "orientation": ("e1", "e2"),
             "einsteinradius": ("theta_e",), "x": ("x_source", "R"), "y": ("y_source", "phi"),
             "sigma": ("source_size",)}
_SHAPES = {"e1", "e2", "ellipseratio", "orientation"}
_NEEDED = ("einsteinradius", "x", "y")


def redraw(values, columns, channels, recipe):
    """Return prepared examples as they would be, without noise, if some numbers were true.

    Parameters
    ----------
    values : dict of str to (n,) ndarray
        In natural units. Roulette amplitudes among them are drawn as such, else rays are traced.
    columns : dict of str to (n,) ndarray
        Of the cube; they tell what is not among `values`: kinds of lens and source, the other numbers, where
        the lens lies in the image (``lensX lensY``) and the width of the point-spread function.
    channels : sequence of str
        Those but ``image`` are NaN.
    recipe : dict
        Its ``shape`` is that of the examples.

    Returns
    -------
    (n, H, W, C) float32 ndarray
        In grey levels of the simulator. NaN where an example cannot be drawn: clusters, NFW, pictures
        as sources, and where the Einstein radius, the source or its kind is not known.
    """
    side, wide = recipe["shape"][:2]
    count = len(next(iter(values.values())))
    drawn = np.full((count, side, wide, len(channels)), np.nan, np.float32)
    if "image" not in channels or side != wide:
        return drawn
    settings = Settings(imagesize=side, nterms=MOST_TERMS, format="fits")
    for index in range(count):
        try:
            image = _drawn(_row(values, columns, index), settings)
        except (OtrainError, ArithmeticError):
            continue
        if image is not None:
            drawn[index, ..., list(channels).index("image")] = image
    return drawn


def _row(values, columns, index):
    """Return what is known of one example: a row as the simulator reads it."""
    replaced = {old for name in values for old in _REPLACED.get(name, ())}
    if not values.keys() & AMPLITUDES.keys():  # those of the truth would be drawn in place of the lens
        replaced |= AMPLITUDES.keys()
    row = {name: _known(column[index]) for name, column in columns.items() if name not in replaced}
    row |= {name: float(column[index]) for name, column in values.items()}
    if values.keys() & _SHAPES and str(row.get("lens") or "SIS").upper() == "SIS":
        row["lens"] = "SIE"
    if row.get("ellipseratio") is not None:
        row["ellipseratio"] = float(np.clip(row["ellipseratio"], 0.05, 1.0))
    return row | {"filename": row.get("file") or "", "pixel_scale": row.get("pixel_scale") or DEFAULT_SCALE}


def _known(value):
    """Return a cell as a float or a text; None where nothing is known."""
    if isinstance(value, str | bytes):
        return str(value) or None
    return float(value) if np.isfinite(value) else None


def _drawn(row, settings):
    """Return the light of one row, widened by the point-spread function; None where it cannot be drawn."""
    if row.get("source") is None:
        return None
    if AMPLITUDES.keys() & row.keys():
        light = picture_again(row, settings, builtin).image
    else:
        row = parameters_of(row, settings)
        if row.get("lens") in ("NFW", "Cluster") or any(row.get(name) is None for name in _NEEDED):
            return None
        place = row.get("lensX") or 0.0, row.get("lensY") or 0.0
        light = builtin.render(scene_of(row), settings, (-place[0], -place[1]))
    width = (row.get("psf_fwhm") or 0.0) / row["pixel_scale"]
    return convolve(light, gaussian_psf(width)) if width > 0 else light
