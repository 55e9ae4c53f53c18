"""Heat maps laid over cutouts, one file each, drawn like the pictures of `otrain.plots.cutouts`.

The heat goes from black over red to yellow (inferno): its lightness only rises, so it
reads alike in grey and to colour-blind eyes. The published figures used a rainbow
(jet), whose bright bands suggest edges where there are none.
"""

from pathlib import Path

import cv2
import numpy as np

from otrain.plots.cutouts import picture, with_title
from otrain.plots.png import png_of

__all__ = ["overlay", "write_overlays"]

_SIDE = 252  # pixel; about the side of one channel
_OPAQUE = 0.75  # of the hottest place
_GAP = 4  # pixel between cutout and overlay
_STRIP = 24  # pixel; height of the heat below a curve
_OUTLINE = (86, 180, 233)  # sky blue of Okabe & Ito (2008), which neither grey nor inferno has


def overlay(image, heat, *, channel=-1):
    """Return the channels of a cutout and, right of them, one channel under its heat.

    Parameters
    ----------
    image : (H, W, C) or (L, C) ndarray
        Pixels without a value are hatched. Of a curve the heat lies in a strip below it.
    heat : (H, W) or (L,) ndarray
        Not negative; scaled to its own maximum. Opaque where it is hot, clear where it
        is cold; the line surrounds what is hotter than half of the maximum.
    channel : int
        Which one lies under the heat.

    Returns
    -------
    (h, w, 3) uint8 ndarray
        RGB.
    """
    if image.ndim == 2:
        return _below_heat(picture(image, side=_SIDE), heat)
    plain = picture(image, side=_SIDE)
    under = picture(image[..., channel, None], side=1)
    factor = len(plain) // len(under)
    hottest = float(np.max(heat))
    if hottest > 0:
        level = cv2.resize(np.asarray(heat, np.float32) / hottest, under.shape[1::-1])
        under = _outlined(_enlarged(_blended(under, level), factor), level)
    else:
        under = _enlarged(under, factor)
    return np.concatenate([plain, np.full((len(plain), _GAP, 3), 255, np.uint8), under], axis=1)


def _below_heat(plain, heat):
    """Return the picture of a curve with its heat in a strip below."""
    heat = np.asarray(heat, np.float32).reshape(1, -1)
    level = np.rint(255 * heat / max(float(heat.max()), 1e-30)).astype(np.uint8)
    strip = cv2.applyColorMap(cv2.resize(level, (plain.shape[1], _STRIP)), cv2.COLORMAP_INFERNO)[..., ::-1]
    return np.concatenate([plain, np.full((_GAP, plain.shape[1], 3), 255, np.uint8), strip])


def _blended(rgb, level):
    """Mix colours pixel by pixel of the cutout, so that each stays one square."""
    colour = cv2.applyColorMap(np.rint(255 * level).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    share = (_OPAQUE * level)[..., None]
    return (rgb + share * (colour.astype(np.float32) - rgb)).astype(np.uint8)


def _enlarged(rgb, factor):
    size = (rgb.shape[1] * factor, rgb.shape[0] * factor)
    return cv2.resize(rgb, size, interpolation=cv2.INTER_NEAREST)


def _outlined(rgb, level):
    hot = cv2.resize(level, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR) >= 0.5
    lines, _ = cv2.findContours(hot.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(rgb, lines, -1, _OUTLINE, 1)


def write_overlays(folder, images, maps, titles, *, channel=-1, start=0):
    """Write one PNG file ``cutout_CAM_<i>.png`` for each candidate, under the name of O'TRAIN.

    Parameters
    ----------
    folder : path-like
        Made if absent.
    images : (N, H, W, C) ndarray
    maps : (N, H, W) ndarray
    titles : iterable of str
        One line for each cutout.
    channel : int
        Which one lies under the heat.
    start : int
        Number of the first file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (image, heat, title) in enumerate(zip(images, maps, titles, strict=True), start):
        drawn = with_title(overlay(np.asarray(image), heat, channel=channel), title)
        (folder / f"cutout_CAM_{number}.png").write_bytes(png_of(drawn))
