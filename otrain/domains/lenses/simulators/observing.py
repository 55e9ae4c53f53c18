"""What a telescope makes of the light of a row, in the units of its columns."""

import math

from otrain.domains.lenses.physics.images import crop_middle
from otrain.domains.lenses.physics.observation import Observation, observe, signal_to_noise

__all__ = ["is_observed", "observed_image"]

_COLUMNS = ("psf_fwhm", "background_rms", "exposure_time", "saturation")


def is_observed(row):
    """Return whether a row says anything about a telescope."""
    return any(row.get(name) for name in _COLUMNS)


def observed_image(light, row, settings, rng):
    """Return what is seen of the light, and its signal-to-noise ratio.

    Parameters
    ----------
    light : (imagesize, imagesize) ndarray
    row : dict
        ``psf_fwhm`` [arcsec], ``background_rms`` [grey level], ``exposure_time`` [s], ``saturation``
        [grey level]; those that are absent or 0 have no effect. With an exposure time, a grey level is one
        photon a second.
    settings : Settings
    rng : numpy.random.Generator

    Returns
    -------
    image : (side, side) float32 ndarray
        The light is widened before it is cut, the noise is that of what is kept.
    snr : float
        Of all kept pixels together, weighted as is best; NaN where nothing scatters.
    """
    optics = Observation(psf_fwhm=(row.get("psf_fwhm") or 0.0) / settings.pixel_scale)
    camera = Observation(
        background_rms=row.get("background_rms") or 0.0,
        exposure_time=row.get("exposure_time") or None,
        saturation=row.get("saturation") or None,
    )
    kept = crop_middle(observe(light, optics, rng)[0], settings.side)
    image, noise = observe(kept, camera, rng)
    return image, signal_to_noise(kept, noise) if noise.min() > 0 else math.nan
