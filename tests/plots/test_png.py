import cv2
import numpy as np
import pytest

from otrain.plots.png import png_of


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 3, 3), (64, 65, 3)])
def test_file_holds_the_picture_exactly(shape):
    rgb = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    read = cv2.imdecode(np.frombuffer(png_of(rgb), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(read[..., ::-1], rgb)


def test_repeated_rows_take_little_room():
    row = np.random.default_rng(0).integers(0, 256, (1, 100, 3)).astype(np.uint8)
    assert len(png_of(np.repeat(row, 100, axis=0))) < 1000
