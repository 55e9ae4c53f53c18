"""From pixel values to grey levels: zscale limits, and a hatch where there is no value."""

import numpy as np

__all__ = ["to_rgb", "zscale_limits"]

_LARGEST_SUBSET = 1000  # pixels that zscale looks at, as IRAF's 600-1000
_HATCH = np.array([[0, 158, 115], [240, 228, 66]], np.uint8)  # green and yellow: no grey level


def zscale_limits(image, *, contrast=0.25, rejection=2.5, iterations=5):
    """Return the pixel values that should become black and white, after IRAF's zscale.

    A line is fitted to the sorted values, outliers are rejected, and the slope
    divided by `contrast` spans the range around the median.

    Parameters
    ----------
    image : ndarray
        Any shape; non-finite values are ignored.
    contrast, rejection, iterations : float, float, int
        As in IRAF: ``z1 = median - slope / contrast * n / 2``, rejection in
        standard deviations, rounds of rejection.

    Returns
    -------
    low, high : float
        Always finite, and ``low < high``; 0 and 1 if no pixel is finite.
    """
    values = np.asarray(image, dtype=float).ravel()
    values = np.clip(values[np.isfinite(values)], -1e300, 1e300)  # their range stays finite
    if not len(values):
        return 0.0, 1.0
    values = np.sort(values[::max(1, len(values) // _LARGEST_SUBSET)][:_LARGEST_SUBSET])
    count = len(values)
    low, high = values[0], values[-1]
    slope = _robust_slope(values, rejection, iterations)
    if slope is not None:
        middle, centre = np.median(values), (count - 1) // 2
        low = max(low, middle - (centre - 1) * slope / contrast)
        high = min(high, middle + (count - centre) * slope / contrast)
    if not low < high:
        margin = max(0.5, abs(low) * 1e-6)
        low, high = low - margin, low + margin
    return float(low), float(high)


def _robust_slope(values, rejection, iterations):
    """Slope per rank of the sorted values, or None if too few stay in the fit."""
    count = len(values)
    enough = max(5, count // 2)
    rank = np.arange(count, dtype=float)
    keep = np.ones(count, bool)
    slope, before = 0.0, count + 1
    for _ in range(iterations):
        if not enough <= keep.sum() < before:
            break
        before = keep.sum()
        x, y = rank[keep], values[keep]
        x_mean, y_mean = x.mean(), y.mean()
        slope = ((x - x_mean) * (y - y_mean)).sum() / ((x - x_mean) ** 2).sum()
        residual = values - y_mean - slope * (rank - x_mean)
        keep &= np.abs(residual) <= rejection * residual[keep].std()
        # IRAF also drops the neighbours of a rejected rank.
        keep = ~np.convolve(~keep, np.ones(max(1, count // 100), bool), "same")
    return slope if keep.sum() >= enough else None


def to_rgb(image):
    """Return one channel as 8-bit RGB in zscale stretch, bright sources white.

    Parameters
    ----------
    image : (H, W) ndarray
        Non-finite pixels become a green and yellow hatch.

    Returns
    -------
    (H, W, 3) uint8 ndarray
    """
    finite = np.isfinite(image)
    low, high = zscale_limits(image)
    with np.errstate(over="ignore"):
        level = (np.where(finite, image, low).astype(float) - low) / (high - low)
    grey = (255 * np.clip(level, 0, 1)).astype(np.uint8)
    rgb = np.repeat(grey[..., None], 3, axis=-1)
    if not finite.all():
        y, x = np.nonzero(~finite)
        rgb[y, x] = _HATCH[(x + y) % 2]
    return rgb
