"""Pictures as PNG, chunk by chunk: every depth, colour and order of pixels, and what goes wrong with them."""

import struct
import zlib
from functools import lru_cache

import numpy as np

__all__ = ["PNG_ODDITIES", "chunk", "png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
# Of Adam7: first column and row of each pass, and the steps.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
RAMP = np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes()


def chunk(name, data, *, crc=None):
    """Return one chunk; `crc` in place of its own checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(
        ">I", zlib.crc32(name + data) if crc is None else crc)


def _lines(values, depth):
    """Return the lines of an image with the filter 0 before each."""
    if not values.size:
        return b""
    rows = values.reshape(len(values), -1)
    if depth == 16:
        rows = rows.astype(">u2").view(np.uint8).reshape(len(values), -1)
    elif depth < 8:
        bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        rows = np.packbits(bits.reshape(len(values), -1).astype(bool), axis=1)
    return np.concatenate([np.zeros((len(values), 1), np.uint8), rows.astype(np.uint8)], axis=1).tobytes()


def png(values, depth=8, colour=GREY, *, interlaced=False, before=b"", middle=b"", size=None, parts=1, end=True,
        level=6, lines=None):
    """Return a PNG file.

    Parameters
    ----------
    values : (H, W) or (H, W, C) uint ndarray
    depth : {1, 2, 4, 8, 16}
    colour : {0, 2, 3, 4, 6}
        As the format numbers them.
    interlaced : bool
    before, middle : bytes
        Chunks between the head and the pixels, and between two parts of these.
    size : tuple of int, optional
        Width and height that the head tells.
    parts : int
        Chunks over which the pixels are spread.
    end : bool
        Whether the last chunk is there.
    level : int
        Of the compression.
    lines : bytes, optional
        What is compressed in place of the pixels.
    """
    width, height = size or (values.shape[1], values.shape[0])
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    if lines is None:
        lines = b"".join(_lines(values[y::down, x::right], depth) for x, y, right, down in PASSES) if interlaced \
            else _lines(values, depth)
    packed = zlib.compress(lines, level)
    step = -(-len(packed) // parts)
    pixels = middle.join(chunk(b"IDAT", packed[start:start + step]) for start in range(0, len(packed), step))
    return SIGNATURE + chunk(b"IHDR", head) + before + pixels + (chunk(b"IEND", b"") if end else b"")


def _bytes(image):
    return np.rint(np.nan_to_num(image)).clip(0, 255).astype(np.uint8)


@lru_cache(16)
def _flat(width, height, depth, colour):
    """Return a picture that unpacks to very much, of one value but for its first rows."""
    bits = width * depth * CHANNELS[colour]
    first = bytes(np.arange(1 + bits // 8, dtype=np.uint8)[None].repeat(2, 0) % 5 * np.array([[1], [2]], np.uint8))
    first = b"\0" + first[1:]
    return png(np.zeros((1, 1), np.uint8), depth, colour, size=(width, height), level=1,
               lines=first[:1 + bits // 8] + bytes((height - 1) * (1 + bits // 8)))


def _film(image, rng):
    """Return an animated PNG of two images."""
    height, width = image.shape
    control = [chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0)) for number in (0, 1)]
    more = chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(_lines(_bytes(image.T), 8)))
    data = png(_bytes(image), before=chunk(b"acTL", struct.pack(">II", 2, 0)) + control[0], end=False)
    return data + control[1] + more + chunk(b"IEND", b"")


def _deep(image, depth):
    return (_bytes(image) >> (8 - depth)).astype(np.uint8)


def _text(length):
    return chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(length), 1))


def _profile(length):
    return chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(length), 1))


def _wrong_sum(name):
    def mutate(image, rng):
        data = png(_bytes(image), before=chunk(b"gAMA", struct.pack(">I", 45455)))
        end = data.index(name) + 4 + struct.unpack(">I", data[data.index(name) - 4:][:4])[0]
        return data[:end] + bytes([data[end] ^ 1]) + data[end + 1:]

    return mutate


def _changed_pixels(image, rng):
    """Return a picture of other pixels under the sums of its own, unpacked: only the sum of the chunk tells."""
    data = bytearray(png(_bytes(image), level=0))
    place = data.index(b"IDAT") + 4 + 7 + int(rng.integers(2, image.size // 2))
    data[place] ^= 0x40
    return bytes(data)


PNG_ODDITIES = {
    "png_4_bits": lambda image, rng: png(_deep(image, 4), 4), "png_2_bits": lambda image, rng: png(_deep(image, 2), 2),
    "png_1_bit": lambda image, rng: png(_deep(image, 1), 1),
    "png_film": _film,
    "png_no_end": lambda image, rng: png(_bytes(image), end=False),
    "png_no_pixels": lambda image, rng: png(_bytes(image), lines=b""),
    "png_few_lines": lambda image, rng: png(_bytes(image), lines=_lines(_bytes(image)[:9], 8)),
    "png_many_lines": lambda image, rng: png(_bytes(image), lines=_lines(_bytes(np.concatenate([image] * 3)), 8)),
    "png_huge_size": lambda image, rng: png(_bytes(image), size=(2**31 - 1, 2**31 - 1)),
    "png_large_size": lambda image, rng: png(_bytes(image), size=(4000, 4000)),
    "png_no_size": lambda image, rng: png(_bytes(image), size=(0, int(rng.integers(2)))),
    "png_one_line": lambda image, rng: png(_bytes(image)[:1]),
    "png_bomb": lambda image, rng: _flat(20_000, 20_000, 1, GREY),
    "png_large": lambda image, rng: _flat(4000, 4000, *((16, RGBA), (16, GREY), (8, RGB))[rng.integers(3)]),
    "png_text_bomb": lambda image, rng: png(_bytes(image), before=_text(int(rng.integers(1, 100)) << 20)),
    "png_many_texts": lambda image, rng: png(_bytes(image), before=_text(1 << 20) * int(rng.integers(2, 200))),
    "png_profile_bomb": lambda image, rng: png(_bytes(image), before=_profile(90 << 20)),
    "png_short_palette": lambda image, rng: png(_bytes(image), colour=PALETTE, before=chunk(b"PLTE", RAMP[:30])),
    "png_no_palette": lambda image, rng: png(_bytes(image), colour=PALETTE),
    "png_transparent": lambda image, rng: png(np.stack([_bytes(image), _bytes(image > 20)], -1), colour=GREY_ALPHA),
    "png_all_transparent": lambda image, rng: png(np.stack([_bytes(image), _bytes(image * 0)], -1), colour=GREY_ALPHA),
    "png_one_grey_transparent": lambda image, rng: png(_bytes(image), before=chunk(b"tRNS", struct.pack(
        ">H", int(_bytes(image)[0, 0])))),
    "png_one_colour_transparent": lambda image, rng: png(
        np.stack([_bytes(image)] * 3, -1), colour=RGB, before=chunk(b"tRNS", struct.pack(">HHH", *[int(_bytes(image)[0, 0])] * 3))),
    "png_unknown_colour": lambda image, rng: png(_bytes(image), colour=int(rng.choice([1, 5, 7, 255]))),
    "png_unknown_depth": lambda image, rng: png(_bytes(image), depth=8).replace(b"\x08\x00\x00\x00\x00", b"\x20\x00\x00\x00\x00", 1),
    "png_unknown_chunk": lambda image, rng: png(_bytes(image), before=chunk(b"ABCD", b"needed")),
    "png_chunk_between": lambda image, rng: png(_bytes(image), parts=3, middle=chunk(b"teXt", b"between")),
    "png_no_name": lambda image, rng: png(_bytes(image), before=chunk(b"\0\xff\n\x1b", b"")),
    "png_long_chunk": lambda image, rng: png(_bytes(image)).replace(b"IDAT", b"IDAT", 1)[:33] + struct.pack(
        ">I", 2**32 - 1) + png(_bytes(image))[37:],
    "png_wrong_sum": _wrong_sum(b"IDAT"), "png_wrong_sum_beside": _wrong_sum(b"gAMA"),
    "png_changed_pixels": _changed_pixels,
    "png_of_apple": lambda image, rng: (data := png(_bytes(image)))[:8] + chunk(b"CgBI", b"\x50\0\x20\x02") + data[8:],
    "png_jpeg": lambda image, rng: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + rng.bytes(200),
    "png_gif": lambda image, rng: b"GIF89a" + rng.bytes(200), "png_bmp": lambda image, rng: b"BM" + rng.bytes(200),
    "png_of_text": lambda image, rng: b"<html>404 Not Found</html>",
}
