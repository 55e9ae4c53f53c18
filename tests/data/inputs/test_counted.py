import bz2
import gzip
import io
import lzma
import tracemalloc

import pytest

from otrain.data.inputs.counted import CountedStream, compression_of, decompress, least_budget
from otrain.data.inputs.quarantine import InputRejected

TEXT = bytes(range(256)) * 40
PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


def zstandard(data):
    zstd = pytest.importorskip("backports.zstd")
    return zstd.compress(data)


@pytest.mark.parametrize("kind", [*PACK, "zstandard"])
def test_what_was_packed_comes_out(kind):
    packed = PACK.get(kind, zstandard)(TEXT)
    assert compression_of(packed) == kind
    assert decompress(packed, len(TEXT)) == TEXT
    assert decompress(packed + packed, 2 * len(TEXT)) == 2 * TEXT, "streams behind each other are one"


def test_plain_data_come_out_as_they_are():
    assert decompress(TEXT, len(TEXT)) is TEXT and compression_of(TEXT) is None
    with pytest.raises(InputRejected, match="too-large"):
        decompress(TEXT, 10)


@pytest.mark.parametrize("kind", [*PACK, "zstandard"])
def test_faults_get_their_reason(kind):
    packed = PACK.get(kind, zstandard)(TEXT)
    with pytest.raises(InputRejected, match="truncated"):
        decompress(packed[:-9], len(TEXT))
    if kind != "zstandard":  # without a checksum, as its packer writes it
        with pytest.raises(InputRejected, match=r"bad-compression|truncated"):
            decompress(packed[:30] + b"\x55" * 9 + packed[39:], len(TEXT))
    with pytest.raises(InputRejected, match="too-large"):
        decompress(packed, len(TEXT) - 1)


@pytest.mark.parametrize("kind", PACK)
def test_small_file_cannot_fill_the_memory(kind):
    packed = PACK[kind](bytes(50 << 20))
    tracemalloc.start()
    with pytest.raises(InputRejected, match="too-large"):
        decompress(packed, 4 << 20)
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_stream_is_read_in_pieces_and_counted():
    stream = CountedStream(io.BytesIO(gzip.compress(TEXT)), len(TEXT))
    assert stream.read(100) + stream.read(len(TEXT)) == TEXT and stream.read(1) == b""
    assert stream.count == len(TEXT)


def test_large_files_may_become_larger():
    assert (least_budget(1000), least_budget(1 << 30)) == (1 << 30, 100 << 30)
