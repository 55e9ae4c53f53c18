import numpy as np
import pytest

from otrain.domains.lenses.physics.images import crop_middle, quantise
from otrain.errors import DataError


def test_levels_are_rounded_and_saturated():
    levels = quantise(np.array([-3.0, 0.4999, 0.5, 1.5, 254.6, 300.0, np.nan, np.inf], np.float32))
    assert levels.dtype == np.uint8
    assert levels.tolist() == [0, 0, 1, 2, 255, 255, 0, 255]


@pytest.mark.parametrize("side, size, first", [(8, 4, 2), (9, 4, 2), (8, 3, 2), (9, 3, 3), (5, 5, 0)])
def test_middle_is_cut_as_cosmosim_cuts_it(side, size, first):
    cut = crop_middle(np.arange(side)[:, None] * 100 + np.arange(side), size)
    assert cut.shape == (size, size)
    assert cut[0, 0] == first * 101


def test_image_must_be_large_enough():
    with pytest.raises(DataError, match=r"`size` must not exceed the image's 3 x 3 pixel. Received: 4."):
        crop_middle(np.zeros((3, 3)), 4)
