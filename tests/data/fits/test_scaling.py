import numpy as np
import pytest

from otrain.data.fits.scaling import scale_pixels
from otrain.data.inputs.quarantine import InputRejected

STORED = np.array([[-32768, 0], [1, 32767]], ">i2")


def test_pixels_without_a_scale_are_given_as_they_are():
    assert scale_pixels(STORED, {}) is STORED
    assert scale_pixels(STORED, {"BSCALE": 1.0, "BZERO": 0}) is STORED


def test_unsigned_integers_keep_their_blank():
    values = scale_pixels(STORED, {"BZERO": 32768, "BLANK": -32768})
    np.testing.assert_array_equal(values, [[np.nan, 32768], [32769, 65535]])


@pytest.mark.parametrize("header", [{"BSCALE": "0.5"}, {"BSCALE": "5.0D-1"}, {"BSCALE": "0,5", "BZERO": "0"}])
def test_scale_may_be_a_text(header):
    np.testing.assert_array_equal(scale_pixels(STORED, header), STORED * 0.5)


def test_scale_that_is_no_number_is_refused():
    with pytest.raises(InputRejected, match="BSCALE = 'abc' is no number"):
        scale_pixels(STORED, {"BSCALE": "abc"})


def test_long_integers_are_scaled_in_double_precision():
    values = scale_pixels(np.array([[2**31 - 1]], ">i4"), {"BZERO": 1})
    assert values.dtype == np.float64 and values[0, 0] == 2**31


def test_blank_of_floats_marks_nothing():
    pixels = np.array([[1.0, 2.0]], ">f4")
    assert scale_pixels(pixels, {"BLANK": 1}) is pixels
