"""Pictures of candidates: one file each, titled, or a gallery in one figure.

Files are composed with numpy and OpenCV, because a matplotlib figure for each
of thousands of cutouts takes many times as long.
"""

from pathlib import Path

import cv2
import numpy as np

from otrain.data.inputs.products import marked_png
from otrain.plots.stretch import to_rgb
from otrain.plots.style import empty_figure, figure_and_axes

__all__ = ["gallery", "picture", "with_title", "write_cutouts"]

_SIDE = 252  # pixel; about the side of one channel in a written picture
_LARGEST = 1024  # pixel; larger cutouts are thinned out
_GAP = 4  # pixel between channels
_TITLE = 26  # pixel; height of the strip that holds the title
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def picture(image, *, side=_SIDE):
    """Return the channels of one candidate side by side, each in its own stretch.

    Parameters
    ----------
    image : (H, W, C) or (L, C) ndarray
        Any unit; pixels without a value (NaN, Inf) become a green and yellow hatch. A curve of L
        points is drawn as a line for each channel, with a gap where it has no value.
    side : int
        Wanted side of one channel [pixel]. Cutouts are enlarged by a whole
        factor, so that one pixel stays one square.

    Returns
    -------
    (h, w, 3) uint8 ndarray
        RGB.
    """
    if image.ndim == 2:
        return _curves(image, side)
    height, width, channels = image.shape
    step = -(-max(height, width) // _LARGEST)
    factor = max(1, side // max(height, width))
    parts = []
    for channel in range(channels):
        rgb = to_rgb(image[::step, ::step, channel])
        size = (rgb.shape[1] * factor, rgb.shape[0] * factor)
        parts.append(cv2.resize(rgb, size, interpolation=cv2.INTER_NEAREST))
        parts.append(np.full((size[1], _GAP, 3), 255, np.uint8))
    return np.concatenate(parts[:-1], axis=1)


def _curves(curve, side):
    """Return the channels of a curve below one another, each over its own range, twice as wide as high."""
    height, width = max(24, side // curve.shape[1]), 2 * side
    parts = []
    for values in np.asarray(curve, float).T:
        panel = np.full((height, width, 3), 255, np.uint8)
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            low, high = np.percentile(values[known], [0.5, 99.5])
            level = np.clip((values - low) / max(high - low, 1e-12), -0.05, 1.05)
            x = np.rint(known * (width - 3) / max(1, len(values) - 1)).astype(np.int32) + 1
            y = np.rint((0.93 - 0.86 * level[known]) * (height - 1)).astype(np.int32)
            pieces = np.split(np.arange(len(known)), np.flatnonzero(np.diff(known) > 1) + 1)
            lines = [np.stack([x[piece], y[piece]], axis=1)[:, None] for piece in pieces]
            cv2.polylines(panel, lines, False, (0, 114, 178), 1, cv2.LINE_AA)
        parts += [panel, np.full((_GAP, width, 3), 200, np.uint8)]
    return np.concatenate(parts[:-1])


def write_cutouts(folder, images, titles, *, start=0):
    """Write one PNG file ``cutout_<i>.png`` for each candidate.

    Parameters
    ----------
    folder : path-like
        Made if absent, also when there is nothing to write into it.
    images : (N, H, W, C) ndarray, or iterable of (H, W, C)
        The cutouts.
    titles : iterable of str
        One line for each cutout, written above it.
    start : int
        Number of the first file.

    Returns
    -------
    int
        Number of files written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for image, title in zip(images, titles, strict=True):
        image = np.asarray(image)
        titled = with_title(picture(image), title)
        # Only the hatch has colour, and a grey file is written three times as fast.
        titled = titled[..., 0] if np.isfinite(image).all() else titled[..., ::-1]
        _, content = cv2.imencode(".png", titled, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        (folder / f"cutout_{start + count}.png").write_bytes(marked_png(content.tobytes()))
        count += 1
    return count


def with_title(rgb, title):
    """Return an RGB picture with its title on a white strip above it, widened if need be."""
    # OpenCV's fonts have ASCII only.
    title = str(title).replace("±", "+/-").encode("ascii", "replace").decode()
    scale = 0.45
    (text_width, text_height), _ = cv2.getTextSize(title, _FONT, scale, 1)
    width = max(rgb.shape[1], text_width + 8)
    left = (width - rgb.shape[1]) // 2
    canvas = np.full((rgb.shape[0] + _TITLE, width, 3), 255, np.uint8)
    canvas[_TITLE:, left:left + rgb.shape[1]] = rgb
    cv2.putText(canvas, title, ((width - text_width) // 2, (_TITLE + text_height) // 2), _FONT, scale,
                (0, 0, 0), 1, cv2.LINE_AA)
    return canvas


def gallery(images, titles, *, columns=None):
    """Draw candidates as a contact sheet.

    Parameters
    ----------
    images : (N, H, W, C) ndarray
        The cutouts.
    titles : sequence of N str
        A few short lines each.
    columns : int, optional
        Candidates in a row; by default four, or two if each has several channels.

    Returns
    -------
    Figure
    """
    if not len(images):
        return empty_figure()
    channels = max(np.shape(image)[-1] for image in images)
    return picture_gallery([picture(np.asarray(image), side=126) for image in images], titles,
                           columns=columns or (4 if channels == 1 else 2), channels=channels)


def picture_gallery(pictures, titles, *, columns, channels):
    """Draw pictures that are already there as a contact sheet.

    Parameters
    ----------
    pictures : sequence of N (h, w, 3) uint8 ndarray
        RGB.
    titles : sequence of N str
    columns : int
        Pictures in a row.
    channels : int
        How many squares lie side by side in a picture.

    Returns
    -------
    Figure
    """
    rows = -(-len(pictures) // columns)
    width, lines = 6.4, 1 + max(str(title).count("\n") for title in titles)
    height = rows * (width / (columns * channels) + 0.1 + 0.16 * lines)
    figure, axes = figure_and_axes(rows, columns, height=height, squeeze=False)
    for panel in axes.flat:
        panel.set_axis_off()
    for panel, rgb, title in zip(axes.flat, pictures, titles):
        panel.imshow(rgb, interpolation="nearest")
        panel.set_title(title, fontsize=8.5, pad=2, parse_math=False)
    return figure
