"""Pixels of a picture file, PNG or JPEG, for readers of every domain."""

import io
import struct
import warnings
import zlib

import numpy as np

from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size

__all__ = ["JPEG", "PNG", "decode_picture"]

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_HEAD, _DEPTH, _COLOUR = 33, 24, 25  # bytes of the head of a PNG; where depth and kind of colour stand


def decode_picture(data, *, formats=("PNG", "JPEG")):
    """Return pixels (H, W) or (H, W, 3), and which are transparent, or None.

    Parameters
    ----------
    data : bytes
        A whole file.
    formats : tuple of str
        Which may be decoded.

    Returns
    -------
    pixels : (H, W) or (H, W, 3) ndarray
        In the type of the file: 16 bits stay 16 bits, of colours as well.
    transparent : (H, W) bool ndarray or None

    Raises
    ------
    InputRejected
        ``too-large``, ``bad-shape``, ``truncated``, ``bad-checksum`` or ``corrupt``. Every chunk of a PNG
        is compared with its checksum, which decoders do not do for the pixels.
    """
    from PIL import Image, UnidentifiedImageError

    chunks = _checked_chunks(data) if data.startswith(PNG) and "PNG" in formats else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=formats) as picture:
                check_size((picture.height, picture.width))
                if getattr(picture, "n_frames", 1) > 1:
                    raise InputRejected("bad-shape", f"the picture is a film of {picture.n_frames} images.")
                pixels, transparent = _arrays(picture, chunks)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputRejected("too-large", "the picture is larger than a cutout can be.") from None
    except (UnidentifiedImageError, SyntaxError, ValueError, EOFError, OSError) as error:
        words = str(error)
        raise InputRejected("truncated" if "truncated" in words else "corrupt",
                            f"the picture cannot be decoded: {words}.") from None
    pixels = _all_bits(data, pixels) if _loses_bits(data) else pixels
    if transparent is None and b"tRNS" in chunks:
        transparent = _of_one_colour(data, pixels, chunks[b"tRNS"])
    return pixels, transparent


def _checked_chunks(data):
    """Return the chunks of a PNG that say what its pixels mean, by name, once all sums are found right."""
    found, place, name = {}, len(PNG), b""
    while name != b"IEND":
        if place + 12 > len(data):
            raise InputRejected("truncated", "the picture ends before its last chunk.")
        length, name = struct.unpack_from(">I4s", data, place)
        if not name.isalpha():
            raise InputRejected("corrupt", f"no chunk begins at byte {place} of the picture.")
        end = place + 8 + length
        if end + 4 > len(data):
            raise InputRejected("truncated", f"the chunk {name!r} at byte {place} should have {length} "
                                             f"bytes, and {len(data) - place - 8} follow.")
        content = memoryview(data)[place + 4:end]
        if zlib.crc32(content) != int.from_bytes(data[end:end + 4], "big"):
            raise InputRejected("bad-checksum", f"the chunk {name!r} at byte {place} does not have its "
                                                "checksum.")
        if name in (b"PLTE", b"tRNS"):
            found[name] = bytes(content[4:])
        place = end + 4
    return found


def _of_one_colour(data, pixels, content):
    """Return which pixels have the one colour that a PNG calls transparent, None if there are none."""
    depth, colour = data[_DEPTH], data[_COLOUR]
    samples = {0: 1, 2: 3}.get(colour, 0)
    if not samples or len(content) != 2 * samples:
        return None
    scale = 255 // ((1 << depth) - 1) if depth < 8 else 1  # fewer bits are spread over eight
    colours = [sample * scale for sample in struct.unpack(f">{samples}H", content)]
    same = (pixels.reshape(*pixels.shape[:2], -1) == colours).all(axis=-1)
    return same if same.any() else None


def _require_palette(picture, chunks):
    """Refuse a picture with a pixel whose colour its palette does not have."""
    if picture.format != "PNG":
        return
    count, most = len(chunks.get(b"PLTE", b"")) // 3, int(np.asarray(picture).max(initial=0))
    if most >= count:
        raise InputRejected("corrupt", f"a pixel has the colour number {most}, and the palette {count} "
                                       "colours.")


def _arrays(picture, chunks):
    if picture.mode == "P":
        _require_palette(picture, chunks)
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    if picture.mode in ("1", "CMYK", "YCbCr", "HSV", "LAB"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    pixels, transparent = np.asarray(picture), None
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        pixels, alpha = pixels[..., :-1], pixels[..., -1]
        transparent = alpha == 0 if (alpha == 0).any() else None
        pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    if pixels.dtype.kind not in "uif" or pixels.ndim not in (2, 3):
        raise InputRejected("bad-shape", f"a picture of mode {picture.mode!r} is no image of numbers.")
    return pixels, transparent


def _loses_bits(data):
    """Tell whether Pillow has kept 8 of 16 bits: of every PNG of 16 bits but the plain grey ones."""
    return data.startswith(PNG) and len(data) > _HEAD and data[_DEPTH] == 16 and data[_COLOUR] != 0


def _all_bits(data, pixels):
    """Return the pixels of a PNG of 16 bits by OpenCV, which keeps them; Pillow has found the file whole."""
    import cv2

    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint16 or found.shape[:2] != pixels.shape[:2]:
        return pixels
    if pixels.ndim == 2:
        return found if found.ndim == 2 else found[..., 0]
    return np.ascontiguousarray(found[..., 2::-1])  # OpenCV has blue first
