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
    photons = rng.poisson(expected).astype(np.float32) - expected
    science_noise = (photons + scene.read_noise * rng.standard_normal(science.shape, np.float32)) / scene.gain
    template_noise = _smoothed(rng.standard_normal(science.shape, np.float32), scene.template_smooth)
    template_noise *= scene.template_noise * np.sqrt(expected / scene.gain**2 + noise**2) / 1.4
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
        difference += scene.sharpness * (difference - _smoothed(difference, 1))
    images = {"science": science + level + slope + banding, "template": template + level,
              "difference": difference}
    for channels, mask in scene.masks:
        for channel in channels:
            images[channel][mask] = scene.fill
    if candidate.mask is not None:
        for image in images.values():
            image[candidate.mask] = np.nan
    return {name: np.asarray(image, np.float32) for name, image in images.items()}


def _smoothed(image, times):
    """Blur with 1-2-1 along both axes, edges repeated."""
    for _ in range(times):
        padded = np.pad(image, 1, mode="edge")
        rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
        image = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16
    return image
