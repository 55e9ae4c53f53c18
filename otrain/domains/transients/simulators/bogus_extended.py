"""Bogus kinds that reach across the cutout: columns, spikes, streaks, ghosts, masked edges."""

import numpy as np

from otrain.domains.transients.simulators.candidate import Candidate, Kind, deposit
from otrain.domains.transients.simulators.places import anywhere

__all__ = ["EXTENDED_BOGUS"]


def _bad_column(rng, scene, grid):
    """A hot column or row of the science image, or a dead one of the template."""
    position, along = (grid.x, grid.y) if rng.random() < 0.7 else (grid.y, grid.x)
    here = int(np.rint(scene.jitter[0]))
    width = rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1])
    profile = ((position >= here) & (position < here + width)).astype(np.float32)
    if rng.random() < 0.5:
        profile *= along > rng.uniform(-grid.size / 2, 0)  # a trap: the column starts somewhere
    texture = 1 + rng.uniform(0, 0.6) * rng.standard_normal(grid.size, np.float32)
    profile *= texture[(along + grid.size // 2).astype(int)]
    bump = rng.uniform(0, 3) * np.exp(-(along / rng.uniform(0.7, 4)) ** 2)
    line = profile * (1 + bump)
    place = anywhere(rng, scene, grid)
    if rng.random() < 0.3:
        return Candidate(template=-line, difference=line, **place)
    if rng.random() < 0.25:
        # Pixels beside a dead column are over-corrected.
        line = np.roll(line, width, axis=int(position is grid.x)) - line * rng.uniform(0.5, 2.0)
    return Candidate(science=line, difference=line, **place)


def _saturated_star(rng, scene, grid):
    """What is left of a saturated star: a torn core, and a bleed along the columns."""
    x, y = scene.jitter + rng.normal(0, 0.5, 2) * scene.fwhm
    radius = scene.fwhm * rng.uniform(0.6, 2.0)
    distance = np.hypot(grid.x - x, grid.y - y)
    core = distance < radius
    pattern = rng.standard_normal(core.shape, np.float32)
    pattern = pattern + rng.uniform(0, 1) * (np.roll(pattern, 1, 0) + np.roll(pattern, 1, 1))
    # Wrong kernels leave rings, turned and torn, under the noise.
    turn = np.arctan2(grid.y - y, grid.x - x) * rng.integers(0, 4) + rng.uniform(0, 6)
    pattern = rng.uniform(0.2, 1) * pattern + rng.uniform(0, 2) * np.sin(
        distance / scene.fwhm * rng.uniform(2, 6) + turn)
    torn = pattern * np.exp(-(distance / radius) ** 2)
    if rng.random() < 0.4:
        torn[distance < radius * rng.uniform(0.3, 0.9)] = rng.choice([-1.5, 0.0, 1.5])
    bleed = np.zeros_like(torn)
    if rng.random() < 0.6:
        along, across = (grid.y - y, grid.x - x) if rng.random() < 0.8 else (grid.x - x, grid.y - y)
        length = rng.uniform(3, grid.size / 2)
        bleed = ((abs(across) < rng.uniform(0.6, 1.6)) & (abs(along) < length)).astype(np.float32)
    core_level = bleed * rng.uniform(0.5, 4)
    difference = torn + bleed * rng.normal(0, 1) + bleed * rng.uniform(0, 1) * pattern
    # The star is far above what is left of it in the difference.
    level = scene.saturation * rng.uniform(1.5, 8) * scene.fwhm**2
    star = grid.points(x, y, level)
    template = 0.3 * core_level if rng.random() < 0.5 else 0
    return Candidate(fixed=star, fixed_subtracted=star, science=core_level, template=template,
                     difference=difference, details={"star_flux": level})


def _diffraction_spike(rng, scene, grid):
    """A spike of a bright star outside the centre; it turned or grew since the template."""
    distance = rng.uniform(0.15, 0.75) * grid.size
    angle = rng.uniform(0, 2 * np.pi)
    x, y = scene.jitter - distance * np.array([np.cos(angle), np.sin(angle)])
    width = rng.uniform(0.5, 1.2) * scene.fwhm / 2.355
    decay = rng.uniform(0.3, 1.5) * grid.size
    spike = np.zeros((grid.size, grid.size), np.float32)
    for arm in range(rng.choice([4, 6])):
        direction = angle + arm * np.pi / 2
        along = (grid.x - x) * np.cos(direction) + (grid.y - y) * np.sin(direction)
        across = (grid.y - y) * np.cos(direction) - (grid.x - x) * np.sin(direction)
        spike += np.exp(-(across / width) ** 2 / 2 - abs(along) / decay) * (along > 0)
    modulation = 1 + rng.uniform(0, 0.8) * np.sin(np.hypot(grid.x - x, grid.y - y) / rng.uniform(0.8, 3)
                                                  + rng.uniform(0, 6))
    spike *= modulation
    # Speckle along the spike decides where the detector finds a peak.
    knot = spike * np.exp(-((grid.x - scene.jitter[0]) ** 2 + (grid.y - scene.jitter[1]) ** 2)
                          / (2 * (rng.uniform(0.8, 1.5) * width) ** 2)) * rng.uniform(0, 2.5)
    level = scene.saturation * rng.uniform(2, 10) * scene.fwhm**2
    star = grid.points(x, y, level)
    return Candidate(fixed=star, fixed_subtracted=star, science=spike * 1.5 + knot,
                     template=0.5 * spike, difference=spike + knot, details={"star_flux": level})


def _streak(rng, scene, grid):
    """The trail of a satellite: a line through the candidate, sometimes broken."""
    angle = rng.uniform(0, np.pi)
    x, y = scene.jitter
    along = (grid.x - x) * np.cos(angle) + (grid.y - y) * np.sin(angle)
    across = (grid.y - y) * np.cos(angle) - (grid.x - x) * np.sin(angle)
    width = scene.fwhm / 2.355 * rng.uniform(0.9, 1.8)
    trail = np.exp(-(across / width) ** 2 / 2)
    if rng.random() < 0.4:
        period = rng.uniform(8, 40)
        trail *= 1 + rng.uniform(0.2, 1) * np.cos(2 * np.pi * along / period)
    if rng.random() < 0.3:
        trail *= along > -rng.uniform(0, grid.size / 2)
    return Candidate(science=trail, difference=trail, **anywhere(rng, scene, grid))


def _ghost(rng, scene, grid):
    """Light reflected in the optics: a blob or ring without a PSF core."""
    radius = rng.uniform(1.3, 6.0) * scene.fwhm + 2
    x, y = scene.jitter + rng.normal(0, 0.3, 2) * radius
    ratio = rng.uniform(0.6, 1.0)
    distance = np.hypot(grid.x - x, (grid.y - y) / ratio)
    edge = rng.uniform(0.5, 3.0)
    blob = 1 / (1 + np.exp(np.clip((distance - radius) / edge, -30, 30)))
    if rng.random() < 0.5:
        inner = radius * rng.uniform(0.3, 0.8)
        blob *= 1 / (1 + np.exp(np.clip((inner - distance) / edge, -30, 30))) * 0.9 + 0.1
    return Candidate(science=blob, difference=blob, **anywhere(rng, scene, grid))


def _edge(rng, scene, grid):
    """A masked border right beside the candidate, and what resampling left along it."""
    angle = rng.integers(4) * np.pi / 2 + rng.normal(0, 0.05)
    x, y = scene.jitter
    along = (grid.x - x) * np.cos(angle) + (grid.y - y) * np.sin(angle)
    across = (grid.y - y) * np.cos(angle) - (grid.x - x) * np.sin(angle)
    distance = rng.uniform(0.5, 3.0)
    mask = along > distance
    rim = np.exp(-(distance - along) / rng.uniform(0.5, 2.5)) * (along <= distance)
    extent = rng.uniform(1.5, 12)
    rim = rim * np.exp(-(across / extent) ** 2 / 2) * (1 + 0.5 * rng.standard_normal(rim.shape, np.float32))
    deposit(rim, x, y, rng.uniform(0, 1) * rim.max())
    return Candidate(science=rim, difference=rim, mask=mask, **anywhere(rng, scene, grid))


EXTENDED_BOGUS = {
    "bad-column": Kind(_bad_column, 0.07, False, "hot or dead column or row"),
    "saturated-star": Kind(_saturated_star, 0.10, False, "residual of a saturated star, with bleed"),
    "diffraction-spike": Kind(_diffraction_spike, 0.06, False, "spike of a bright star"),
    "streak": Kind(_streak, 0.06, False, "trail of a satellite"),
    "ghost": Kind(_ghost, 0.06, False, "reflection without a PSF core", brightest=120.0),
    "edge": Kind(_edge, 0.06, False, "masked border beside the candidate"),
}
