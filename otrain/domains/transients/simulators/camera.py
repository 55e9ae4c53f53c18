"""A scene and a candidate become science, template and difference images."""

import numpy as np

__all__ = ["expose"]


def expose(rng, scene, candidate, grid):
    """Return the three images of one candidate.

    The difference is science minus matched template: sources leave what the
    errors of registration and kernel leave of them, and the noise of the
    difference is the noise of the two images that it was made from.

    Parameters
    ----------
    rng : numpy.random.Generator
        For the noise.
    scene : Scene
    candidate : Candidate
    grid : SkyGrid

    Returns
    -------
    dict of str to (size, size) float32 ndarray
        ``science``, ``template``, ``difference``; masked pixels hold ``scene.fill``.
    """
    psf = grid.psf(scene.fwhm, scene.beta, scene.ellipticity, scene.angle)
    wrong_psf = psf * grid.kernel_error(*scene.kernel_error)
    stars = scene.stars.T
    sky = grid.points(*stars[:3]) + candidate.fixed
    subtracted = grid.points(*stars[3:]) + candidate.fixed_subtracted
    for galaxy in scene.galaxies:
        shape = {key: value for key, value in galaxy.items() if key != "shift"}
        sky = sky + grid.galaxy(**shape)
        moved = shape | {"x": shape["x"] + galaxy["shift"][0], "y": shape["y"] + galaxy["shift"][1]}
        subtracted = subtracted + grid.galaxy(**moved)

    if scene.resampled is not None:
        # What the detector added was resampled together with the sky.
        for name in ("science", "difference"):
            pixels = getattr(candidate, name)
            if isinstance(pixels, np.ndarray):
                setattr(candidate, name, _resampled(pixels, scene.resampled))
    left = grid.image(psf * (candidate.new + candidate.residual)) + candidate.difference
    scale = np.float32(scene.flux / max(_aperture_flux(left, scene, grid), 1e-9))
    both = sky + scale * candidate.static
    science = grid.image(psf * (both + scale * candidate.new)) + scale * candidate.science
    old = grid.image(_template_psf(scene, grid) * both) + scale * candidate.template
    difference = grid.image(psf * sky - wrong_psf * subtracted) + scale * left
    return _observe(rng, scene, candidate, grid, science, old, difference)


def _template_psf(scene, grid):
    return grid.psf(scene.fwhm_template, scene.beta_template, scene.ellipticity_template,
                    scene.angle_template)


def _aperture_flux(image, scene, grid):
    """Positive flux around the candidate: what a detector that seeks excesses collects."""
    x, y = scene.jitter
    inside = (grid.x - x) ** 2 + (grid.y - y) ** 2 <= max(scene.aperture, 1.5) ** 2
    return np.maximum(image, 0)[inside].sum()


def _observe(rng, scene, candidate, grid, science, template, difference):
    """Add noise, saturation, sky and masks to the noiseless images."""
    noise = scene.pixel_noise
    expected = np.maximum((np.minimum(science, scene.saturation) + scene.sky) * scene.gain, 0)
    science_noise = _photon_noise(rng, expected, scene.read_noise) / scene.gain
    if scene.resampled is not None:
        science_noise = _resampled(science_noise, scene.resampled)
    template_noise = _blurred_noise(rng, science.shape, scene.template_smooth)
    template_noise *= scene.template_noise * np.sqrt(expected + scene.read_noise**2) / scene.gain
    pattern = rng.standard_normal(science.shape, np.float32)
    difference = difference + scene.residual_noise * np.maximum(template, 0) * pattern
    torn = (science > scene.saturation) | (template > scene.saturation)
    if torn.any():
        difference = np.where(torn, 0.1 * scene.saturation * pattern, difference)
    science = np.minimum(science, scene.saturation) + science_noise
    template = np.minimum(template, scene.saturation) + template_noise
    difference = difference + science_noise - template_noise

    slope = scene.gradient[0] * grid.x + scene.gradient[1] * grid.y
    banding = scene.banding * noise * rng.standard_normal(grid.size, np.float32)
    banding = banding[:, None] if scene.banded_axis else banding[None, :]
    level = scene.sky if scene.sky_kept else 0.0
    difference = difference + scene.gradient_left * slope + banding
    if scene.sharpness:
        difference += scene.sharpness * (difference - _smoothed(difference))
    images = {"science": science + level + slope + banding, "template": template + level,
              "difference": difference}
    for channels, mask in scene.masks:
        for channel in channels:
            images[channel][mask] = scene.fill
    if candidate.mask is not None:
        for image in images.values():
            image[candidate.mask] = np.nan
    return {name: np.asarray(image, np.float32) for name, image in images.items()}


def _photon_noise(rng, expected, read_noise):
    """Return Poisson plus read noise [electrons], exact in variance and skewness.

    Cornish-Fisher expansion about the normal distribution: the mean is at least
    some tens of photons, and true Poisson numbers cost five times as much.
    """
    normal = rng.standard_normal(expected.shape, np.float32)
    variance = expected + np.float32(read_noise**2)
    return np.sqrt(variance) * normal + (normal * normal - 1) * expected / (6 * variance)


def _blurred_noise(rng, shape, amount):
    """Return noise of unit variance, correlated between neighbours as in a stack of resampled images."""
    white = rng.standard_normal(shape, np.float32)
    mixed = (1 - amount) * white + amount * _smoothed(white)
    # Centre weight of the blur 1/4, sum of its squared weights 9/64.
    return mixed / np.sqrt((1 - amount) ** 2 + 2 * amount * (1 - amount) / 4 + amount**2 * 9 / 64)


def _smoothed(image):
    """Blur with 1-2-1 along both axes, edges repeated."""
    padded = _padded(image, 1)
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16


def _resampled(image, shift):
    """Move an image up and right by fractions of a pixel; the Lanczos-2 kernel rings at sharp features."""
    for axis, fraction in zip((1, 0), shift, strict=True):
        distance = np.arange(-2, 3) + fraction
        weights = np.sinc(distance) * np.sinc(distance / 2) * (abs(distance) < 2)
        weights = (weights / weights.sum()).astype(np.float32)
        padded = _padded(image, 2)
        length = image.shape[axis]
        keep = slice(2, 2 + length)
        image = 0
        for start, weight in enumerate(weights):
            moving = slice(start, start + length)
            image = image + weight * padded[(keep, moving) if axis else (moving, keep)]
    return image


def _padded(image, width):
    """Repeat the edges; np.pad takes ten times as long for images as small as these."""
    height, length = image.shape
    padded = np.empty((height + 2 * width, length + 2 * width), image.dtype)
    inner = slice(width, -width)
    padded[inner, inner] = image
    padded[:width, inner], padded[-width:, inner] = image[0], image[-1]
    padded[:, :width], padded[:, -width:] = padded[:, width, None], padded[:, -width - 1, None]
    return padded
