"""The width of a point-spread function that is given as an image."""

import numpy as np

__all__ = ["full_width"]

_FINER = 8  # times, for a function that is two pixels wide
_MARGIN = 12  # pixel about what is above a quarter of the peak: what lies beyond changes no spline there
_WIDE = 256  # pixel; a wider one needs no finer grid


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
    psf = psf[tuple(slice(max(0, places.min() - _MARGIN), places.max() + _MARGIN + 1)
                    for places in np.nonzero(psf > psf.max() / 4))]
    finer = _FINER if max(psf.shape) <= _WIDE else 1
    fine = zoom(psf, finer, order=3, mode="nearest", grid_mode=True) if finer > 1 else psf
    return float(2 * np.sqrt((fine > fine.max() / 2).sum() / np.pi) / finer)
