"""Everything of a cutout that has nothing to do with the candidate being real or bogus.

The scene is drawn before the candidate and from a random stream of its own. What
differs between the classes is therefore the candidate alone: seeing, noise,
neighbours, masked pixels, brightness and header values cannot betray it.
"""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Scene", "draw_scene"]

FIELD_SIDE = 63  # pixel: side of the area that star densities refer to


@dataclass
class Scene:
    """One pointing of one camera: sky, seeing, noise and the quality of the subtraction.

    Fluxes and levels are in image counts (ADU), lengths in pixel, angles in rad.
    """

    fwhm: float
    fwhm_template: float
    beta: float
    beta_template: float
    ellipticity: float
    angle: float
    ellipticity_template: float
    angle_template: float
    pixel_scale: float  # arcsec / pixel
    gain: float  # electrons / ADU
    read_noise: float  # electrons
    sky: float  # ADU
    sky_kept: bool  # the survey leaves the sky in its images
    gradient: np.ndarray  # of the sky, ADU / pixel along x and y
    gradient_left: float  # part of the gradient that the difference keeps
    banding: float  # pattern noise of columns, in units of the pixel noise
    banded_axis: int
    template_noise: float  # of the template, relative to the science image
    template_smooth: float  # how far the stacking of the template blurred its noise, 0 to 1
    resampled: np.ndarray | None  # sub-pixel shift by which the science image was resampled, pixel
    sharpness: float  # of the filter that the difference went through: < 0 smooths, > 0 rings
    residual_noise: float  # relative pixel error of subtracted sources
    saturation: float  # ADU above the sky
    kernel_error: tuple  # covariance by which the matching kernel is wrong, pixel^2
    stars: np.ndarray  # rows x, y, flux, x and y and flux as subtracted
    galaxies: list  # dicts of SkyGrid.galaxy, each with `shift`: where it is subtracted
    masks: list = field(default_factory=list)  # (channels, boolean image)
    fill: float = np.nan  # value of masked pixels
    snr: float = 10.0  # of the candidate in its aperture
    jitter: np.ndarray = None  # of the candidate against the centre of the cutout
    zero_point: float = 25.0  # mag
    edge: bool = False

    @property
    def pixel_noise(self):
        """Standard deviation of an empty pixel of the science image [ADU]."""
        return np.sqrt(self.sky * self.gain + self.read_noise**2) / self.gain

    @property
    def aperture(self):
        """Radius in which a candidate is measured [pixel]."""
        return max(1.5, self.fwhm)

    @property
    def aperture_noise(self):
        """Standard deviation of the flux in the aperture on empty sky [ADU]."""
        return self.pixel_noise * np.sqrt(np.pi) * self.aperture

    @property
    def flux(self):
        """Flux of the candidate in its aperture [ADU]."""
        return self.snr * self.aperture_noise

    def flux_error(self, flux):
        """Return the standard deviation of a measured aperture flux [ADU]."""
        return np.sqrt(self.aperture_noise**2 + max(flux, 0.0) / self.gain)


def draw_scene(rng, size, *, edge_frac=0.0):
    """Return a random scene for a cutout.

    Parameters
    ----------
    rng : numpy.random.Generator
        Used for nothing else, so that the scene does not depend on the candidate.
    size : int
        Side of the cutout [pixel].
    edge_frac : float
        Probability that the candidate lies at the border of its image (EDGE true).
    """
    scale = _log_uniform(rng, 0.3, 4.0)
    fwhm = _log_uniform(rng, 1.5, 6.0)
    gain, sky = _log_uniform(rng, 0.5, 6.0), _log_uniform(rng, 30.0, 4000.0)
    scene = Scene(
        fwhm=fwhm, fwhm_template=max(1.5, fwhm * np.exp(rng.normal(-0.08, 0.18))),
        beta=rng.uniform(2.3, 5.0), beta_template=rng.uniform(2.5, 5.0),
        ellipticity=min(abs(rng.normal(0, 0.07)), 0.25), angle=rng.uniform(0, np.pi),
        ellipticity_template=min(abs(rng.normal(0, 0.04)), 0.15), angle_template=rng.uniform(0, np.pi),
        pixel_scale=scale, gain=gain, read_noise=_log_uniform(rng, 2.0, 15.0), sky=sky / gain,
        sky_kept=rng.random() < 0.6, gradient=np.zeros(2), gradient_left=0.0,
        banding=rng.choice([0.0, 1.0], p=[0.85, 0.15]) * rng.uniform(0.05, 0.4),
        banded_axis=int(rng.integers(2)),
        template_noise=_log_uniform(rng, 0.08, 0.7), template_smooth=rng.uniform(0, 1),
        resampled=rng.uniform(-0.5, 0.5, 2) if rng.random() < 0.35 else None,
        sharpness=_sharpness(rng), residual_noise=_log_uniform(rng, 0.002, 0.04), saturation=0.0,
        kernel_error=(), stars=np.empty((0, 6)), galaxies=[],
    )
    noise = scene.pixel_noise
    if rng.random() < 0.2:
        scene.gradient = rng.normal(0, 2 * noise / size, 2)
        scene.gradient_left = rng.choice([0.0, 1.0]) * rng.uniform(-0.5, 1.0)
    scene.saturation = noise * _log_uniform(rng, 400.0, 6000.0)
    wrong = rng.normal(0, _log_uniform(rng, 0.003, 0.06) * (fwhm / 2.355) ** 2, 3)
    scene.kernel_error = (wrong[0] + wrong[1] / 2, wrong[0] - wrong[1] / 2, wrong[2] / 2)
    reach = size / 2 + 8
    scene.stars = _draw_stars(rng, scene, reach)
    scene.galaxies = [draw_galaxy(rng, scene, size, rng.uniform(-reach, reach, 2))
                      for _ in range(rng.poisson(0.5))]
    scene.snr = 10 ** (0.7 + 1.9 * rng.beta(1.1, 1.8))
    scene.jitter = np.clip(rng.normal(0, 0.3, 2), -1, 1) + rng.uniform(-0.5, 0.5, 2)
    # A 5-sigma limit near magnitude 20.5, as for the telescopes that O'TRAIN was made for.
    scene.zero_point = rng.normal(20.5, 0.8) + 2.5 * np.log10(5 * scene.aperture_noise)
    scene.edge = rng.random() < edge_frac
    _draw_masks(rng, scene, size)
    return scene


def draw_galaxy(rng, scene, size, position, *, flux=None):
    """Return the parameters of a random galaxy, with the shift of its subtracted image."""
    largest = max(0.8, size / 14)
    return {
        "x": position[0], "y": position[1],
        "flux": scene.aperture_noise * _log_uniform(rng, 5.0, 400.0) if flux is None else flux,
        "scale": min(_log_uniform(rng, 0.5, 4.0) / scene.pixel_scale + 0.3, largest),
        "index": rng.uniform(-0.55, 0.6), "ellipticity": rng.uniform(0, 0.5), "angle": rng.uniform(0, np.pi),
        "shift": rng.normal(0, 0.03, 2),
    }


def _draw_stars(rng, scene, reach):
    """Stars with a power law of fluxes, at a density from empty to crowded."""
    density = _log_uniform(rng, 0.5, 60.0) / FIELD_SIDE**2
    count = rng.poisson(density * (2 * reach) ** 2)
    slope = rng.uniform(0.5, 1.0)
    signal = np.minimum(3.0 * rng.random(count) ** (-1 / slope), 2e4)
    flux = signal * scene.aperture_noise
    x, y = rng.uniform(-reach, reach, (2, count))
    common = rng.normal(0, _log_uniform(rng, 0.005, 0.12), 2)
    own = rng.normal(0, 0.02, (2, count))
    level = 1 + rng.normal(0, 0.004) + rng.normal(0, 0.004, count)
    return np.stack([x, y, flux, x + common[0] + own[0], y + common[1] + own[1], flux * level], axis=1)


def _draw_masks(rng, scene, size):
    """Masked pixels away from the candidate: image borders and boxes on bright stars."""
    axis = np.arange(size) - size // 2
    x, y = np.meshgrid(axis, axis)
    channels = [("science", "difference"), ("science", "template", "difference"),
                ("template", "difference")][rng.integers(3)]
    if scene.edge or rng.random() < 0.10:
        distance = 3 + (size / 2 - 4) * rng.random()
        angle = rng.integers(4) * np.pi / 2 + rng.normal(0, 0.03)
        ragged = np.round(np.interp(axis, axis[::4], rng.exponential(1.0, len(axis[::4])))
                          * rng.choice([0, 2])).astype(int)
        along = x * np.cos(angle) + y * np.sin(angle)
        across = np.clip(np.round(y * np.cos(angle) - x * np.sin(angle)).astype(int) + size // 2, 0, size - 1)
        scene.masks.append((channels, along > distance + ragged[across]))
    if rng.random() < 0.3:
        for star in scene.stars[scene.stars[:, 2] > 500 * scene.aperture_noise]:
            half = rng.integers(3, 8)
            inside = (abs(x - star[0]) <= half) & (abs(y - star[1]) <= half)
            if np.hypot(star[0], star[1]) > half * 1.5 + 4:
                scene.masks.append((channels, inside))
    if rng.random() < 0.2:
        scene.fill = 0.0


def _sharpness(rng):
    """Half of the differences are unfiltered; the others are smoothed or ring."""
    choice = rng.random()
    if choice < 0.45:
        return 0.0
    return rng.uniform(-0.7, 0.0) if choice < 0.65 else rng.uniform(0.2, 3.0)


def _log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
