import base64
import io

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.alert import read_alert
from otrain.domains.transients.readers.packets import is_packet, to_packet

PIXELS = np.arange(12, dtype="f4").reshape(3, 4)


def content():
    stream = io.BytesIO()
    fits.PrimaryHDU(PIXELS).writeto(stream)
    return stream.getvalue()


WORDS = base64.b64encode(content()).decode()


@pytest.mark.parametrize("name, value", [
    ("cutoutDifference", content()), ("cutoutDifference", {"stampData": content(), "fileName": "x"}),
    ("cutoutDifference", {"stampData": WORDS}), ("cutout_difference", WORDS), ("cutoutDifference_stampData", content()),
    ("b:cutoutDifference_stampData", PIXELS.tolist()), ("cutoutDifference", {"stampData": {"$binary": {"base64": WORDS}}}),
    ("cutoutDifference.stampData", memoryview(content())), ("cutoutDifference", WORDS[:40] + "\n" + WORDS[40:]),
])
def test_every_form_of_a_cutout_gives_its_pixels(name, value):
    example = read_alert(to_packet({name: value, "i:candid": 5}))
    assert np.array_equal(example.image[..., 0], PIXELS) and example.columns["candid"] == "5"


def test_pixels_without_a_value_stay_so():
    example = read_alert(to_packet({"cutoutScience": [[1.0, None], [2.0, 3.0]], "_id": 7}))
    assert np.isnan(example.image[0, 1, 0]) and example.columns["candid"] == "7"


def test_absent_cutouts_are_absent():
    assert to_packet({"cutoutScience": None, "cutoutTemplate": {}, "cutoutDifference": ""}) == {}


@pytest.mark.parametrize("value, words", [("no base64!", "no base64"), ([[1, 2], [3]], "no rectangle"), (5, "int"), ([["a"]], "no rectangle"),
                                          ([[[1.0]]], "no rectangle")])
def test_what_is_no_image_is_refused(value, words):
    with pytest.raises(InputRejected, match=words):
        to_packet({"cutoutScience": value})


def test_packets_are_known_by_a_cutout():
    assert is_packet({"b:cutoutScience": 1}) and not is_packet({"candid": 1}) and not is_packet([1])
