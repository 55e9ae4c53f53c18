"""A picture as a source: a real galaxy, seen through a lens."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from otrain.domains.lenses.physics.floats import float_arrays

__all__ = ["PictureSource"]


@dataclass(frozen=True, eq=False)
class PictureSource:
    """Picture of a galaxy, interpolated linearly between its pixels and black outside.

    Parameters
    ----------
    picture : (H, W) ndarray
        Grey levels, first row at the top; without a sky. NaN counts as black.
    scale : float
        Side of a pixel of the picture in the unit of the image.
    theta : float
        By which the picture is turned, anticlockwise [rad].
    x, y : float
        Position of the picture's middle.
    """

    picture: Any
    scale: float = 1.0
    theta: float = 0.0
    x: float = 0.0
    y: float = 0.0

    def brightness(self, x, y):
        """Return the brightness [grey level]."""
        x, y = float_arrays(x, y)
        kind = x.dtype.type
        c, s = kind(np.cos(self.theta) / self.scale), kind(np.sin(self.theta) / self.scale)
        dx, dy = x - kind(self.x), y - kind(self.y)
        rows, columns = np.shape(self.picture)
        column, row = c * dx + s * dy + kind(columns / 2 + 0.5), s * dx - c * dy + kind(rows / 2 + 0.5)
        # A border of black pixels lets the picture end without a test for each of the four neighbours.
        framed = np.pad(np.nan_to_num(np.asarray(self.picture, x.dtype)), (1, 2))
        column = np.clip(np.nan_to_num(column), 0, columns + 1)
        row = np.clip(np.nan_to_num(row), 0, rows + 1)
        return _between_pixels(framed, row, column)


def _between_pixels(picture, row, column):
    """Return values at positions inside the picture, by linear interpolation."""
    i, j = row.astype(np.intp), column.astype(np.intp)
    row, column = row - i.astype(row.dtype), column - j.astype(row.dtype)
    flat, place = picture.ravel(), i * picture.shape[1] + j
    upper = flat[place] * (1 - column) + flat[place + 1] * column
    place += picture.shape[1]
    return upper * (1 - row) + (flat[place] * (1 - column) + flat[place + 1] * column) * row
