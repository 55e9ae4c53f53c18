import numpy as np
import pytest

from otrain.data.inputs.crops import crop_centre
from otrain.errors import DataError


@pytest.mark.parametrize(("before", "after"), [(6, 4), (7, 3), (6, 3), (7, 4)])
def test_middle_pixel_stays_in_the_middle(before, after):
    image = np.zeros((before, before + 2))
    image[before // 2, (before + 2) // 2] = 1
    assert crop_centre(image, after)[after // 2, after // 2] == 1


def test_images_that_are_too_small_are_refused():
    with pytest.raises(DataError, match=r"at least 5x5 pixel. Received: 3x4"):
        crop_centre(np.zeros((3, 4)), 5)
