"""How far two images of one size are from each other."""

import numpy as np

__all__ = ["MEASURES", "difference_picture", "image_difference", "within_circles"]

# What `image_difference` gives, in the order of tables.
MEASURES = ("norm", "relnorm", "mae", "rmse", "minimum", "maximum", "correlation", "pixels")


def image_difference(first, second):
    """Return numbers that say how far two images are from each other.

    Parameters
    ----------
    first, second : (H, W) or (H, W, C) ndarray
        Pixels; what is not finite in both is equal, what is not finite in one is a difference of the whole
        range of the finite pixels.

    Returns
    -------
    dict of str to float
        ``norm`` is the Euclidean distance, ``relnorm`` that divided by the number of pixels and colours,
        ``mae`` and ``rmse`` the mean absolute and the root mean square difference, ``minimum`` and
        ``maximum`` the extremes of first minus second, ``correlation`` Pearson's (NaN where an image is
        constant), ``pixels`` how many pixels differ.

    Examples
    --------
    >>> told = image_difference(np.array([[0.0, 3.0]]), np.array([[0.0, 7.0]]))
    >>> told["norm"], told["relnorm"], told["minimum"], told["pixels"]
    (4.0, 2.0, -4.0, 1)
    """
    first, second = _finite(np.asarray(first, float), np.asarray(second, float))
    difference = first - second
    norm = float(np.sqrt((difference ** 2).sum()))
    apart = difference != 0 if difference.ndim == 2 else (difference != 0).any(axis=-1)
    return {"norm": norm, "relnorm": norm / difference.size, "mae": float(np.abs(difference).mean()),
            "rmse": norm / float(np.sqrt(difference.size)), "minimum": float(difference.min()),
            "maximum": float(difference.max()), "correlation": _correlation(first, second),
            "pixels": int(apart.sum())}


def within_circles(first, second, step=10):
    """Return the distance per pixel within circles about the centre.

    Parameters
    ----------
    first, second : (H, W) or (H, W, C) ndarray
    step : int
        The radii are its multiples that are smaller than half of the shorter side [pixel].

    Returns
    -------
    dict of int to float
        By radius the Euclidean distance within it, divided by the number of pixels and colours there.
    """
    first, second = _finite(np.asarray(first, float), np.asarray(second, float))
    height, width = first.shape[:2]
    y, x = np.ogrid[:height, :width]
    radius = np.hypot(y - height // 2, x - width // 2)
    squares = ((first - second) ** 2).reshape(height, width, -1)
    told = {}
    for limit in range(step, min(height, width) // 2, step):
        inside = squares[radius <= limit]
        told[limit] = float(np.sqrt(inside.sum()) / inside.size)
    return told


def difference_picture(first, second):
    """Return first minus second as 8-bit grey levels: 128 is equal, brighter is more in the first.

    Differences of the whole range of 8 bits fit; larger ones, of 16-bit and FITS images, are scaled so
    that the largest of the image fits.
    """
    first, second = _finite(np.asarray(first, float), np.asarray(second, float))
    difference = first - second
    largest = max(255.0, float(np.abs(difference).max(initial=0)))
    return np.clip(np.round(128 + difference * (127 / largest)), 0, 255).astype(np.uint8)


def _finite(first, second):
    """Return the images with numbers in place of what is not finite."""
    bad_first, bad_second = ~np.isfinite(first), ~np.isfinite(second)
    if not (bad_first.any() or bad_second.any()):
        return first, second
    good = np.concatenate([first[~bad_first], second[~bad_second]])
    low, high = (good.min(), good.max()) if good.size else (0.0, 1.0)
    high = high if high > low else low + 1
    first, second = np.where(bad_first, 0.0, first), np.where(bad_second, 0.0, second)
    both = bad_first & bad_second
    first[both] = second[both] = 0
    first[bad_first & ~both], second[bad_first & ~both] = high, low
    first[bad_second & ~both], second[bad_second & ~both] = low, high
    return first, second


def _correlation(first, second):
    first, second = first - first.mean(), second - second.mean()
    spread = np.sqrt((first ** 2).sum() * (second ** 2).sum())
    return float((first * second).sum() / spread) if spread > 0 else float("nan")
