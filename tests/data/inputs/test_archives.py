import gzip
import io
import tarfile
import zipfile

import pytest

from otrain.data.inputs import archives
from otrain.data.inputs.archives import ArchiveReader, is_archive
from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected


def tar_of(path, members, mode="w"):
    with tarfile.open(path, mode) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return Probe(str(path))


def contents(probe, rows=None, reader=None):
    return [(number, member.name, member.content)
            for number, member in (reader or ArchiveReader()).members(probe, rows)]


FILES = {"true/a.fits": b"first", "b.fits": b"second" * 300, "._b.fits": b"hidden", "../../c.avro": b"third"}
EXPECTED = [(number, *member) for number, member in enumerate(FILES.items())]


@pytest.mark.parametrize("ending", ["", "gz", "bz2", "xz"])
def test_members_come_in_order_and_never_touch_the_disk(tmp_path, ending):
    (tmp_path / "deep").mkdir()
    probe = tar_of(tmp_path / "deep" / "n.tar", FILES, f"w:{ending}")
    assert is_archive(probe) and contents(probe) == EXPECTED
    assert [path.name for path in tmp_path.rglob("*")] == ["deep", "n.tar"]


def test_zip_archives_are_read_and_arrays_are_none(tmp_path):
    with zipfile.ZipFile(tmp_path / "n.zip", "w") as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    with zipfile.ZipFile(tmp_path / "n.npz", "w") as archive:
        archive.writestr("cube.npy", b"x")
    assert contents(Probe(str(tmp_path / "n.zip"))) == EXPECTED
    assert not is_archive(Probe(str(tmp_path / "n.npz")))


def test_windows_cut_by_number_and_by_bytes(tmp_path, monkeypatch):
    probe = tar_of(tmp_path / "n.tar", {f"{n}.fits": b"x" * 100 for n in range(7)})
    monkeypatch.setattr(archives, "TOGETHER", 3)
    assert ArchiveReader().windows(probe) == [(0, 3), (3, 6), (6, 7)]
    monkeypatch.setattr(archives, "TOGETHER_BYTES", 150)
    assert ArchiveReader().windows(probe) == [(0, 2), (2, 4), (4, 6), (6, 7)]


def test_windows_are_read_in_any_order(tmp_path):
    probe, reader = tar_of(tmp_path / "n.tar.gz", {f"{n}.fits": b"%d" % n for n in range(5)}, "w:gz"), ArchiveReader()
    for rows in ((0, 2), (2, 4), (4, 5), (1, 2)):
        assert [number for number, *_ in contents(probe, rows, reader)] == list(range(*rows))


def test_links_are_named_without_content(tmp_path):
    with tarfile.open(tmp_path / "n.tar", "w") as tar:
        link = tarfile.TarInfo("l.fits")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert contents(Probe(str(tmp_path / "n.tar"))) == [(0, "l.fits", None)]


@pytest.mark.parametrize("kept", [700, 1024, 1500])
def test_archive_that_ends_early_says_so_after_what_is_whole(tmp_path, kept):
    tar_of(tmp_path / "n.tar", {"a.fits": b"first", "b.fits": b"second"})
    (tmp_path / "cut.tar").write_bytes((tmp_path / "n.tar").read_bytes()[:kept])
    found = []
    with pytest.raises(InputRejected, match=r"truncated|corrupt"):
        for _, member in ArchiveReader().members(Probe(str(tmp_path / "cut.tar"))):
            found.append(member.content)
    assert found == [b"first"]


def test_checksum_of_the_compression_is_looked_at(tmp_path):
    tar_of(tmp_path / "n.tar", FILES)
    packed = bytearray(gzip.compress((tmp_path / "n.tar").read_bytes()))
    packed[-8] ^= 1
    (tmp_path / "n.tgz").write_bytes(packed)
    found = []
    with pytest.raises(InputRejected, match="bad-compression"):
        found += ArchiveReader().members(Probe(str(tmp_path / "n.tgz")))
    assert found == [], "any member may be what is wrong"


def test_small_archive_that_expands_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "least_budget", lambda size: 1 << 20)
    probe = tar_of(tmp_path / "n.tar.gz", {f"{n}.fits": bytes(1 << 19) for n in range(4)}, "w:gz")
    with pytest.raises(InputRejected, match="too-large"):
        ArchiveReader().windows(probe)


def test_more_members_than_its_bytes_can_mean_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_SMALL", 5)
    probe = tar_of(tmp_path / "n.tar.gz", {f"{n}.fits": b"" for n in range(40)}, "w:gz")
    with pytest.raises(InputRejected, match=r"too-large.*files in an archive"):
        ArchiveReader().windows(probe)


def test_member_that_is_larger_than_a_cutout_is_set_aside_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_CUTOUT", 10)
    _, (_, _, large), (_, _, good) = contents(tar_of(tmp_path / "n.tar", {"a": b"1", "b": b"2" * 11, "c": b"3"}))
    assert large.reason == "too-large" and good == b"3"


def test_attributes_without_end_are_refused(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 5 << 20
    (tmp_path / "n.tar").write_bytes(info.tobuf() + bytes(5 << 20))
    with pytest.raises(InputRejected, match="attributes"):
        contents(Probe(str(tmp_path / "n.tar")))


@pytest.mark.parametrize("content", [bytes(2000), b"x" * 2000, b"SIMPLE  =".ljust(2880), b"PK\x03\x04rubbish"])
def test_other_files_are_no_archives(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    assert not is_archive(Probe(str(tmp_path / "x")))
