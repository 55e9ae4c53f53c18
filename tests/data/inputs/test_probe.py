import os

import pytest

from otrain.data.inputs import probe
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected


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
