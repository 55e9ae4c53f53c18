from dataclasses import replace

import numpy as np
import pytest

from otrain.domains.transients.simulators.camera import _photon_noise, _resampled, expose
from otrain.domains.transients.simulators.candidate import Candidate
from otrain.domains.transients.simulators.scene import draw_scene
from otrain.domains.transients.simulators.sky import sky_grid

GRID = sky_grid(41)


def plain(seed=0, **changes):
    """A scene of empty sky, subtracted perfectly."""
    scene = draw_scene(np.random.default_rng(seed), 41)
    quiet = {"stars": np.empty((0, 6)), "galaxies": [], "masks": [], "sharpness": 0.0, "banding": 0.0,
             "resampled": None, "gradient": np.zeros(2), "kernel_error": (0.0, 0.0, 0.0), "residual_noise": 0.0,
             "saturation": np.inf, "snr": 100.0, "jitter": np.zeros(2)}
    return replace(scene, **quiet | changes)


def new_star(scene):
    return Candidate(new=GRID.points(*scene.jitter, 1.0))


def test_photon_noise_has_the_variance_and_skewness_of_poisson():
    noise = _photon_noise(np.random.default_rng(0), np.full((700, 700), 40.0, np.float32), 0.0)
    assert noise.mean() == pytest.approx(0, abs=0.05)
    assert noise.var() == pytest.approx(40, rel=0.02)
    assert (noise**3).mean() / noise.std() ** 3 == pytest.approx(40**-0.5, abs=0.02)


def test_difference_has_the_noise_of_both_images():
    scene = plain(snr=1e-6)
    image = expose(np.random.default_rng(0), scene, new_star(scene), GRID)["difference"]
    expected = scene.pixel_noise * np.hypot(1, scene.template_noise)
    assert image.std() == pytest.approx(expected, rel=0.1)


def test_candidate_has_the_flux_that_the_scene_asks_for():
    scene = plain(snr=300.0)
    image = expose(np.random.default_rng(0), scene, new_star(scene), GRID)["difference"]
    inside = GRID.radius <= scene.aperture
    assert image[inside].sum() == pytest.approx(scene.flux, rel=0.05)


def test_star_that_did_not_change_subtracts():
    scene = plain(snr=1e-6)
    scene = replace(scene, stars=np.array([[5.0, 3.0, 200 * scene.aperture_noise] * 2]))
    images = expose(np.random.default_rng(0), scene, new_star(scene), GRID)
    around = np.hypot(GRID.x - 5, GRID.y - 3) < scene.fwhm
    assert images["science"][around].mean() - np.median(images["science"]) > 10 * scene.pixel_noise
    assert abs(images["difference"][around].mean()) < scene.pixel_noise


def test_misplaced_star_leaves_a_residual():
    scene = plain(snr=1e-6)
    flux = 500 * scene.aperture_noise
    scene = replace(scene, stars=np.array([[5.0, 3.0, flux, 5.5, 3.0, flux]]))
    image = expose(np.random.default_rng(0), scene, new_star(scene), GRID)["difference"]
    assert image.max() > 10 * scene.pixel_noise and image.min() < -10 * scene.pixel_noise


def test_saturated_pixels_stop_at_the_saturation_level():
    scene = plain(sky_kept=False)
    scene = replace(scene, saturation=50 * scene.pixel_noise)
    scene = replace(scene, stars=np.array([[5.0, 3.0, 1e4 * scene.aperture_noise] * 2]))
    image = expose(np.random.default_rng(0), scene, new_star(scene), GRID)["science"]
    assert image.max() < 80 * scene.pixel_noise


def test_masked_pixels_hold_the_fill_value():
    mask = GRID.x > 10
    scene = plain(masks=[(("science", "difference"), mask)], fill=np.nan)
    images = expose(np.random.default_rng(0), scene, new_star(scene), GRID)
    assert np.isnan(images["science"][mask]).all() and np.isnan(images["difference"][mask]).all()
    assert np.isfinite(images["template"]).all()


def test_resampling_moves_a_smooth_image_and_keeps_its_sum():
    star = GRID.image(GRID.psf(4.0, 4.0) * GRID.points(0, 0, 1.0))
    moved = _resampled(star, (0.4, -0.3))
    assert moved.sum() == pytest.approx(star.sum(), rel=1e-3)
    assert (moved * GRID.x).sum() / moved.sum() == pytest.approx(0.4, abs=0.05)
    assert (moved * GRID.y).sum() / moved.sum() == pytest.approx(-0.3, abs=0.05)
