"""What an image looks like in a few numbers that no network has chosen: noise, power by scale, extremes.

A network learns to look past what does not matter for its task, so that its features may not tell another
point-spread function or more noise. These numbers do.
"""

from functools import lru_cache

import numpy as np

from otrain.data.cubes.table import NO_VALUE

__all__ = ["VERSION", "image_statistics", "statistics_count"]

VERSION = 1  # of the numbers and their order; an alarm is of no use with other ones
BLOCKS = (1, 2, 4)  # pixel that are averaged before noise is measured
FEWEST_BLOCKS = 8  # along a side
RINGS = (0.0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 1.0)  # edges of spatial frequency [cycles/pixel]
LEAST = 1e-30  # in place of 0 where a logarithm is taken
MEDIAN_OF_NORMAL = 0.6744897501960817  # median of |x| of a normal distribution


def statistics_count(shape):
    """Return how many numbers `image_statistics` gives for an example of a shape; 0 for a series."""
    if len(shape) != 3:
        return 0
    return shape[-1] * (len(_blocks(shape)) + len(_rings(*shape[:2])[1]) + 3)


def image_statistics(image):
    """Return the statistics of one prepared image.

    For each channel, as decimal logarithms of what has the unit of the pixels or its square: the noise from
    second differences along both axes of means of 1, 2 and 4 pixels a side (median of the sizes, as a
    standard deviation); the mean power in rings of spatial frequency; how far the brightest and the faintest
    pixel lie from the median; the largest second difference.

    Parameters
    ----------
    image : (H, W, C) ndarray
        A pixel that is not finite, or beyond 1e30, has no value: the median stands in its place, as
        networks mask it.

    Returns
    -------
    (S,) float64 ndarray
        Finite always. Empty for examples that are no images.
    """
    if np.ndim(image) != 3:
        return np.empty(0)
    return np.concatenate([_of_channel(image[..., c]) for c in range(image.shape[-1])])


def _of_channel(pixels):
    pixels = np.asarray(pixels, np.float64)
    known = np.abs(pixels) < NO_VALUE  # false for NaN as well
    values = pixels[known]
    middle = float(np.median(values)) if len(values) else 0.0
    deviation = np.where(known, pixels, middle) - middle
    first = _second_differences(deviation)
    noise = [_noise(first if side == 1 else _second_differences(_block_means(deviation, side)))
             for side in _blocks(deviation.shape)]
    place, filled = _rings(*deviation.shape)
    power = np.abs(np.fft.rfft2(deviation)) ** 2 / deviation.size
    sums, counts = (np.bincount(place.ravel(), weights, len(RINGS)) for weights in (power.ravel(), None))
    sizes = [*noise, *(sums[filled] / counts[filled]), deviation.max(), -deviation.min(),
             np.abs(first).max() if first.size else 0.0]
    return np.log10(np.maximum(sizes, LEAST))


def _blocks(shape):
    return [side for side in BLOCKS if side == 1 or min(shape[:2]) // side >= FEWEST_BLOCKS]


def _block_means(image, side):
    rows, columns = (length // side for length in image.shape)
    cut = image[:rows * side, :columns * side]
    return cut.reshape(rows, side, columns, side).mean(axis=(1, 3))


def _second_differences(image):
    """Return second differences along both axes, of the same deviation as white noise in the image."""
    for _ in range(2):
        if len(image) > 2:
            image = (2 * image[1:-1] - image[:-2] - image[2:]) / 6 ** 0.5
        image = image.T
    return image


def _noise(differences):
    return float(np.median(np.abs(differences))) / MEDIAN_OF_NORMAL if differences.size else 0.0


@lru_cache(maxsize=8)
def _rings(height, width):
    """Return the ring of each number that ``rfft2`` gives (0: none), and the rings that have any."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    place = np.searchsorted(RINGS, frequency, side="left")
    found = np.unique(place)
    return place, found[found > 0]
