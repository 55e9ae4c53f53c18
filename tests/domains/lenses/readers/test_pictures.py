import cv2
import numpy as np
import pytest

from otrain.data.inputs.probe import Probe
from otrain.domains.lenses.readers.pictures import READER


def read(folder, pixels):
    cv2.imwrite(str(folder / "a.png"), pixels)
    example, = READER.read(Probe(str(folder / "a.png")))
    return example


def test_grey_values_stay_as_they_are_the_first_row_first(tmp_path):
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    example = read(tmp_path, pixels)
    assert (example.image[..., 0] == pixels).all() and example.image.dtype == np.float32
    assert example.channels == ("image",) and example.remarks is None and example.columns == {"saturation": 0.0}


def test_colours_become_their_mean_without_overflow(tmp_path):
    pixels = np.full((6, 8, 3), (255, 250, 245), np.uint8)
    pixels[0] = 0
    example = read(tmp_path, pixels)
    assert example.image[3, 3, 0] == 250 and "made grey" in next(iter(example.remarks))


def test_sixteen_bits_do_not_overflow(tmp_path):
    pixels = np.full((6, 8, 3), (65535, 65534, 65533), np.uint16)
    pixels[0] = 7
    example = read(tmp_path, pixels)
    assert example.image[3, 3, 0] == 65534 and example.image[0, 0, 0] == 7 and example.columns["saturation"] == 0


def test_equal_colours_are_grey_without_a_remark(tmp_path):
    example = read(tmp_path, np.repeat(np.arange(48, dtype=np.uint8).reshape(6, 8, 1), 3, axis=2))
    assert example.image[1, 0, 0] == 8 and example.remarks is None


@pytest.mark.parametrize(("dtype", "largest"), [(np.uint8, 255), (np.uint16, 65535)])
def test_the_share_of_saturated_pixels_is_a_column_and_said_where_it_is_large(tmp_path, dtype, largest):
    pixels = np.arange(200, dtype=dtype).reshape(10, 20)
    pixels[0, :2] = largest
    assert read(tmp_path, pixels).columns["saturation"] == pytest.approx(0.01) and read(tmp_path, pixels).remarks is None
    pixels[0, :3] = largest
    assert read(tmp_path, pixels).remarks == {f"images have more than 1 % of their pixels at the largest value, {largest}": "1.5 %"}


def test_transparent_pixels_have_no_value(tmp_path):
    pixels = np.full((6, 8, 4), 90, np.uint8)
    pixels[2, 3, 3] = 0
    assert np.argwhere(np.isnan(read(tmp_path, pixels).image[..., 0])).tolist() == [[2, 3]]
