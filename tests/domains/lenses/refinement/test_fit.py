"""The fit of many starts: it arrives, brightness and sky are those of least squares."""

import numpy as np
import pytest

from otrain.domains.lenses.refinement.fit import Pixels, fit_starts
from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.prior import Prior

TRUTH = np.array([np.log(7.0), 0.1, -0.15, 0.1, -0.2, 1.0, 2.0, np.log(2.0)])


def noisy(forward, *, rms=0.02, sky=0.0, seed=0):
    image = forward.images([TRUTH])[0]
    return image + sky + rms * np.random.default_rng(seed).normal(size=image.shape), np.full(image.shape, 1 / rms)


def test_starts_far_off_arrive_at_the_truth_and_the_best_is_first():
    forward = LensForward(32, psf=2.0)
    pixels = Pixels(*noisy(forward))
    starts = TRUTH + np.random.default_rng(1).normal(size=(4, 8)) * [0.1, 0.08, 0.08, 0.3, 0.3, 1, 1, 0.2]
    fits = fit_starts(forward, pixels, Prior(forward.names), starts)
    assert (np.diff(fits.cost) >= 0).all()
    sd = np.sqrt(np.diag(np.linalg.inv(fits.hessian[0])))
    assert np.abs((fits.vectors[0] - TRUTH) / sd).max() < 4
    assert fits.chi2[0] == pytest.approx(1024, abs=150)


def test_brightness_and_sky_are_those_of_least_squares_and_masked_pixels_do_not_count():
    forward = LensForward(32, psf=2.0)
    image, weight = noisy(forward, sky=0.3)
    image[3, 4], weight[3, 4] = np.nan, 0.0
    weight[:, :10] *= 0.5
    pixels = Pixels(image, weight, sky=True)
    model = forward.images([TRUTH])[0].ravel().astype(float)
    known = weight.ravel() > 0
    design = np.stack([model, np.ones_like(model)], axis=1)[known] * weight.ravel()[known, None]
    solved, chi2, *_ = np.linalg.lstsq(design, (image.ravel() * weight.ravel())[known])
    brightness, found, _ = pixels.judge(pixels.whiten(forward.images([TRUTH])))
    assert brightness[0] == pytest.approx(solved[0], rel=1e-4)
    assert found[0] == pytest.approx(chi2[0], rel=1e-4)
    assert pixels.count == 1023


def test_what_lies_along_a_loose_direction_counts_for_less():
    image = np.zeros((8, 8))
    image[2, 3] = 5.0
    direction = np.zeros((1, 64), np.float32)
    direction[0, 19] = 1
    pixels = Pixels(image, np.ones((8, 8)), loose=(direction, np.array([2.0])))
    assert (pixels.whitened ** 2).sum() == pytest.approx(25 / (1 + 2.0 ** 2), rel=1e-5)
