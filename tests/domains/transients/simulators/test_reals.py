import numpy as np
import pytest

from otrain.domains.transients.simulators.candidates import choose_kinds, simulate_candidate
from otrain.domains.transients.simulators.reals import REAL_KINDS
from otrain.domains.transients.simulators.sky import sky_grid


def bright(name, count=60):
    """Noise matters little at these: signal to noise above 60."""
    kinds = choose_kinds([name])
    made = [simulate_candidate(1, i, size=41, channels="triplet", kinds=kinds) for i in range(count)]
    return [one for one in made if one.truth["snr"] > 60]


@pytest.mark.parametrize("name", REAL_KINDS)
def test_real_candidate_is_an_excess_at_the_centre(name):
    x, y = sky_grid(41).x, sky_grid(41).y
    for one in bright(name):
        inside = np.hypot(x - one.truth["x_offset"], y - one.truth["y_offset"]) < one.truth["fwhm_science"]
        assert np.nansum(one.image[..., 2][inside]) > 0.3 * one.truth["flux"]


def test_variable_star_is_in_the_template():
    for one in bright("variable"):
        flux = one.image[19:22, 19:22, 1]
        assert np.nanmax(flux) > np.nanmedian(one.image[..., 1]) + 2 * one.truth["pixel_noise"] * 0.1


def test_trail_has_a_length():
    assert all(one.truth["trail"] > 0 for one in bright("trailed"))
    assert all(np.isnan(one.truth["trail"]) for one in bright("isolated"))
