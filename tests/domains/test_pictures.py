import struct
import zlib

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


def handmade(pixels, depth, colour, *more):
    """Return a PNG chunk by chunk: samples (H, W, C), one byte or two each; `more` lies before the pixels."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixels = np.asarray(pixels, ">u2" if depth == 16 else np.uint8)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    head = struct.pack(">IIBBBBB", pixels.shape[1] * (8 // depth if depth < 8 else 1), len(pixels), depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in (
        (b"IHDR", head), *more, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")))


GREY = np.arange(12, dtype=np.uint8).reshape(3, 4)


def refused(data):
    with pytest.raises(InputRejected) as raised:
        decode_picture(data)
    return raised.value


@pytest.mark.parametrize("name", [b"IHDR", b"gAMA", b"IDAT", b"IEND"])
def test_a_chunk_that_misses_its_checksum_is_told(name):
    data = handmade(GREY, 8, 0, (b"gAMA", bytes(4)))
    assert (decode_picture(data)[0] == GREY).all()
    place = data.index(name)
    end = place + 4 + int.from_bytes(data[place - 4:place], "big")
    fault = refused(data[:end] + bytes([data[end] ^ 1]) + data[end + 1:])
    assert fault.reason == "bad-checksum" and repr(name) in fault.words


@pytest.mark.parametrize("length", [8, 20, 40, -12, -1])
def test_a_picture_without_its_end_is_truncated(length):
    assert refused(handmade(GREY, 8, 0)[:length]).reason == "truncated"
    assert (decode_picture(handmade(GREY, 8, 0) + b"more")[0] == GREY).all()


def test_a_colour_that_the_palette_lacks_is_no_black():
    palette = (b"PLTE", np.repeat(np.arange(11, dtype=np.uint8) * 20, 3).tobytes())
    fault = refused(handmade(GREY, 8, 3, palette))
    assert fault.reason == "corrupt" and "colour number 11, and the palette 11 colours" in fault.words
    assert decode_picture(handmade(GREY.clip(0, 10), 8, 3, palette))[0][2, 1, 0] == 180
    assert refused(handmade(GREY, 8, 3)).reason == "corrupt"


@pytest.mark.parametrize(("pixels", "depth", "colour", "value"), [
    (GREY, 8, 0, [7]), (GREY.astype(np.uint16) * 1000, 16, 0, [7000]), ([[0x12, 0x37], [0x45, 0x67]], 4, 0, [7]),
    (np.stack([GREY] * 3, -1), 8, 2, [7, 7, 7]), (np.stack([GREY.astype(np.uint16) * 1000] * 3, -1), 16, 2, [7000] * 3)])
def test_one_colour_that_is_called_transparent_has_no_value(pixels, depth, colour, value):
    marked = (b"tRNS", struct.pack(f">{len(value)}H", *value))
    found, transparent = decode_picture(handmade(pixels, depth, colour, marked))
    assert transparent.shape == found.shape[:2]
    places = np.argwhere(transparent).tolist()
    assert places == ([[0, 3], [1, 3]] if depth == 4 else [[1, 3]])
    other = (b"tRNS", struct.pack(f">{len(value)}H", *[3 if depth == 4 else 13] * len(value)))
    assert depth == 4 or decode_picture(handmade(pixels, depth, colour, other))[1] is None
