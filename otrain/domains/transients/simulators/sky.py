"""The sky in Fourier space: point sources, galaxies, and the Moffat PSF that blurs them.

A source is written down as its Fourier transform, so that a sub-pixel position
is exact, a thousand stars cost one small matrix product, and convolution with a
PSF is a multiplication.
"""

from functools import lru_cache

import numpy as np
from scipy import fft

__all__ = ["SkyGrid", "sky_grid"]

MARGIN = 24  # pixel: sources this far outside still reach into the cutout, and nothing wraps around


class SkyGrid:
    """The padded pixel grid of cutouts of one size, and its frequencies.

    Positions are relative to the centre of pixel ``(size // 2, size // 2)`` of
    the cutout; x runs along the second axis.

    Parameters
    ----------
    size : int
        Side of the cutouts [pixel].
    """

    def __init__(self, size: int):
        self.size = size
        self.side = fft.next_fast_len(size + MARGIN, real=True)
        start = (self.side - size) // 2
        self._window = slice(start, start + size)
        self._centre = start + size // 2
        self.kx = fft.rfftfreq(self.side).astype(np.float32)
        self.ky = fft.fftfreq(self.side).astype(np.float32)
        offset = (fft.fftfreq(self.side) * self.side).astype(np.float32)
        # Sharp PSFs reach beyond the Nyquist frequency, where a sub-pixel shift is not defined:
        # let them fade out before it, as a resampled image does.
        fade_x, fade_y = (np.clip((0.5 - abs(k)) / 0.3, 0, 1) for k in (self.kx, self.ky))
        self._taper = np.outer(np.sin(np.pi / 2 * fade_y) ** 2, np.sin(np.pi / 2 * fade_x) ** 2)
        self._dx, self._dy = np.meshgrid(offset, offset)
        axis = np.arange(size, dtype=np.float32) - size // 2
        self.x, self.y = np.meshgrid(axis, axis)
        self.radius = np.hypot(self.x, self.y)

    def psf(self, fwhm, beta, ellipticity=0.0, angle=0.0):
        """Return the transform of a Moffat PSF of total flux 1.

        Parameters
        ----------
        fwhm : float
            Geometric mean of the two axes [pixel].
        beta : float
            Moffat exponent; small values have strong wings.
        ellipticity : float
            ``(a - b) / (a + b)``.
        angle : float
            Of the long axis against x [rad].
        """
        alpha2 = (fwhm / 2) ** 2 / (2 ** (1 / beta) - 1)
        radius2 = self._stretched2(self._dx, self._dy, ellipticity, angle)
        profile = np.exp(np.float32(-beta) * np.log1p(radius2 / np.float32(alpha2)))
        return fft.rfft2(profile / profile.sum()) * self._taper

    def points(self, x, y, flux):
        """Return the transform of point sources; arrays of positions [pixel] and fluxes."""
        x, y, flux = (np.atleast_1d(np.asarray(value, np.float32)) for value in (x, y, flux))
        along_y = _phases(np.outer(self.ky, y + self._centre))
        along_x = _phases(np.outer(x + self._centre, self.kx))
        return (along_y * flux) @ along_x

    def galaxy(self, x, y, flux, scale, index, ellipticity=0.0, angle=0.0):
        """Return the transform of one galaxy with a Spergel profile.

        The profile (Spergel 2010, ApJS 191, 58) has the closed transform
        ``(1 + (2 pi k scale)^2) ** -(1 + index)``: `index` 0.5 is exactly the
        exponential disc (Sersic n = 1), -0.6 is close to de Vaucouleurs (n = 4).

        Parameters
        ----------
        scale : float
            Scale radius [pixel], geometric mean of the axes.
        """
        radius2 = self._stretched2(self.kx[None, :], self.ky[:, None], ellipticity, angle + np.pi / 2)
        profile = np.exp(-(1 + index) * np.log1p(np.float32((2 * np.pi * scale) ** 2) * radius2))
        return profile * self.points(x, y, flux)

    def kernel_error(self, xx, yy, xy):
        """Return the transfer function of a kernel that is too wide by a covariance [pixel^2].

        Negative variances stand for a kernel that is too narrow.
        """
        kx, ky = self.kx[None, :], self.ky[:, None]
        exponent = xx * kx * kx + yy * ky * ky + 2 * xy * kx * ky
        return np.exp(np.float32(-2 * np.pi**2) * exponent.astype(np.float32))

    def image(self, transform):
        """Return the (size, size) float32 image of a transform."""
        return fft.irfft2(transform, s=(self.side, self.side))[self._window, self._window]

    @staticmethod
    def _stretched2(x, y, ellipticity, angle):
        """Squared radius in units where an ellipse of the given shape is a circle of equal area."""
        ratio = np.float32((1 - ellipticity) / (1 + ellipticity))
        cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        along, across = cosine * x + sine * y, cosine * y - sine * x
        return along * along * ratio + across * across / ratio


def _phases(cycles):
    """Return ``exp(-2 pi i cycles)`` in single precision; numpy's complex exponential is slower."""
    angle = cycles * np.float32(-2 * np.pi)
    phases = np.empty(angle.shape, np.complex64)
    phases.real, phases.imag = np.cos(angle), np.sin(angle)
    return phases


@lru_cache(maxsize=8)
def sky_grid(size):
    """Return the grid of cutouts of one size; made once."""
    return SkyGrid(size)
