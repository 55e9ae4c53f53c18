import math

import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lenses.readers.pixel_scale import pixel_scale_of

STEP = 0.1 / 3600


@pytest.mark.parametrize("header", [
    {"CD1_1": -STEP, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": STEP}, {"CD1_1": -STEP, "CD2_2": STEP, "CUNIT1": "deg"},
    {"CD1_1": 0.0, "CD1_2": STEP, "CD2_1": STEP, "CD2_2": 0.0},
    {"CD1_1": STEP * math.cos(1), "CD1_2": -STEP * math.sin(1), "CD2_1": STEP * math.sin(1), "CD2_2": STEP * math.cos(1)},
    {"CTYPE1": "RA---TAN", "CDELT1": -STEP, "CDELT2": STEP}, {"PIXSCALE": 0.1}, {"PIXSCALE": "0.1 arcsec"},
    {"CTYPE1": "RA---TAN", "CDELT1": 0.1, "CDELT2": 0.1, "CUNIT1": "arcsec"},
    {"CTYPE1": "RA---TAN", "CDELT1": 1.0, "CDELT2": 1.0, "PC1_1": -STEP, "PC2_2": STEP}])
def test_scale_is_that_of_the_wcs_however_it_is_written(header):
    assert pixel_scale_of(header) == pytest.approx(0.1, rel=1e-6)


def test_the_first_header_with_a_wcs_counts():
    assert pixel_scale_of({"PIXSCALE": 9.0}, {"CD1_1": STEP, "CD2_2": STEP}) == pytest.approx(0.1)
    assert pixel_scale_of({}, {"CDELT1": 1.0, "CDELT2": 1.0}) is None  # without a projection it is no WCS


@pytest.mark.parametrize(("header", "words"), [
    ({"CD1_1": "wide", "CD2_2": STEP}, "CD1_1 = 'wide' is no number"), ({"CD1_1": float("nan"), "CD2_2": STEP}, "no number"),
    ({"CD1_1": STEP, "CD2_2": 2 * STEP}, "no square pixels"), ({"CD1_1": STEP}, "no square pixels"),
    ({"CD1_1": 1.0, "CD2_2": 1.0}, "pixels of 3600 arcsec"), ({"CD1_1": STEP, "CD2_2": STEP, "CUNIT1": "GHz"}, "no unit of an angle"),
    ({"PIXSCALE": 0.0}, "PIXSCALE = 0.0")])
def test_a_wcs_that_cannot_be_read_is_a_reason(header, words):
    with pytest.raises(InputRejected) as raised:
        pixel_scale_of(header)
    assert raised.value.reason == "bad-column" and words in raised.value.words
