import zlib

import numpy as np
import pytest

from otrain.data.cubes.crc import extended_crc32, joined_crc32


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 65, 1000])
@pytest.mark.parametrize("length", [1, 36, 1000])
def test_pieces_have_the_crc_of_the_whole(count, length):
    data = np.random.default_rng(count).integers(0, 256, (count, length)).astype(np.uint8)
    found = joined_crc32([zlib.crc32(piece.tobytes()) for piece in data], length)
    assert found == zlib.crc32(data.tobytes())


@pytest.mark.parametrize("second", [b"", b"x", bytes(5000)])
def test_two_pieces_of_any_length_have_the_crc_of_the_whole(second):
    assert extended_crc32(zlib.crc32(b"head"), zlib.crc32(second), len(second)) == zlib.crc32(b"head" + second)
