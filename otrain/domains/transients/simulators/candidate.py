"""What a kind of candidate adds to a scene, before it is scaled to the flux that the scene asks for."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Candidate", "Kind", "deposit"]


@dataclass
class Candidate:
    """Additions to the images. Transforms are skies before the PSF; pixels come after it.

    Parameters
    ----------
    fixed : complex ndarray or 0
        Sky that both epochs have, as bright as it is (a host galaxy, a star underneath).
    fixed_subtracted : complex ndarray or 0
        The same as the subtraction sees it: slightly elsewhere, slightly brighter.
    static, new, residual : complex ndarray or 0
        Sky of both epochs; of the science image alone; of the difference alone.
        These and the pixels below are scaled together, such that the difference
        has the flux that the scene asks for.
    science, template, difference : (size, size) ndarray or 0
        Pixels added to each image. What is added to science is not added to the
        difference by itself.
    mask : (size, size) bool ndarray, optional
        Pixels without a value.
    details : dict
        What the truth table tells besides.
    """

    fixed: object = 0
    fixed_subtracted: object = 0
    static: object = 0
    new: object = 0
    residual: object = 0
    science: object = 0
    template: object = 0
    difference: object = 0
    mask: np.ndarray | None = None
    details: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One kind of real or bogus candidate.

    Parameters
    ----------
    make : callable
        ``make(rng, scene, grid) -> Candidate``.
    weight : float
        How often it is drawn, relative to the other kinds of its class.
    faintest, brightest : float
        Range of signal-to-noise ratios at which it occurs.
    compact : bool
        Whether it leaves the border of a cutout alone.
    summary : str
        What it is, in one line.
    """

    make: object
    weight: float
    compact: bool
    summary: str
    faintest: float = 0.0
    brightest: float = np.inf


def deposit(image, x, y, value):
    """Add values to an image at sub-pixel positions, shared by the four nearest pixels."""
    size = len(image)
    x, y, value = np.broadcast_arrays(np.atleast_1d(x) + size // 2, np.atleast_1d(y) + size // 2, value)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, up = x - column, y - row
    for dy, weight_y in ((0, 1 - up), (1, up)):
        for dx, weight_x in ((0, 1 - right), (1, right)):
            i, j = row + dy, column + dx
            inside = (i >= 0) & (i < size) & (j >= 0) & (j < size)
            np.add.at(image, (i[inside], j[inside]), (value * weight_x * weight_y)[inside])
    return image
