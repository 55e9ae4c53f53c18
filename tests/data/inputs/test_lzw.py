import io

import numpy as np
import pytest
from packing import compress

from otrain.data.inputs.lzw import LzwError, decode_lzw


@pytest.mark.parametrize("data", [b"a", b"abababab", bytes(3000), bytes(range(256)) * 9,
                                  np.random.default_rng(0).bytes(30_000)])
def test_what_was_packed_comes_out(data):
    assert b"".join(decode_lzw(io.BytesIO(compress(data)))) == data


def test_narrow_codes_come_out():
    data = np.random.default_rng(1).integers(0, 4, 20_000, np.uint8).tobytes()
    assert b"".join(decode_lzw(io.BytesIO(compress(data, widest=10)))) == data


@pytest.mark.parametrize("data", [b"", b"\x1f\x9d", b"\x1f\x8b\x90abc", b"\x1f\x9d\x9fabc", b"\x1f\x9d\x90\xff\xff\xff"])
def test_rubbish_is_refused(data):
    with pytest.raises(LzwError):
        b"".join(decode_lzw(io.BytesIO(data)))


def test_table_cannot_grow_without_end(monkeypatch):
    monkeypatch.setattr("otrain.data.inputs.lzw._LARGEST_TABLE", 1000)
    with pytest.raises(LzwError, match="repeat themselves"):
        b"".join(decode_lzw(io.BytesIO(compress(bytes(3000)))))
