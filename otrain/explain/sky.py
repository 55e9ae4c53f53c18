"""Empty sky in the style of a cutout: what stands in for pixels that are taken away.

A constant would not do: networks that scale by the noise of the cutout would see
a cutout without noise.
"""

import numpy as np

__all__ = ["blank_sky", "level_and_noise"]

MAD_OF_SIGMA = 0.6745  # median absolute deviation of a Gaussian, in standard deviations


def level_and_noise(images):
    """Return median and robust standard deviation of each channel, each (n, 1, 1, C) or (n, 1, C) float32.

    Parameters
    ----------
    images : (n, H, W, C) or (n, L, C) ndarray
        Non-finite pixels are ignored; a channel without any other has 0 and 0.
    """
    n, channels = images.shape[0], images.shape[-1]
    one_each = (n, *[1] * (images.ndim - 2), channels)
    pixels = np.where(np.isfinite(images), images, np.nan).reshape(n, -1, channels)
    empty = np.isnan(pixels).all(axis=1, keepdims=True)
    pixels = np.where(empty, 0, pixels)
    level = np.nanmedian(pixels, axis=1, keepdims=True)
    noise = np.nanmedian(np.abs(pixels - level), axis=1, keepdims=True) / MAD_OF_SIGMA
    return level.reshape(one_each).astype(np.float32), noise.reshape(one_each).astype(np.float32)


def blank_sky(images, *, seed=0):
    """Return cutouts of the same sky level and noise without anything on them.

    Parameters
    ----------
    images : (n, H, W, C) or (n, L, C) ndarray
    seed : int
        Of the noise, which is white.

    Returns
    -------
    float32 ndarray of the same shape
        Pixels without a value keep none (NaN).
    """
    level, noise = level_and_noise(images)
    draws = np.random.default_rng(seed).standard_normal(images.shape, np.float32)
    return np.where(np.isfinite(images), level + noise * draws, np.float32(np.nan))
