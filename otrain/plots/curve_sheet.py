"""One picture of what a cube of light curves holds: small curves, class by class, events in colour."""

import numpy as np

from otrain.plots.contact_sheet import encode, stack_bands

__all__ = ["curve_sheet", "curve_sheet_png", "draw_curve"]

_TILE = (90, 306)  # pixel; height and width of one curve
_MARGIN = 4  # pixel
_COLOURS = np.array([[95, 99, 104], [0, 114, 178], [213, 94, 0]], np.uint8)  # continuum, planet, binary
_PALE = np.array([248, 248, 248], np.uint8)


def draw_curve(flux, label=None, *, size=_TILE):
    """Return a light curve as a picture.

    Parameters
    ----------
    flux : (L,) ndarray
        NaN where there is none: nothing is drawn there.
    label : (L,) ndarray, optional
        0 continuum (grey), 1 planet (blue), 2 binary (orange); NaN: not known (grey).
    size : (int, int)
        Height and width [pixel].

    Returns
    -------
    (h, w, 3) uint8 ndarray
        RGB. The range is that of the 0.5 % to 99.5 % of the points, and of every labelled one.
    """
    height, width = size
    picture = np.full((height, width, 3), _PALE, np.uint8)
    known = np.flatnonzero(np.isfinite(flux))
    if not len(known):
        return picture
    kinds = np.zeros(len(flux)) if label is None else np.nan_to_num(np.asarray(label, float))
    kinds = kinds[known].astype(int)
    values = flux[known]
    low, high = np.percentile(values, [0.5, 99.5])
    if (kinds > 0).any():
        low, high = min(low, values[kinds > 0].min()), max(high, values[kinds > 0].max())
    span = (high - low) or 1.0
    inner = height - 2 * _MARGIN - 1
    y = _MARGIN + np.rint((high - np.clip(values, low, high)) / span * inner).astype(int)
    x = _MARGIN + (known * (width - 2 * _MARGIN)) // len(flux)
    for kind in (0, 2, 1):  # events above the continuum, planets above all
        rows = kinds == kind
        dots = ((0, 0), (0, 1), (1, 0), (1, 1)) if kind else ((0, 0), (1, 0))
        for down, right in dots:
            picture[np.minimum(y[rows] + down, height - 1), np.minimum(x[rows] + right, width - 1)] = \
                _COLOURS[kind]
    return picture


def curve_sheet(parts, channels):
    """Return the sheet as an image.

    Parameters
    ----------
    parts : list of (str, (K, L, C) ndarray, list of str)
        For each class its heading, light curves and titles.
    channels : tuple of str
        ``residual``, or else ``flux`` or the first one, is drawn; ``label`` colours the points.

    Returns
    -------
    (h, w, 3) uint8 ndarray
        RGB.
    """
    shown = next((channels.index(name) for name in ("residual", "flux") if name in channels), 0)
    label = channels.index("label") if "label" in channels else None
    bands = [(heading, [draw_curve(curve[:, shown], None if label is None else curve[:, label])
                        for curve in curves], titles) for heading, curves, titles in parts]
    return stack_bands(bands, _TILE[1])


def curve_sheet_png(parts, channels):
    """Return the sheet as the bytes of a PNG file; parameters as for `curve_sheet`."""
    return encode(curve_sheet(parts, channels))
