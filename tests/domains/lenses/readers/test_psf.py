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


def test_a_large_function_takes_no_more_than_what_is_bright_in_it():
    import tracemalloc

    y, x = np.indices((800, 800)) - 400
    large = np.exp(-(x**2 + y**2) / (2 * 1.5**2))
    tracemalloc.start()
    width = full_width(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert width == pytest.approx(full_width(large[384:417, 384:417]), rel=1e-6)
    assert peak < 8 * large.nbytes  # 8 x 8 points for every pixel take 64 times as much


def test_a_function_as_wide_as_a_frame_is_measured_on_its_own_pixels():
    y, x = np.indices((600, 600)) - 300
    assert full_width(np.exp(-(x**2 + y**2) / (2 * 120**2))) == pytest.approx(2.3548 * 120, rel=0.001)
