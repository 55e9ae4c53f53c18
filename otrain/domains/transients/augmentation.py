"""Changes of a batch of cutouts that leave the label alone: turns, flips, shifts, noise.

Each is ``(images, rng) -> images`` on a whole batch ``(N, H, W, C)``; NaN, the
mask of a pixel, moves with its pixel. Turns, flips and shifts keep every pixel
value, hence the flux.
"""

import numpy as np

__all__ = ["AUGMENTATIONS", "WITH_PIXELS", "add_noise", "shift", "turn_and_flip", "turn_together"]

MAD_TO_SIGMA = 1.4826  # of a normal distribution


def turn_and_flip(images, rng):
    """Return each image under a random one of the eight symmetries of the square.

    Parameters
    ----------
    images : (N, H, W, C) ndarray
    rng : numpy.random.Generator

    Returns
    -------
    (N, H, W, C) ndarray
        Exact: no pixel is interpolated. Images that are not square are flipped
        and turned by 180 degrees only.
    """
    return _turned(images, _drawn(images, rng))


def turn_together(images, targets, weights, rng):
    """Return images, and what is to be learnt of each of their pixels, under the same random symmetries.

    Parameters
    ----------
    images : (N, H, W, C) ndarray
    targets : (N, H, W, K) ndarray
    weights : (N, H, W) ndarray
    rng : numpy.random.Generator
    """
    choice = _drawn(images, rng)
    return _turned(images, choice), _turned(targets, choice), _turned(weights[..., None], choice)[..., 0]


def _drawn(images, rng):
    """Return the number of a symmetry for each image; of four where images are not square."""
    return rng.integers(8 if images.shape[1] == images.shape[2] else 4, size=len(images))


def _turned(images, choice):
    turned = np.empty_like(images)
    for code in np.unique(choice):
        turned[choice == code] = _symmetry(images[choice == code], code)
    return turned


def _symmetry(images, code):
    """Return images flipped by the two lowest bits of `code` and transposed by the third."""
    if code & 1:
        images = images[:, ::-1]
    if code & 2:
        images = images[:, :, ::-1]
    return images.transpose(0, 2, 1, 3) if code & 4 else images


def shift(images, rng, *, largest=2):
    """Return each image moved by a random whole number of pixels.

    Parameters
    ----------
    images : (N, H, W, C) float ndarray
    rng : numpy.random.Generator
    largest : int
        Largest shift along each axis [pixel].

    Returns
    -------
    (N, H, W, C) ndarray
        Vacated pixels are NaN; what leaves the image is lost.
    """
    moved = np.full_like(images, np.nan)
    for image, target, (dy, dx) in zip(images, moved, rng.integers(-largest, largest + 1, (len(images), 2)),
                                       strict=True):
        to_y, from_y = _overlap(dy, image.shape[0])
        to_x, from_x = _overlap(dx, image.shape[1])
        target[to_y, to_x] = image[from_y, from_x]
    return moved


def _overlap(step, length):
    """Return the slices of the target and of the source of a shift along one axis."""
    step = int(np.clip(step, -length, length))
    return slice(max(step, 0), length + min(step, 0)), slice(max(-step, 0), length - max(step, 0))


def add_noise(images, rng, *, fraction=0.1):
    """Return images with normal noise of a fraction of their own noise.

    Parameters
    ----------
    images : (N, H, W, C) float ndarray
    rng : numpy.random.Generator
    fraction : float
        Standard deviation of the added noise, in units of the noise of each
        image and channel: 1.4826 times the median absolute deviation of its
        finite pixels.

    Returns
    -------
    (N, H, W, C) ndarray
        NaN stays NaN. An image without a finite pixel is unchanged.
    """
    known = np.where(np.isfinite(images).any(axis=(1, 2), keepdims=True), images, 0)
    centre = np.nanmedian(known, axis=(1, 2), keepdims=True)
    sigma = MAD_TO_SIGMA * np.nanmedian(np.abs(known - centre), axis=(1, 2), keepdims=True)
    noise = rng.standard_normal(images.shape, dtype=np.float32)
    return (images + fraction * sigma * noise).astype(images.dtype, copy=False)


AUGMENTATIONS = {"turns": turn_and_flip, "shifts": shift, "noise": add_noise}

# Where each pixel has a class: (images, targets, weights, rng) to the first three.
WITH_PIXELS = {"turns": turn_together,
               "noise": lambda images, targets, weights, rng: (add_noise(images, rng), targets, weights)}
