import bz2
import gzip

import pytest

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.compressed import read_expanded

TEXT = b"time,flux\n" + b"1,2\n" * 1000


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT), bz2.compress(TEXT),
                                  bz2.compress(TEXT[:100]) + bz2.compress(TEXT[100:])])
def test_content_is_that_before_compression(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    assert read_expanded(Probe(str(tmp_path / "a")), 1 << 20) == TEXT


@pytest.mark.parametrize("change, reason", [(lambda data: data[:-20], "truncated"),
                                            (lambda data: data[:20] + b"xxxx" + data[24:], "bad-compression")])
def test_damaged_bzip2_is_refused(tmp_path, change, reason):
    (tmp_path / "a").write_bytes(change(bz2.compress(TEXT)))
    with pytest.raises(InputRejected) as caught:
        read_expanded(Probe(str(tmp_path / "a")), 1 << 20)
    assert caught.value.reason == reason


def test_bomb_is_stopped_at_the_limit(tmp_path):
    (tmp_path / "a").write_bytes(bz2.compress(bytes(1 << 22)))
    with pytest.raises(InputRejected, match="expands to more than 1 MB"):
        read_expanded(Probe(str(tmp_path / "a")), 1 << 20)
