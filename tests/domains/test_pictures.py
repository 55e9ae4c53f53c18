import cv2
import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.pictures import decode_picture

RAMP = (np.arange(48 * 3).reshape(6, 8, 3) * 450).astype(np.uint16)


def png(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


def test_grey_pictures_of_16_bits_keep_them():
    pixels, transparent = decode_picture(png(RAMP[..., 0]))
    assert (pixels == RAMP[..., 0]).all() and pixels.max() > 60000 and transparent is None


def test_coloured_pictures_of_16_bits_keep_them_red_first():
    pixels, _ = decode_picture(png(RAMP))
    assert pixels.dtype == np.uint16 and (pixels == RAMP[..., ::-1]).all()


def test_transparent_pictures_of_16_bits_keep_their_colours():
    alpha = np.full((6, 8, 1), 65535, np.uint16)
    alpha[0] = 0
    pixels, transparent = decode_picture(png(np.concatenate([RAMP, alpha], axis=-1)))
    assert (pixels == RAMP[..., ::-1]).all() and transparent.sum() == 8


def test_formats_that_were_not_asked_for_are_refused():
    jpeg = cv2.imencode(".jpg", RAMP.astype(np.uint8))[1].tobytes()
    assert decode_picture(jpeg)[0].shape == (6, 8, 3)
    with pytest.raises(InputRejected, match="cannot be decoded"):
        decode_picture(jpeg, formats=("PNG",))


def test_cut_pictures_are_told():
    noise = np.random.default_rng(0).integers(0, 255, (60, 60), np.uint8)
    with pytest.raises(InputRejected) as raised:
        decode_picture(png(noise)[:1500])
    assert raised.value.reason in ("truncated", "corrupt")
