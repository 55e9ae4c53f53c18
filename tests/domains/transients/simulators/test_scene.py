import numpy as np

from otrain.domains.transients.simulators.scene import draw_galaxy, draw_scene


def scenes(count=200, **options):
    return [draw_scene(np.random.default_rng(i), 41, **options) for i in range(count)]


def test_scenes_span_the_telescopes_that_they_should():
    many = scenes()
    assert min(s.fwhm for s in many) < 1.8 and max(s.fwhm for s in many) > 5.5
    assert min(s.pixel_scale for s in many) < 0.5 and max(s.pixel_scale for s in many) > 3
    assert min(len(s.stars) for s in many) < 3 and max(len(s.stars) for s in many) > 25
    assert min(s.snr for s in many) < 8 and max(s.snr for s in many) > 100


def test_pixel_noise_is_that_of_photons_and_readout():
    scene = scenes(1)[0]
    electrons = scene.sky * scene.gain + scene.read_noise**2
    assert np.isclose(scene.pixel_noise * scene.gain, np.sqrt(electrons))


def test_masks_of_a_scene_leave_the_candidate_alone():
    masked = 0
    for scene in scenes(edge_frac=0.5):
        for _, mask in scene.masks:
            masked += 1
            assert not mask[19:22, 19:22].any()
    assert masked > 50


def test_galaxies_fit_into_a_small_cutout():
    scene = scenes(1)[0]
    rng = np.random.default_rng(0)
    assert all(draw_galaxy(rng, scene, 21, (0, 0))["scale"] <= 1.5 for _ in range(50))
