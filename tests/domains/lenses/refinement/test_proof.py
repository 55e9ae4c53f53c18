"""The proof of a lens: its posterior is that of a grid, it repeats, and it says what is wrong."""

import numpy as np
import pytest

from otrain.domains.lenses.refinement.fit import Pixels
from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.prior import Prior
from otrain.domains.lenses.refinement.proof import posterior, prove_lens

TRUTH = np.array([np.log(7.0), 0.1, -0.15, 0.0, 0.0, 1.0, 2.0, np.log(2.0)])
FORWARD = LensForward(32, psf=2.5)
PRIOR = Prior(FORWARD.names, theta_e=(4, 12), size=(1, 4), ratio=(0.4, 1.0), reach=8.0)


def pixels_of(image, *, noise=1.0, rms=0.03):
    image = image + noise * rms * np.random.default_rng(0).normal(size=image.shape)
    return Pixels(image, np.full(image.shape, 1 / rms))


def proof_of(pixels, *, told=TRUTH, seed=0):
    rng = np.random.default_rng(seed)
    draws = told + rng.normal(size=(30, 8)) * [0.05, 0.05, 0.05, 0.1, 0.1, 0.5, 0.5, 0.1]
    return prove_lens(FORWARD, pixels, PRIOR, draws, rng)


def test_network_that_is_far_off_is_mended():
    proof = proof_of(pixels_of(FORWARD.images([TRUTH])[0]), told=TRUTH + 0.4 * np.eye(8)[0])
    sd = np.sqrt(np.diag(proof.samples.covariance()))
    assert np.abs((proof.samples.mean() - TRUTH) / sd).max() < 4
    assert proof.reasons == () and proof.samples.ess > 0.2 and proof.chi2 == pytest.approx(1, abs=0.15)


def test_same_seed_gives_the_same_proof_and_the_seed_of_the_network_does_not_matter():
    pixels = pixels_of(FORWARD.images([TRUTH])[0])
    first, again, other = proof_of(pixels), proof_of(pixels), proof_of(pixels, seed=1)
    assert (first.samples.vectors == again.samples.vectors).all() and first.tests == again.tests
    sd = np.sqrt(np.diag(first.samples.covariance()))
    assert np.abs((first.samples.mean() - other.samples.mean()) / sd).max() < 0.25


def test_wrong_noise_and_wrong_width_are_flagged_in_words():
    image = FORWARD.images([TRUTH])[0]
    assert "the residuals are larger or smaller than the noise" in proof_of(pixels_of(image, noise=1.5)).reasons
    wide = LensForward(32, psf=3.5).images([TRUTH])[0]
    assert "another width of the point-spread function fits better" in proof_of(pixels_of(wide, rms=0.01)).reasons


def test_density_is_that_of_brightness_integrated_by_hand():
    pixels = pixels_of(FORWARD.images([TRUTH])[0])
    other = TRUTH + np.array([0.01, 0.01, 0, 0, 0, 0.1, 0, 0.03])
    found = posterior(FORWARD, pixels, PRIOR, np.stack([TRUTH, other]))
    brightness = np.linspace(0.8, 1.2, 4001)
    by_hand = []
    for vector in (TRUTH, other):
        model = FORWARD.images([vector])[0].astype(float)
        chi2 = [(((pixels.image - one * model) / 0.03) ** 2).sum() for one in brightness]
        by_hand.append(np.log(np.exp(-0.5 * (np.array(chi2) - 1000)).sum()) + PRIOR.log_density(vector)[0])
    assert found[1] - found[0] == pytest.approx(by_hand[1] - by_hand[0], abs=0.01)
