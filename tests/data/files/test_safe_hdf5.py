import ast
import threading
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import otrain
from otrain.data.files.safe_hdf5 import SizeRefused, create_hdf5, open_hdf5, survey
from otrain.errors import IntegrityError

ROOT = Path(otrain.__file__).parent
HOME = ROOT / "data" / "files" / "safe_hdf5.py"


def test_no_other_module_opens_hdf5_itself():
    """h5py's own ways to open or make a file stand in one module."""
    seen = 0
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            used = "h5py" in name and name.split(".")[-1] == "File"
            used = used or any(part in name for part in ("h5f.open", "h5f.create"))
            imported = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("h5py")
            if used or imported or name in ("tables.open_file", "netCDF4.Dataset"):
                seen += path == HOME
                assert path == HOME, f"{path}:{node.lineno}: open HDF5 with otrain.data.files.safe_hdf5"
    assert seen >= 2


def made(path, change):
    with h5py.File(path, "w") as file:
        file["good"] = np.arange(4.0)
        change(file)
    return path


def secret(folder):
    with h5py.File(folder / "secret.h5", "w") as file:
        file["x"] = np.full(4, 42.0)
    (folder / "secret.bin").write_bytes(np.full(4, 42.0).tobytes())
    return folder


def virtual(folder):
    def change(file):
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "x", (4,))
        file.create_virtual_dataset("x", layout)
    return change


ELSEWHERE = {
    "external storage": lambda folder: lambda file: file.create_dataset(
        "x", (4,), "f8", external=[(str(folder / "secret.bin"), 0, 32)]),
    "virtual data set": virtual,
    "external link": lambda folder: lambda file: file.__setitem__(
        "x", h5py.ExternalLink(str(folder / "secret.h5"), "/x")),
    "soft link": lambda folder: lambda file: file.__setitem__("x", h5py.SoftLink("/good")),
    "soft link over an external one": lambda folder: lambda file: (
        file.__setitem__("away", h5py.ExternalLink(str(folder / "secret.h5"), "/")),
        file.__setitem__("x", h5py.SoftLink("/away/x"))),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_values_that_lie_elsewhere_are_refused(tmp_path, name):
    path = made(tmp_path / "a.h5", ELSEWHERE[name](secret(tmp_path)))
    with open_hdf5(path) as file:
        with pytest.raises(IntegrityError, match=r"link|elsewhere"):
            file.array("x")
        assert file.array("good")[()].tolist() == [0, 1, 2, 3]


def test_link_in_the_middle_of_a_path_is_not_followed(tmp_path):
    path = made(tmp_path / "a.h5", lambda file: file.__setitem__(
        "away", h5py.ExternalLink(str(secret(tmp_path) / "secret.h5"), "/")))
    with open_hdf5(path) as file, pytest.raises(IntegrityError, match="is a link"):
        file.array("away/x")


def test_looking_whether_a_name_is_there_opens_no_other_file(tmp_path):
    # A pipe at the other end of a link: whoever opens it waits for ever.
    import os

    os.mkfifo(tmp_path / "pipe")
    path = made(tmp_path / "a.h5", lambda file: file.__setitem__("x", h5py.ExternalLink(str(tmp_path / "pipe"), "/x")))
    found = []

    def look():
        with open_hdf5(path) as file:
            for call in (lambda: "x" in file, lambda: file.group("x"), lambda: file.array("x")):
                try:
                    found.append(call())
                except IntegrityError:
                    found.append("refused")

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(5)
    assert found == ["refused"] * 3


@pytest.mark.parametrize("change", [
    lambda file: file.create_dataset("x", (2**40,), "f8", chunks=(1024,)),
    lambda file: file.create_dataset("x", (1000,), "f8"),  # never written: HDF5 would make up zeros
    lambda file: file.create_dataset("x", (2**40,), "f8", chunks=(1024,), compression="gzip"),
    lambda file: file.create_dataset("x", data=np.zeros(1 << 25), chunks=(1 << 25,), compression="gzip"),
], ids=["giant", "unwritten", "giant-gzip", "chunk-of-268-MB"])
def test_array_larger_than_its_bytes_is_refused(tmp_path, change):
    with open_hdf5(made(tmp_path / "a.h5", change)) as file, pytest.raises(SizeRefused):
        file.array("x")


def test_chunk_that_inflates_beyond_its_size_is_refused_before_it_does(tmp_path):
    packed = zlib.compress(bytes(400 << 20), 9)  # 400 MB in a chunk of 8 kB
    assert len(packed) * 1100 > 128 << 20

    def change(file):
        found = file.create_dataset("x", (1024,), "f8", chunks=(1024,), compression="gzip")
        found.id.write_direct_chunk((0,), packed)

    with open_hdf5(made(tmp_path / "a.h5", change)) as file, pytest.raises(SizeRefused, match="more than the"):
        file.array("x")


def test_array_said_to_be_larger_than_the_file_is_refused(tmp_path):
    path = made(tmp_path / "a.h5", lambda file: file.create_dataset("x", data=np.arange(5.0)))
    raw = path.read_bytes()
    # The length of its dimension and of its storage, wherever they stand.
    path.write_bytes(raw.replace((5).to_bytes(8, "little"), (2**37).to_bytes(8, "little"))
                     .replace((40).to_bytes(8, "little"), (2**40).to_bytes(8, "little")))
    with pytest.raises(IntegrityError), open_hdf5(path) as file:
        file.array("x")


@pytest.mark.parametrize("data", [np.array([np.void(b"pickled")]), np.zeros(2, [("a", "f4"), ("b", "S4")])],
                         ids=["opaque", "records"])
def test_what_is_neither_numbers_nor_text_is_refused(tmp_path, data):
    with open_hdf5(made(tmp_path / "a.h5", lambda file: file.create_dataset("x", data=data))) as file, \
            pytest.raises(IntegrityError, match="neither numbers nor text"):
        file.array("x", kinds="fiubO")


def test_references_are_refused_as_text(tmp_path):
    with open_hdf5(made(tmp_path / "a.h5", lambda file: file.create_dataset("x", (2,), h5py.ref_dtype))) as file, \
            pytest.raises(IntegrityError):
        file.array("x", kinds="O")


def test_unknown_compression_is_refused_and_no_plug_in_looked_for(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        found = file.create_dataset("x", data=np.arange(1024.0), chunks=(1024,), scaleoffset=2)
        assert found.id.get_create_plist().get_filter(0)[0] == 6
    with open_hdf5(tmp_path / "a.h5") as file, pytest.raises(IntegrityError, match="unknown compression"):
        file.array("x")


def test_huge_attribute_is_refused_and_a_small_one_given(tmp_path):
    def change(file):
        file.attrs["small"] = "fits"
        file.attrs.create("huge", np.zeros(1))
        file.create_group("dense").attrs["x"] = 3
    path = made(tmp_path / "a.h5", change)
    with open_hdf5(path) as file:
        assert file.attribute("small") == "fits" and file.attribute("none", 7) == 7
        assert file.group("dense").attribute("x") == 3


def test_numbers_are_counted_as_float64_before_they_are_read(tmp_path):
    path = made(tmp_path / "a.h5", lambda file: file.create_dataset("x", data=np.ones(1000, "u1")))
    with open_hdf5(path) as file:
        assert file.numbers("x", largest=8000).dtype == np.float64
        with pytest.raises(SizeRefused, match="x' unpacks to"):
            file.numbers("x", largest=7999)


def test_names_and_groups_are_given_by_their_path(tmp_path):
    path = made(tmp_path / "a.h5", lambda file: file.create_group("a/b").create_dataset("c", data=[1, 2]))
    with open_hdf5(path) as file:
        assert file.array("a/b/c")[()].tolist() == file.group("a").group("b").array("c")[()].tolist() == [1, 2]
        assert file.names() == ["a", "good"] and "a/b" in file and "a/x" not in file
        with pytest.raises(IntegrityError, match=r"no array 'a/x'.*Present: 'a', 'good'"):
            file.array("a/x")


def test_survey_refuses_cycles_links_and_compressed_arrays(tmp_path):
    for change in (lambda file: file.create_group("g").__setitem__("up", file["/"]),
                   lambda file: file.__setitem__("x", h5py.SoftLink("/good")),
                   lambda file: file.create_dataset("x", data=np.zeros(9), chunks=(3,)),
                   lambda file: file.create_dataset("x", data="text")):
        with open_hdf5(made(tmp_path / "a.h5", change)) as file, pytest.raises(IntegrityError, match="refused"):
            survey(file, largest=1 << 20)
    with open_hdf5(made(tmp_path / "a.h5", lambda file: None)) as file:
        assert list(survey(file, largest=32)) == ["good"]
        with pytest.raises(SizeRefused, match="more than"):
            survey(file, largest=31)


def test_file_made_twice_has_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        with create_hdf5(tmp_path / name) as file:
            file["z"], file["a"] = [1, 2], [3]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with open_hdf5(tmp_path / "a") as file:
        assert file.names() == ["z", "a"]


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(4000)])
def test_broken_file_is_refused_in_words(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(IntegrityError, match=r"a.h5: cannot be opened as HDF5"):
        open_hdf5(tmp_path / "a.h5")


def test_attributes_of_members_are_given_over_hard_links_alone(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("event/channel", data=[1.0]).attrs["t0"] = 5.0
        file["soft"] = h5py.SoftLink("/event/channel")
    with open_hdf5(tmp_path / "x.h5") as file:
        assert file.attribute("t0", of="event/channel") == 5.0
        assert file.attribute("t1", 7, of="event/channel") == 7
        with pytest.raises(IntegrityError, match="is a link"):
            file.attribute("t0", of="soft")
        with pytest.raises(IntegrityError, match="no 'event/other' in it"):
            file.attribute("t0", of="event/other")
