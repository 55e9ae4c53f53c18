"""One picture of what a data cube holds: rows of reals, rows of bogus, each with name and magnitude."""

import cv2
import numpy as np

from otrain.data.inputs.products import marked_png
from otrain.plots.cutouts import picture
from otrain.plots.stretch import to_rgb

__all__ = ["contact_sheet", "contact_sheet_png", "encode", "stack_bands", "write_contact_sheet"]

_WIDTH = 1280  # pixel
_TILE = 72  # pixel; side of one channel of one cutout
_LARGEST = 256  # pixel; larger cutouts are thinned out before they are drawn
_GAP = 8  # pixel
_TITLE, _HEADING = 15, 30  # pixel; heights of the strips of text
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def contact_sheet(parts, *, tile=_TILE):
    """Return the sheet as an image.

    Parameters
    ----------
    parts : list of (str, (K, H, W, C) ndarray, list of str)
        For each class its heading, images and titles. Each channel is drawn
        in its own zscale stretch; pixels without a value are hatched. A title may be
        a tuple of several lines.
    tile : int
        Side of one channel of one cutout [pixel].

    Returns
    -------
    (h, w, 3) uint8 ndarray
        RGB.
    """
    return stack_bands([(heading, [_tile(image, tile) for image in images], titles)
                        for heading, images, titles in parts], tile)


def stack_bands(parts, width):
    """Return pictures of equal size under a heading for each class, as one image.

    Parameters
    ----------
    parts : list of (str, list of (h, w, 3) uint8 ndarray, list of str or tuple of str)
        Heading, pictures and their titles.
    width : int
        Width of a picture where there is none [pixel].

    Returns
    -------
    (H, W, 3) uint8 ndarray
    """
    width = max([one.shape[1] for _, tiles, _ in parts for one in tiles], default=width)
    across = max(1, (_WIDTH - _GAP) // (width + _GAP))
    return np.concatenate([_band(heading, tiles, titles, width, across) for heading, tiles, titles in parts])


def encode(sheet, *, grey=False):
    """Return a picture as the bytes of a PNG file; grey pictures are written three times as fast."""
    good, data = cv2.imencode(".png", sheet[..., 0] if grey else sheet[..., ::-1],
                              [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not good:
        raise OSError("the contact sheet cannot be encoded")
    return marked_png(data.tobytes())


def contact_sheet_png(parts, *, tile=_TILE):
    """Return the sheet as the bytes of a PNG file; parameters as for `contact_sheet`."""
    sheet = contact_sheet(parts, tile=tile)
    # Only the hatch has colour.
    return encode(sheet, grey=all(np.isfinite(image).all() for _, images, _ in parts for image in images))


def write_contact_sheet(path, parts, *, tile=_TILE):
    """Write the sheet as a PNG file; parameters as for `contact_sheet`."""
    path.write_bytes(contact_sheet_png(parts, tile=tile))


def _tile(image, side):
    """The channels of one cutout side by side, each as large as a tile; of a curve, its lines."""
    if image.ndim == 2:
        return picture(image, side=side)
    step = -(-max(image.shape[:2]) // _LARGEST)
    image = image[::step, ::step]
    scale = side / max(image.shape[:2])
    size = tuple(max(1, round(extent * scale)) for extent in image.shape[1::-1])
    how = cv2.INTER_NEAREST if scale > 1 else cv2.INTER_AREA
    return np.concatenate([cv2.resize(to_rgb(image[..., channel]), size, interpolation=how)
                           for channel in range(image.shape[-1])], axis=1)


def _band(heading, tiles, titles, width, across):
    """One class: its heading and its tiles in rows."""
    height = max([tile.shape[0] for tile in tiles], default=0)
    rows = -(-len(tiles) // across)
    titles = [(title,) if isinstance(title, str) else title for title in titles]
    strip = _TITLE * max(map(len, titles), default=1)
    pitch_y, pitch_x = height + strip + _GAP, width + _GAP
    sheet = np.full((_HEADING + rows * pitch_y, max(across * pitch_x + _GAP, _WIDTH), 3), 255, np.uint8)
    cv2.putText(sheet, _ascii(heading), (_GAP, 21), _FONT, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    for place, (tile, title) in enumerate(zip(tiles, titles, strict=True)):
        top = _HEADING + place // across * pitch_y
        left = _GAP + place % across * pitch_x
        sheet[top + strip:top + strip + tile.shape[0], left:left + tile.shape[1]] = tile
        for number, line in enumerate(title):
            cv2.putText(sheet, _fitted(line, width), (left, top + 11 + number * _TITLE), _FONT, 0.34,
                        (60, 60, 60), 1, cv2.LINE_AA)
    return sheet


def _fitted(title, width):
    """A title that fits above its tile; the end of a long name says more than its start."""
    title = _ascii(title)
    while len(title) > 4 and cv2.getTextSize(title, _FONT, 0.34, 1)[0][0] > width:
        title = ".." + title[3:] if title.startswith("..") else ".." + title[2:]
    return title


def _ascii(text):
    # The fonts of OpenCV know no other letters.
    return text.replace("±", "+/-").encode("ascii", "replace").decode().replace("\n", " ")
