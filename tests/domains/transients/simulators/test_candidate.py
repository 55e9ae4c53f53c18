import numpy as np

from otrain.domains.transients.simulators.candidate import deposit


def test_value_on_a_pixel_stays_there():
    image = deposit(np.zeros((5, 5)), 1.0, -1.0, 2.0)
    assert image[1, 3] == 2 and image.sum() == 2


def test_value_between_pixels_is_shared():
    image = deposit(np.zeros((5, 5)), 0.25, 0.0, 1.0)
    assert image[2, 2] == 0.75 and image[2, 3] == 0.25


def test_value_outside_is_left_out():
    assert deposit(np.zeros((5, 5)), [9.0, 0.0], [0.0, 0.0], [1.0, 1.0]).sum() == 1
