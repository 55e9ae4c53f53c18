import io
import struct

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.fits import whole
from otrain.data.fits.hcompress import check_tiles
from otrain.data.inputs.quarantine import InputRejected


def compressed(side=33, tile=None, kind="i2"):
    pixels = np.random.default_rng(0).normal(100, 5, (side, side)).astype(kind)
    out = io.BytesIO()
    hdu = fits.CompImageHDU(pixels, compression_type="HCOMPRESS_1", tile_shape=tile or (side, side))
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(out)
    return out.getvalue()


def with_height(data, height):
    """Let the compressed stream announce another number of lines than the tile has."""
    at = data.index(b"\xdd\x99") + 2
    return data[:at] + struct.pack(">i", height) + data[at + 4:]


def read(data):
    return len(whole.read_all(data))


@pytest.mark.parametrize("tile", [None, (14, 14), (33, 14), (7, 29)])
@pytest.mark.parametrize("kind", ["i2", "f4"])
def test_sound_tiles_of_any_size_are_let_through(tile, kind):
    check_tiles(compressed(tile=tile, kind=kind))


@pytest.mark.parametrize("height", [-1, 0, 1, 32, 254, 2**30])
def test_stream_of_another_size_than_its_tile_is_refused(height):
    with pytest.raises(InputRejected, match=r"bad-compression.*tile 0 does not begin as HCOMPRESS"):
        read(with_height(compressed(), height))


def test_stream_that_is_too_short_or_no_hcompress_is_refused():
    data = compressed()
    at = data.index(b"\xdd\x99")
    with pytest.raises(InputRejected, match=r"bad-compression"):
        read(data[:at] + b"\0\0" + data[at + 2:])
