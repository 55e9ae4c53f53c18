"""What follows from the columns of CosmoSim: angles in arcsec, ellipticity as a pair."""

import math

__all__ = ["DEFAULT_SCALE", "ROUND_LENSES", "ROUND_SOURCES", "derive"]

DEFAULT_SCALE = 0.04  # arcsec, a pixel of CosmoSim by convention
ROUND_LENSES = {"pm", "sis", "p", "s", "point", "pointmass", "sissampled"}
ROUND_SOURCES = {"s", "spherical", "sersicsphere", "sphere"}


def derive(columns, pixel_scale=None):
    """Return columns with those that follow from them.

    Parameters
    ----------
    columns : dict
        Those of one image, in the units of its table of columns; it is not changed.
    pixel_scale : float, optional
        Side of a pixel [arcsec] where the columns do not tell it; by default 0.04, as CosmoSim has it.

    Returns
    -------
    dict
        With ``pixel_scale theta_e e1 e2 x_source y_source source_size`` as far as they are known; what is
        there already stays, but infinity is unknown, as NaN is; what follows from NaN is NaN. The ellipticity
        is (1 - q) / (1 + q) along the orientation of the lens, with y up, and zero for point masses and SIS.
        The position of the source is that of the columns x and y, relative to the lens, wherever the centring
        of the image has put it.

    Examples
    --------
    >>> derive({"einsteinradius": 20.0, "ellipseratio": 0.5, "orientation": 45.0, "x": 3.0}, 0.1)["theta_e"]
    2.0
    """
    columns = _finite(columns)
    scale = columns.get("pixel_scale", DEFAULT_SCALE if pixel_scale is None else pixel_scale)
    found = {}
    for name, length in (("theta_e", "einsteinradius"), ("x_source", "x"), ("y_source", "y"),
                         ("source_size", "sigma")):
        if length in columns:
            found[name] = columns[length] * scale
    if (pair := _ellipticity(columns)) is not None:
        found["e1"], found["e2"] = pair
    return ({"pixel_scale": scale} if found else {}) | _finite(found) | columns


def _finite(columns):
    """Return columns with NaN for infinity."""
    return {name: math.nan if isinstance(value, float) and math.isinf(value) else value
            for name, value in columns.items()}


def _ellipticity(columns):
    """Return the two components of the ellipticity of a lens, None where they are not known."""
    if str(columns.get("lens", "")).lower() in ROUND_LENSES:
        return 0.0, 0.0
    ratio, angle = columns.get("ellipseratio"), columns.get("orientation")
    if ratio is None:
        return None
    if not 0 < ratio <= 1:  # true for NaN as well
        return math.nan, math.nan
    size = (1 - ratio) / (1 + ratio)
    if size == 0:
        return 0.0, 0.0
    if angle is None:
        return None
    if math.isnan(angle):
        return math.nan, math.nan
    return size * math.cos(2 * math.radians(angle)), size * math.sin(2 * math.radians(angle))
