"""Images from vectors of numbers: those of the physics, blurred."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from otrain.domains.lenses.physics.lens_models import SIE
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.sources import EllipticalGaussian, SersicSphere
from otrain.domains.lenses.refinement.forward import FWHM, LensForward, ellipse_of
from otrain.errors import UsageError

LENS = [np.log(7.0), 0.1, -0.2, 0.5, -0.3, 1.0, 2.0, np.log(2.0)]


def test_vector_gives_the_image_of_the_physics_blurred_as_the_simulator_does():
    forward = LensForward(32, elliptical=True, psf=2.5)
    ratio, angle = ellipse_of(0.1, -0.2)
    sharp = trace(SIE(7.0, ratio, angle, 0.5, -0.3), EllipticalGaussian(2.0, 1.0, np.pi / 4, 1.5, 1.7), 32) / 255
    found = forward.images([[*LENS, 0.0, 1 / 3]])[0]
    assert found == pytest.approx(gaussian_filter(sharp, 2.5 / FWHM, mode="constant"), abs=2e-6)


def test_sersic_source_has_the_brightness_of_one_luminosity():
    found = LensForward(32, "sersic").images([[*LENS, 1.5]])[0]
    ratio, angle = ellipse_of(0.1, -0.2)
    assert found == pytest.approx(trace(SIE(7.0, ratio, angle, 0.5, -0.3), SersicSphere(2.0, 1.5, 1.0, 1.5, 1.7), 32),
                                  rel=1e-4, abs=1e-5)


def test_loose_width_widens_a_gaussian_and_an_image_of_it_blurs_alike():
    wide = LensForward(32, psf=3.0).images([LENS])
    assert LensForward(32, psf=2.5, loose_psf=True).images([[*LENS, np.log(1.2)]]) == pytest.approx(wide, abs=1e-6)
    steps = np.arange(-5, 6)
    kernel = np.exp(-0.5 * (steps[:, None] ** 2 + steps ** 2) / (3.0 / FWHM) ** 2) * 7
    assert LensForward(32, psf=kernel).images([LENS]) == pytest.approx(wide, abs=2e-4)


def test_shear_is_about_the_lens_and_moves_the_image():
    plain, sheared = LensForward(32).images([LENS]), LensForward(32, shear=True)
    assert sheared.images([[*LENS, 0.0, 0.0]]) == pytest.approx(plain, abs=1e-6)
    assert np.abs(sheared.images([[*LENS, 0.1, 0.0]]) - plain).max() > 0.05


def test_unknown_profile_is_refused():
    with pytest.raises(UsageError, match=r"gaussian or sersic\. Received: 'disc'"):
        LensForward(32, "disc")
