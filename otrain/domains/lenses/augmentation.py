"""Turns and mirrors of a batch of images of lenses, together with the numbers that are to be learnt.

They are about the origin, which is pixel ``(H // 2, W // 2)`` of sides that are even, as CosmoSim and our
own images have it, not about the middle of the array half a pixel away. What the image does not hold, the
first row or column of a mirrored one, has no value.
"""

import numpy as np

from otrain.domains.lenses.symmetries import TargetLaw
from otrain.errors import UsageError

__all__ = ["CHANGES", "rotate_images", "turn_alone", "turn_images"]

# By the bits of its number a symmetry mirrors rows (y), columns (x), and swaps both (x, y = -y, -x).
_ALL, _OF_RECTANGLES = range(8), range(4)


def turn_images(images, code):
    """Return images under one of the eight symmetries of the square, about their origin.

    Parameters
    ----------
    images : (N, H, W, C) float ndarray
    code : int
        From 0, which changes nothing: 1 turns y around, 2 turns x around, 4 swaps -x and y.

    Returns
    -------
    (N, H, W, C) ndarray
        No pixel is interpolated. Row or column 0 of a mirrored image is NaN: its mirror image lies one pixel
        beyond the other end.
    """
    for axis, bit in ((1, 1), (2, 2)):
        if code & bit:
            images = _mirrored(images, axis)
    return images.transpose(0, 2, 1, 3) if code & 4 else images


def _mirrored(images, axis):
    """Return images whose pixel k along an axis is pixel n - k."""
    mirrored = np.full_like(images, np.nan)
    here = (slice(None),) * axis
    mirrored[*here, slice(1, None)] = images[*here, slice(None, 0, -1)]
    return mirrored


def _effect(code):
    """Return the unit, and whether it mirrors, of a symmetry."""
    unit, mirrored = 1 + 0j, False
    for bit, factor in ((1, 1), (2, -1), (4, -1j)):  # each takes z to the factor times its conjugate
        if code & bit:
            unit, mirrored = factor * unit.conjugate(), not mirrored
    return unit, mirrored


def rotate_images(images, angles):
    """Return images turned by any angle about their origin, by linear interpolation.

    Parameters
    ----------
    images : (N, H, W, C) float32 ndarray
    angles : (N,) ndarray
        Anticlockwise [rad].

    Returns
    -------
    (N, H, W, C) float32 ndarray
        NaN where the image had no pixel. The noise becomes smoother.
    """
    import cv2

    height, width = images.shape[1:3]
    rotated = np.empty(images.shape, np.float32)
    for image, target, angle in zip(images, rotated, np.degrees(angles), strict=True):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(angle), 1.0)
        for channel in range(images.shape[3]):
            target[..., channel] = cv2.warpAffine(
                np.ascontiguousarray(image[..., channel], np.float32), matrix, (width, height),
                flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=float("nan"))
    return rotated


class _Change:
    """A change that has to know which numbers are learnt: `for_targets` gives one that does."""

    def __call__(self, images, targets, weights, rng):
        raise UsageError("this change of lenses needs the names of what is learnt. Ask it with for_targets.")


class _Turns(_Change):
    """One of the eight symmetries at random, or of those that the numbers allow."""

    def for_targets(self, names):
        """Return ``change(images, targets, weights, rng)`` for numbers in this order, in their own units.

        Raises
        ------
        UsageError
            If nobody knows how one of them changes.
        """
        law = TargetLaw(names)
        allowed = [code for code in _ALL if law.allows(_effect(code)[0])]

        def change(images, targets, weights, rng):
            square = images.shape[1] == images.shape[2]
            codes = rng.choice(allowed if square else [code for code in allowed if code in _OF_RECTANGLES],
                               len(images))
            turned, changed = np.empty_like(images), np.array(targets)
            for code in np.unique(codes).tolist():
                rows = codes == code
                unit, mirrored = _effect(code)
                turned[rows] = turn_images(images[rows], code)
                changed[rows] = law.change(targets[rows], unit, mirrored=mirrored)
            return turned, changed, weights

        return change


class _Rotations(_Change):
    """A turn by any angle."""

    def for_targets(self, names):
        """Return ``change(images, targets, weights, rng)``; parameters as for `_Turns`.

        Raises
        ------
        UsageError
            If nobody knows how one of them changes, or one of a pair that is mixed is not there.
        """
        law = TargetLaw(names)
        if not law.allows(np.exp(1j)):
            raise UsageError("--augment rotations mixes the two parts of positions, ellipticities and "
                             f"amplitudes, and only one of a pair is learnt: {', '.join(names)}. Take "
                             "--augment turns.")

        def change(images, targets, weights, rng):
            angles = rng.uniform(0, 2 * np.pi, len(images))
            return (rotate_images(images, angles),
                    law.change(targets, np.exp(1j * angles), mirrored=False).astype(targets.dtype), weights)

        return change


def turn_alone(images, rng):
    """Return each image under a random symmetry, where nothing that is learnt changes with it."""
    codes = rng.choice(_ALL if images.shape[1] == images.shape[2] else _OF_RECTANGLES, len(images))
    turned = np.empty_like(images)
    for code in np.unique(codes).tolist():
        turned[codes == code] = turn_images(images[codes == code], code)
    return turned


CHANGES = {"turns": _Turns(), "rotations": _Rotations()}
