"""What a telescope makes of an image: point-spread function, background, photon noise and saturation."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.special import ndtr

from otrain.errors import UsageError

__all__ = ["Observation", "convolve", "gaussian_psf", "observe", "signal_to_noise"]

FWHM_PER_SIGMA = 2.3548200450309493


@dataclass(frozen=True)
class Observation:
    """How images are observed; the default changes nothing.

    Parameters
    ----------
    psf_fwhm : float
        Full width at half maximum of a Gaussian point-spread function [pixel]; 0 for none.
    psf : (h, w) ndarray, optional
        Point-spread function in place of a Gaussian, of odd sides and at the image's pixel scale.
    background_rms : float
        Standard deviation of the noise of the sky and of reading out, in every pixel [grey level].
    exposure_time : float, optional
        Photons per grey level, whose number scatters as Poisson's law says; by default none are counted.
    saturation : float, optional
        Grey level above which a pixel shows no more.
    """

    psf_fwhm: float = 0.0
    psf: np.ndarray | None = None
    background_rms: float = 0.0
    exposure_time: float | None = None
    saturation: float | None = None

    def __post_init__(self):
        for name in ("psf_fwhm", "background_rms"):
            if not getattr(self, name) >= 0:
                raise UsageError(f"`{name}` must not be negative. Received: {getattr(self, name)}.")
        for name in ("exposure_time", "saturation"):
            if getattr(self, name) is not None and not getattr(self, name) > 0:
                raise UsageError(f"`{name}` must be above 0. Received: {getattr(self, name)}.")
        if self.psf is not None and (np.ndim(self.psf) != 2 or 0 in (n % 2 for n in np.shape(self.psf))):
            raise UsageError("`psf` must be an image of odd sides, its peak in the middle. "
                             f"Received: {np.shape(self.psf)}.")

    def kernel(self):
        """Return the point-spread function, of sum 1, or None."""
        if self.psf is not None:
            return np.asarray(self.psf, float) / np.sum(self.psf)
        return gaussian_psf(self.psf_fwhm) if self.psf_fwhm else None


def gaussian_psf(fwhm):
    """Return a Gaussian point-spread function.

    Parameters
    ----------
    fwhm : float
        [pixel], above 0.

    Returns
    -------
    (n, n) ndarray
        Integrated over each pixel, of sum 1; n is odd and reaches to five standard deviations.
    """
    sigma = fwhm / FWHM_PER_SIGMA
    half = int(np.ceil(5 * sigma))
    profile = np.diff(ndtr((np.arange(-half, half + 2) - 0.5) / sigma))
    profile /= profile.sum()
    return np.outer(profile, profile)


def convolve(image, kernel):
    """Return images blurred by a point-spread function.

    Parameters
    ----------
    image : (..., H, W) ndarray
        Light from beyond the border is not known and counts as 0.
    kernel : (h, w) ndarray
        Of odd sides, its origin in the middle.

    Returns
    -------
    (..., H, W) float32 ndarray
    """
    rows, columns = image.shape[-2:]
    h, w = kernel.shape
    shape = next_fast_len(rows + h - 1, real=True), next_fast_len(columns + w - 1, real=True)
    kind = image.dtype if image.dtype == np.float32 else np.float64
    blurred = irfft2(rfft2(image.astype(kind, copy=False), shape) * rfft2(kernel.astype(kind), shape), shape)
    return blurred[..., h // 2:h // 2 + rows, w // 2:w // 2 + columns].astype(np.float32, copy=False)


def observe(image, observation, generator):
    """Return an image as a telescope records it, and the noise in each of its pixels.

    Parameters
    ----------
    image : (..., H, W) ndarray
        Grey levels without noise.
    observation : Observation
    generator : numpy.random.Generator
        The only source of randomness.

    Returns
    -------
    image : (..., H, W) float32 ndarray
        The sky is subtracted: values may be negative.
    noise : (..., H, W) float32 ndarray
        Standard deviation [grey level], from the image without noise; 0 where nothing scatters.
    """
    kernel = observation.kernel()
    image = np.asarray(image, np.float32) if kernel is None else convolve(np.asarray(image), kernel)
    light = np.maximum(image, 0)
    variance = np.full(image.shape, observation.background_rms**2, np.float32)
    result = image
    if observation.exposure_time is not None:
        variance += light / observation.exposure_time
        photons = generator.poisson(light.astype(float) * observation.exposure_time)
        result = (photons / observation.exposure_time).astype(np.float32)
    if observation.background_rms:
        result = result + generator.normal(0, observation.background_rms, image.shape).astype(np.float32)
    if observation.saturation is not None:
        result = np.minimum(result, np.float32(observation.saturation))
    return result, np.sqrt(variance)


def signal_to_noise(image, noise):
    """Return the signal-to-noise ratio of all light together, for an optimal weight of the pixels."""
    return float(sqrt(np.sum((np.asarray(image, float) / noise) ** 2)))
