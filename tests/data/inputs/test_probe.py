import bz2
import gzip
import os

import pytest

from otrain.data.inputs import probe
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected

TEXT = b"time,flux\n" + b"1,2\n" * 1000


def test_suffixes_are_lower_case_and_all_of_them(tmp_path):
    (tmp_path / "C12.FITS.gz").write_bytes(b"x")
    assert Probe(str(tmp_path / "C12.FITS.gz")).suffixes == ".fits.gz"


def test_long_file_is_read_whole_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "HEAD", 4)
    (tmp_path / "a").write_bytes(b"0123456789")
    found = Probe(str(tmp_path / "a"))
    assert found.head == b"0123"
    assert found.data == b"0123456789"


def test_file_above_the_limit_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(bytes(100))
    with pytest.raises(InputRejected, match=r"too-large"):
        Probe(str(tmp_path / "a")).read(99)


def test_file_replaced_between_two_looks_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "HEAD", 4)
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    found = Probe(str(path))
    (tmp_path / "b").write_bytes(b"9876543210")
    os.replace(tmp_path / "b", path)
    with pytest.raises(InputRejected, match=r"changed-during-read"):
        _ = found.data


def test_file_that_shrinks_while_it_is_read_is_noticed(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"0123456789")
    monkeypatch.setattr(probe, "_read_exactly", lambda descriptor, count: b"0123")
    with pytest.raises(InputRejected, match=r"changed-during-read"):
        Probe(str(tmp_path / "a"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_unreadable(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "a").chmod(0)
    with pytest.raises(InputRejected, match=r"unreadable"):
        Probe(str(tmp_path / "a"))


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT, mtime=0), bz2.compress(TEXT),
                                  bz2.compress(TEXT[:100]) + bz2.compress(TEXT[100:])])
def test_content_is_that_before_compression(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    assert Probe(str(tmp_path / "a")).expanded(1 << 20) == TEXT


@pytest.mark.parametrize("change, reason", [(lambda data: data[:-20], "truncated"),
                                            (lambda data: data[:20] + b"xxxx" + data[24:], "bad-compression")])
def test_damaged_bzip2_is_refused(tmp_path, change, reason):
    (tmp_path / "a").write_bytes(change(bz2.compress(TEXT)))
    with pytest.raises(InputRejected) as caught:
        Probe(str(tmp_path / "a")).expanded(1 << 20)
    assert caught.value.reason == reason


def test_bomb_is_stopped_at_the_limit(tmp_path):
    (tmp_path / "a").write_bytes(bz2.compress(bytes(1 << 22)))
    with pytest.raises(InputRejected, match="expands to more than 1 MB"):
        Probe(str(tmp_path / "a")).expanded(1 << 20)
