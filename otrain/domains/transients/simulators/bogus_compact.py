"""Bogus kinds that stay within a few PSF widths of the candidate."""

import numpy as np

from otrain.domains.transients.simulators.candidate import Candidate, Kind, deposit
from otrain.domains.transients.simulators.places import anywhere
from otrain.domains.transients.simulators.scene import draw_galaxy

__all__ = ["COMPACT_BOGUS"]


def _dipole(rng, scene, grid):
    """A star that moved against the template: a bright lobe beside a dark one."""
    distance = scene.fwhm * rng.uniform(0.1, 0.7)
    angle = rng.uniform(0, 2 * np.pi)
    shift = distance * np.array([np.cos(angle), np.sin(angle)])
    # Detectors sit on the bright lobe, or between the lobes where the catalogue has the star.
    x, y = scene.jitter - np.array([np.cos(angle), np.sin(angle)]) * scene.fwhm * rng.uniform(0, 0.4)
    level = 1 + rng.normal(0, 0.05)
    new, old = grid.points(x, y, 1.0), grid.points(*(np.array([x, y]) + shift), level)
    return Candidate(static=new, residual=new - old, details={"shift": distance})


def _kernel_ring(rng, scene, grid):
    """A star subtracted with a kernel of the wrong shape: rings and clover leaves."""
    width2 = (scene.fwhm / 2.355) ** 2
    star = grid.points(*(scene.jitter + rng.normal(0, 0.3, 2)), 1.0)
    wide = rng.uniform(0.1, 0.9) * rng.choice([1.0, -0.25], p=[0.7, 0.3]) * width2
    stretch, twist = np.clip(rng.normal(0, 0.3, 2), -0.5, 0.5) * abs(wide)
    error = grid.kernel_error(wide + stretch, wide - stretch, twist)
    if rng.random() < 0.5:
        # A second basis function of the kernel overshoots: one more ring, of the other sign.
        error = error - rng.uniform(0.2, 0.8) * (error - grid.kernel_error(2.5 * wide, 2.5 * wide, 0.0))
    residual = star * (1 - error * (1 + rng.normal(0, 0.02)))
    return Candidate(static=star, residual=residual)


def _host_residual(rng, scene, grid):
    """A galaxy that does not subtract: wrong place, wrong scale, wrong kernel."""
    galaxy = draw_galaxy(rng, scene, grid.size, scene.jitter, flux=1.0)
    del galaxy["shift"]
    width2 = (scene.fwhm / 2.355) ** 2
    shift = rng.normal(0, 0.15, 2) * scene.fwhm
    error = grid.kernel_error(*(rng.normal(0, 0.25, 3) * width2 * [1, 1, 0.5]))
    transform = grid.galaxy(**galaxy)
    moved = grid.galaxy(**galaxy | {"x": galaxy["x"] + shift[0], "y": galaxy["y"] + shift[1]})
    return Candidate(static=transform, residual=transform - moved * error * (1 - abs(rng.normal(0, 0.02))))


def _bright_core(rng, scene, grid):
    """The core of a bright, not saturated star: pixel-to-pixel noise of both signs."""
    star = grid.points(*(scene.jitter + rng.normal(0, 0.8, 2)), 1.0)
    core = grid.image(star * grid.psf(scene.fwhm, scene.beta, scene.ellipticity, scene.angle))
    pattern = rng.standard_normal(core.shape, np.float32)
    pattern -= rng.uniform(0.5, 1.5) * (np.roll(pattern, 1, 0) + np.roll(pattern, 1, 1)) / 2
    relative = rng.uniform(0.02, 0.15)
    return Candidate(static=star, difference=relative * pattern * core)


def _cosmic_ray(rng, scene, grid):
    """Charge left by a particle: sharper than any star, a dot or a track."""
    image = np.zeros((grid.size, grid.size), np.float32)
    length = 0.0 if rng.random() < 0.55 else rng.uniform(1, 12)
    angle, count = rng.uniform(0, 2 * np.pi), 1 + int(3 * length)
    along = rng.uniform(-0.5, 0.5) * length + np.linspace(-length / 2, length / 2, count)
    x, y = scene.jitter
    wobble = np.cumsum(rng.normal(0, 0.08, count))
    deposit(image, x + along * np.cos(angle) - wobble * np.sin(angle),
            y + along * np.sin(angle) + wobble * np.cos(angle), rng.gamma(2.0, 1.0, count))
    if rng.random() < 0.45:
        # Charge diffuses into neighbours: almost as round as a star, but narrower than the PSF.
        count, spread = rng.integers(2, 7), rng.uniform(0.3, 0.8)
        x, y = scene.jitter[:, None] + rng.normal(0, spread, (2, count))
        deposit(image, x, y, image.max() * rng.uniform(0.2, 1.0, count))
    return _in_science(rng, scene, grid, image)


def _hot_pixel(rng, scene, grid):
    """A pixel that collects charge by itself, sometimes with a neighbour or a dark frame around it."""
    image = np.zeros((grid.size, grid.size), np.float32)
    row, column = np.rint(scene.jitter[::-1]).astype(int) + grid.size // 2
    if rng.random() < 0.2:
        image[row - 1:row + 2, column - 1:column + 2] = -rng.uniform(0.02, 0.15)
    image[row, column] = 1.0
    if rng.random() < 0.3:
        step = rng.integers(-1, 2, 2)
        image[row + step[0], column + step[1]] += rng.uniform(0.2, 0.8)
    return _in_science(rng, scene, grid, image)


def _noise_peak(rng, scene, grid):
    """A few noise pixels that happen to be bright together."""
    image = np.zeros((grid.size, grid.size), np.float32)
    count = rng.integers(2, 7)
    spread = rng.normal(0, 0.35 * scene.fwhm, (count, 2))
    rows, columns = np.rint(scene.jitter[::-1] + spread).astype(int).T + grid.size // 2
    np.add.at(image, (rows, columns), rng.exponential(1.0, count))
    return _in_science(rng, scene, grid, image)


def _in_science(rng, scene, grid, image):
    """Pixels that the science image has and the difference therefore shows."""
    return Candidate(science=image, difference=image, **anywhere(rng, scene, grid))


COMPACT_BOGUS = {
    "dipole": Kind(_dipole, 0.14, True, "star misregistered against the template"),
    "kernel-ring": Kind(_kernel_ring, 0.12, True, "star subtracted with a bad kernel"),
    "bright-core": Kind(_bright_core, 0.10, True, "noisy core of a bright star"),
    "host-residual": Kind(_host_residual, 0.08, True, "galaxy that does not subtract"),
    "cosmic-ray": Kind(_cosmic_ray, 0.18, True, "cosmic ray: a sharp dot or track"),
    "hot-pixel": Kind(_hot_pixel, 0.09, True, "hot pixel"),
    "noise-peak": Kind(_noise_peak, 0.25, True, "noise peak", brightest=9.0),
}
