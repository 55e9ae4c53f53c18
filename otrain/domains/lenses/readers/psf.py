"""The width of a point-spread function that is given as an image."""

import numpy as np

__all__ = ["full_width"]

_FINER = 8  # times, for a function that is two pixels wide


def full_width(psf):
    """Return the full width at half maximum of a point-spread function [pixel].

    Parameters
    ----------
    psf : (h, w) ndarray

    Returns
    -------
    float or None
        Diameter of the circle that is as large as the part above half of the peak, of the function
        interpolated by cubic splines; None without a peak of positive finite values.
    """
    from scipy.ndimage import zoom

    psf = np.where(np.isfinite(psf), psf, 0.0)
    if min(psf.shape) < 3 or psf.max() <= 0:
        return None
    fine = zoom(psf, _FINER, order=3, mode="nearest", grid_mode=True)
    return float(2 * np.sqrt((fine > fine.max() / 2).sum() / np.pi) / _FINER)
