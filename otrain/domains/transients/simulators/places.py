"""Where a candidate appears: on empty sky, beside or in a galaxy, on a star.

Reals and those bogus that can appear anywhere share these places, so that the
place does not tell the classes apart.
"""

import numpy as np

from otrain.domains.transients.simulators.scene import draw_galaxy

__all__ = ["anywhere", "empty", "in_host", "on_nucleus", "on_star"]


def empty(rng, scene, grid):
    """Return the additions of empty sky: none."""
    return {}


def in_host(rng, scene, grid):
    """Return the additions of a galaxy whose centre is away from the candidate."""
    galaxy = _host(rng, scene, grid)
    reach = galaxy["scale"] + scene.fwhm
    return _with_host(scene, grid, galaxy, rng.uniform(0.3, 2.5) * reach, rng.uniform(0, 2 * np.pi))


def on_nucleus(rng, scene, grid):
    """Return the additions of a galaxy whose nucleus is under the candidate."""
    galaxy, distance = _host(rng, scene, grid), abs(rng.normal(0, 0.2))
    return _with_host(scene, grid, galaxy, distance, rng.uniform(0, 2 * np.pi))


def on_star(rng, scene, grid):
    """Return the additions of a star under the candidate."""
    x, y = scene.jitter + rng.normal(0, 0.1, 2)
    flux = min(scene.flux * 10 ** rng.uniform(-0.7, 1.2), scene.saturation * scene.fwhm**2)
    shift, level = rng.normal(0, 0.02, 2), 1 + rng.normal(0, 0.004)
    return {"fixed": grid.points(x, y, flux),
            "fixed_subtracted": grid.points(x + shift[0], y + shift[1], flux * level),
            "details": {"star_flux": flux}}


def anywhere(rng, scene, grid):
    """Return the additions of a place drawn as often as reals have it."""
    place = (empty, in_host, on_nucleus, on_star)[rng.choice(4, p=[0.35, 0.25, 0.13, 0.27])]
    return place(rng, scene, grid)


def _host(rng, scene, grid):
    flux = scene.aperture_noise * np.exp(rng.uniform(np.log(5.0), np.log(600.0)))
    return draw_galaxy(rng, scene, grid.size, (0.0, 0.0), flux=flux)


def _with_host(scene, grid, galaxy, distance, direction):
    shift = galaxy.pop("shift")
    galaxy["x"] = scene.jitter[0] + distance * np.cos(direction)
    galaxy["y"] = scene.jitter[1] + distance * np.sin(direction)
    subtracted = galaxy | {"x": galaxy["x"] + shift[0], "y": galaxy["y"] + shift[1]}
    return {"fixed": grid.galaxy(**galaxy), "fixed_subtracted": grid.galaxy(**subtracted),
            "details": {"host_offset": distance, "host_flux": galaxy["flux"]}}
