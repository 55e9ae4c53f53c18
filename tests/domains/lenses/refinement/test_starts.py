"""Starts: the truth is among those chosen though no draw of the network is near."""

import numpy as np

from otrain.domains.lenses.refinement.fit import Pixels
from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.prior import Prior
from otrain.domains.lenses.refinement.starts import choose_starts, spread_draws

TRUTH = np.array([np.log(7.0), 0.1, -0.15, 0.0, 0.0, 1.0, 2.0, np.log(2.0)])


def test_starts_differ_and_one_is_near_though_the_network_is_far_off():
    forward = LensForward(32, psf=2.0)
    prior = Prior(forward.names, theta_e=(4, 12), size=(1, 4), ratio=(0.4, 1.0), reach=8.0)
    pixels = Pixels(forward.images([TRUTH])[0], np.full((32, 32), 50.0))
    rng = np.random.default_rng(0)
    told = TRUTH + np.array([np.log(1.5), 0, 0, 0, 0, -2, 1, 0])
    candidates = spread_draws(told + rng.normal(size=(30, 8)) * 0.03, prior, rng)
    assert candidates.shape == (90, 8)
    starts = choose_starts(forward, pixels, prior, candidates, 5)
    assert len(starts) == 5
    assert np.abs(starts[:, 0] - TRUTH[0]).min() < 0.12
    assert np.abs(np.diff(np.sort(starts[:, 0]))).max() > 0.02
