import io

import numpy as np
import pytest

from otrain.data.lzw import LzwError, decode_lzw


def encode(data, widest=16):
    """Pack as ``compress`` does; compared with gzip's decoder by hand."""
    table, free, bits, group = {bytes([n]): n for n in range(256)}, 257, 9, []
    out, word = bytearray(b"\x1f\x9d" + bytes([0x80 | widest])), b""

    def flush(whole):
        number = sum(code << place * bits for place, code in enumerate(group))
        out.extend(number.to_bytes(bits if whole else -(-len(group) * bits // 8), "little"))
        group.clear()

    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        group.append(table[word])
        if len(group) == 8:
            flush(True)
        if free < 1 << widest:
            table[longer], free = free, free + 1
            if free > 1 << bits and bits < widest:
                if group:
                    flush(True)
                bits += 1
        word = bytes([byte])
    group.append(table[word])
    flush(False)
    return bytes(out)


@pytest.mark.parametrize("data", [b"a", b"abababab", bytes(3000), bytes(range(256)) * 9,
                                  np.random.default_rng(0).bytes(30_000)])
def test_what_was_packed_comes_out(data):
    assert b"".join(decode_lzw(io.BytesIO(encode(data)))) == data


def test_narrow_codes_come_out():
    data = np.random.default_rng(1).integers(0, 4, 20_000, np.uint8).tobytes()
    assert b"".join(decode_lzw(io.BytesIO(encode(data, widest=10)))) == data


@pytest.mark.parametrize("data", [b"", b"\x1f\x9d", b"\x1f\x8b\x90abc", b"\x1f\x9d\x9fabc", b"\x1f\x9d\x90\xff\xff\xff"])
def test_rubbish_is_refused(data):
    with pytest.raises(LzwError):
        b"".join(decode_lzw(io.BytesIO(data)))


def test_table_cannot_grow_without_end(monkeypatch):
    monkeypatch.setattr("otrain.data.lzw._LARGEST_TABLE", 1000)
    with pytest.raises(LzwError, match="repeat themselves"):
        b"".join(decode_lzw(io.BytesIO(encode(bytes(3000)))))
