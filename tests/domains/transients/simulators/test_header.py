import numpy as np
import pytest

from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.simulators.header import draw_header
from otrain.domains.transients.simulators.scene import draw_scene


def headers(count=300):
    for i in range(count):
        rng = np.random.default_rng(i)
        scene = draw_scene(rng, 21)
        yield scene, draw_header(rng, scene)


def test_columns_are_canonical():
    assert all(set(header) <= set(COLUMNS) for _, header in headers(3))


def test_magnitude_is_that_of_the_flux_within_its_error():
    pulls = [(header["mag"] - scene.zero_point + 2.5 * np.log10(scene.flux)) / header["mag_err"]
             for scene, header in headers()]
    # 300 draws: the mean is known to 0.06, the standard deviation to 0.04.
    assert np.mean(pulls) == pytest.approx(0, abs=0.25)
    assert np.std(pulls) == pytest.approx(1, abs=0.2)


def test_magnitude_error_grows_with_faintness():
    snr, error = np.array([(scene.snr, header["mag_err"]) for scene, header in headers()]).T
    assert np.median(error[snr < 10]) > 5 * np.median(error[snr > 100])
