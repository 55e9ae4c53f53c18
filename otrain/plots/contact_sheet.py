"""One picture of what a data cube holds: rows of reals, rows of bogus, each with name and magnitude."""

import cv2
import numpy as np

from otrain.plots.stretch import to_rgb

__all__ = ["PER_CLASS", "contact_sheet", "write_contact_sheet"]

PER_CLASS = 32
_WIDTH = 1280  # pixel
_TILE = 72  # pixel; side of one channel of one cutout
_LARGEST = 256  # pixel; larger cutouts are thinned out before they are drawn
_GAP = 8  # pixel
_TITLE, _HEADING = 15, 30  # pixel; heights of the strips of text
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def contact_sheet(parts):
    """Return the sheet as an image.

    Parameters
    ----------
    parts : list of (str, (K, H, W, C) ndarray, list of str)
        For each class its heading, images and titles. Each channel is drawn
        in its own zscale stretch; pixels without a value are hatched.

    Returns
    -------
    (h, w, 3) uint8 ndarray
        RGB.
    """
    drawn = [(heading, [_tile(image) for image in images], titles) for heading, images, titles in parts]
    width = max([tile.shape[1] for _, tiles, _ in drawn for tile in tiles], default=_TILE)
    across = max(1, (_WIDTH - _GAP) // (width + _GAP))
    bands = [_band(heading, tiles, titles, width, across) for heading, tiles, titles in drawn]
    return np.concatenate(bands)


def write_contact_sheet(path, parts):
    """Write the sheet as a PNG file; parameters as for `contact_sheet`."""
    good, data = cv2.imencode(".png", contact_sheet(parts)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not good:
        raise OSError(f"{path}: the picture cannot be encoded")
    path.write_bytes(data)


def _tile(image):
    """The channels of one cutout side by side, each as large as a tile."""
    step = -(-max(image.shape[:2]) // _LARGEST)
    image = image[::step, ::step]
    scale = _TILE / max(image.shape[:2])
    size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
    how = cv2.INTER_NEAREST if scale > 1 else cv2.INTER_AREA
    return np.concatenate([cv2.resize(to_rgb(image[..., channel]), size, interpolation=how)
                           for channel in range(image.shape[-1])], axis=1)


def _band(heading, tiles, titles, width, across):
    """One class: its heading and its tiles in rows."""
    height = max([tile.shape[0] for tile in tiles], default=0)
    lines = -(-len(tiles) // across)
    pitch_y, pitch_x = height + _TITLE + _GAP, width + _GAP
    sheet = np.full((_HEADING + lines * pitch_y, max(across * pitch_x + _GAP, _WIDTH), 3), 255, np.uint8)
    cv2.putText(sheet, _ascii(heading), (_GAP, 21), _FONT, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    for place, (tile, title) in enumerate(zip(tiles, titles, strict=True)):
        top = _HEADING + place // across * pitch_y
        left = _GAP + place % across * pitch_x
        sheet[top + _TITLE:top + _TITLE + tile.shape[0], left:left + tile.shape[1]] = tile
        cv2.putText(sheet, _fitted(title, width), (left, top + 11), _FONT, 0.34, (60, 60, 60), 1, cv2.LINE_AA)
    return sheet


def _fitted(title, width):
    """A title that fits above its tile; the end of a long name says more than its start."""
    title = _ascii(title)
    while len(title) > 4 and cv2.getTextSize(title, _FONT, 0.34, 1)[0][0] > width:
        title = ".." + title[3:] if title.startswith("..") else ".." + title[2:]
    return title


def _ascii(text):
    # The fonts of OpenCV know no other letters.
    return text.encode("ascii", "replace").decode().replace("\n", " ")
