"""Tests of residuals: quiet about lenses as they are taken to be, loud about each thing that is not."""

from dataclasses import replace

import numpy as np
import pytest

from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.sources import Constellation, SphericalGaussian
from otrain.domains.lenses.refinement.fit import Pixels, fit_starts
from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.misfit import REASONS, loose_source, misfit_tests
from otrain.domains.lenses.refinement.prior import Prior

TRUTH = np.array([np.log(7.0), 0.1, -0.15, 0.0, 0.0, 1.0, 2.0, np.log(2.0)])
FORWARD = LensForward(32, psf=2.5)
RMS = 0.01


def fitted(image, *, noise=1.0, seed=0):
    image = image + noise * RMS * np.random.default_rng(seed).normal(size=image.shape)
    pixels = Pixels(image, np.full(image.shape, 1 / RMS))
    return pixels, fit_starts(FORWARD, pixels, Prior(FORWARD.names), TRUTH[None]).vectors[0]


def test_true_model_is_not_accused_and_its_source_needs_no_freedom():
    chances = np.array([list(misfit_tests(FORWARD, *fitted(FORWARD.images([TRUTH])[0], seed=seed)).values())
                        for seed in range(12)])
    assert chances.shape == (12, len(REASONS)) and (chances < 0.004).sum() <= 1
    assert 0.3 < np.median(chances[:, [0, 2, 4, 5]]) < 0.7
    assert loose_source(FORWARD, *fitted(FORWARD.images([TRUTH])[0], seed=3)) is None


@pytest.mark.parametrize(("test", "image"), [
    ("psf", lambda: replace(FORWARD, psf=3.0).images([TRUTH])[0]),
    ("shear", lambda: LensForward(32, shear=True, psf=2.5).images([[*TRUTH, 0.08, 0.05]])[0]),
    ("source", lambda: LensForward(32, "sersic", psf=2.5).images([[*TRUTH, 3.0]])[0] / 20),
    ("clumps", lambda: clumpy()),
])
def test_each_other_model_is_found(test, image):
    pixels, best = fitted(image())
    assert misfit_tests(FORWARD, pixels, best)[test] < 1e-3


def clumpy():
    source = Constellation((SphericalGaussian(2.0), SphericalGaussian(0.5, 1.5, 1.0), SphericalGaussian(0.5, -1, 1.5)),
                           1.0, 2.0)
    image = trace(FORWARD.lens(TRUTH[None]), source, 32)
    return FORWARD.blurred(image.reshape(1, 32, 32))[0] / 255


def test_wrong_noise_and_a_missed_spot_are_found_and_a_clumpy_source_gets_freedom():
    assert misfit_tests(FORWARD, *fitted(FORWARD.images([TRUTH])[0], noise=1.5))["noise"] < 1e-9
    assert misfit_tests(FORWARD, *fitted(FORWARD.images([TRUTH])[0], noise=0.7))["noise"] < 1e-9
    image = FORWARD.images([TRUTH])[0]
    image[2:5, 25:28] += 3.5 * RMS
    assert misfit_tests(FORWARD, *fitted(image))["local"] < 1e-3
    assert len(loose_source(FORWARD, *fitted(clumpy())).loose[1]) > 20
