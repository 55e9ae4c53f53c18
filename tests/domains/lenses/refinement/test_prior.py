"""What is known before the pixels: ranges, and the density of ratio and direction in the plane of the pair."""

import numpy as np
import pytest

from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.prior import Prior

NAMES = LensForward(32, "sersic", True, True, 2.0, True).names
PRIOR = Prior(NAMES, theta_e=(4, 10), size=(1, 3), ratio=(0.4, 0.9), reach=6.0)
INSIDE = dict.fromkeys(NAMES, 0.0) | {"log_theta_e": np.log(7.0), "e1": 0.2, "log_size": np.log(2.0), "n_sersic": 2.0}


def vector(**changed):
    return np.array([(INSIDE | changed)[name] for name in NAMES])


@pytest.mark.parametrize("changed", [{"log_theta_e": np.log(10.1)}, {"e1": 0.02}, {"e1": 0.5}, {"x_source": 6.1},
                                     {"log_size": np.log(0.9)}, {"n_sersic": 6.5}, {"s2": 0.9}])
def test_nothing_is_outside_the_ranges_and_clipping_brings_it_back(changed):
    outside = vector(**changed)[None]
    assert PRIOR.log_density(outside)[0] == -np.inf
    clipped = PRIOR.clip(outside)
    assert np.abs(clipped - outside).max() > 1e-3
    assert np.isfinite(PRIOR.log_density(clipped + 1e-6 * (vector() - clipped)))[0]  # a hair from the edge


def test_axis_ratio_is_uniform():
    ratio = np.array([0.45, 0.65, 0.85])
    e = (1 - ratio) / (1 + ratio)
    density = np.exp(PRIOR.log_density(np.stack([vector(e1=one) for one in e])))
    in_ratio = density * e * 2 / (1 + ratio) ** 2  # area of a ring of the plane for a step of the ratio
    assert in_ratio == pytest.approx(np.full(3, in_ratio[0]))


def test_lens_shear_and_width_are_normal():
    for name, sd in (("x_lens", 0.3), ("gamma2", 0.07), ("log_psf", 0.12)):
        off = PRIOR.log_density(np.stack([vector(), vector(**{name: sd})]))
        assert off[1] - off[0] == pytest.approx(-0.5)
