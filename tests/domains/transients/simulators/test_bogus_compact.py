import numpy as np
import pytest

from otrain.domains.transients.simulators.bogus_compact import COMPACT_BOGUS
from otrain.domains.transients.simulators.camera import expose
from otrain.domains.transients.simulators.candidates import choose_kinds, simulate_candidate
from otrain.domains.transients.simulators.scene import draw_scene
from otrain.domains.transients.simulators.sky import sky_grid


def clean_difference(name, seed):
    """The difference in a scene without neighbours, gradients, masks and filters, at high signal to noise."""
    scene = draw_scene(np.random.default_rng(seed), 41)
    scene.stars, scene.galaxies, scene.masks = np.empty((0, 6)), [], []
    scene.sharpness, scene.banding, scene.resampled, scene.gradient_left = 0.0, 0.0, None, 0.0
    scene.saturation, scene.snr, scene.kernel_error = np.inf, 400.0, (0.0, 0.0, 0.0)
    scene.residual_noise = 0.0
    candidate = COMPACT_BOGUS[name].make(np.random.default_rng([seed, 1]), scene, sky_grid(41))
    # Residuals of the place underneath are not what is looked at.
    candidate.fixed = candidate.fixed_subtracted = 0
    return expose(np.random.default_rng([seed, 2]), scene, candidate, sky_grid(41))["difference"], scene


@pytest.mark.parametrize("seed", range(5))
def test_dipole_has_a_bright_and_a_dark_lobe(seed):
    image, _ = clean_difference("dipole", seed)
    assert -image.min() > 0.3 * image.max()


@pytest.mark.parametrize("seed", range(5))
def test_hot_pixel_is_sharper_than_a_star(seed):
    image, _ = clean_difference("hot-pixel", seed)
    row, column = np.unravel_index(image.argmax(), image.shape)
    around = [image[row - 1, column], image[row + 1, column], image[row, column - 1], image[row, column + 1]]
    assert np.median(around) < 0.2 * image.max()


@pytest.mark.parametrize("seed", range(5))
def test_kernel_ring_changes_its_sign(seed):
    image, _ = clean_difference("kernel-ring", seed)
    assert -image.min() > 0.05 * image.max()


@pytest.mark.parametrize("name", COMPACT_BOGUS)
def test_compact_kinds_leave_the_border_alone(name):
    for seed in range(4):
        image, scene = clean_difference(name, seed)
        border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
        inside = abs(image[17:24, 17:24]).max()
        assert abs(np.median(border)) < 0.02 * inside
        assert inside > 3 * scene.pixel_noise


def test_noise_peaks_are_faint():
    kinds = choose_kinds(["noise-peak"])
    assert all(simulate_candidate(0, i, size=21, kinds=kinds).truth["snr"] <= 9 for i in range(20))
