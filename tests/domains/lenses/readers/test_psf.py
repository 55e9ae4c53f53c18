import numpy as np
import pytest

from otrain.domains.lenses.readers.psf import full_width


@pytest.mark.parametrize(("sigma", "side"), [(0.8, 21), (1.5, 33), (3.0, 40)])
def test_width_of_a_gaussian_is_known_to_a_few_per_cent(sigma, side):
    y, x = np.indices((side, side)) - (side - 1) / 2
    # The pixels are samples of the function, not integrals, so no widening is expected.
    assert full_width(np.exp(-(x**2 + y**2) / (2 * sigma**2))) == pytest.approx(2.3548 * sigma, rel=0.03)


def test_what_has_no_peak_has_no_width():
    assert full_width(np.zeros((9, 9))) is None and full_width(-np.ones((9, 9))) is None and full_width(np.ones((2, 9))) is None
