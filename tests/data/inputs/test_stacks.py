import h5py
import numpy as np
import pytest

from otrain.data.inputs.stacks import is_plain_stack, open_stack
from otrain.errors import ChecksumError, IntegrityError

IMAGES, LABELS, NAMES = np.arange(50.0).reshape(2, 5, 5), np.array([0, 1]), np.array(["a", "b"])


def npy(path):
    np.save(path, IMAGES)


def npz(path):
    np.savez(path, X=IMAGES, y=LABELS, names=NAMES)


def packed(path):
    np.savez_compressed(path, X=np.asfortranarray(IMAGES), y=LABELS, names=NAMES)


def hdf5(path):
    with h5py.File(path, "w") as file:
        file["X"], file["y"], file["group/names"] = IMAGES, LABELS, NAMES.astype("S1")
        file["words"] = np.array(["a", "b"], object)


@pytest.mark.parametrize(("name", "write", "images"), [
    ("a.npy", npy, ""), ("a.npz", npz, "X"), ("b.npz", packed, "X"), ("a.h5", hdf5, "X")])
def test_arrays_are_known_before_they_are_read_and_read_by_rows(tmp_path, name, write, images):
    write(tmp_path / name)
    with open_stack(tmp_path / name) as stack:
        assert stack.infos[images].shape == (2, 5, 5)
        assert np.array_equal(stack.rows(images, 1, 2), IMAGES[1:2])
        assert np.array_equal(stack.rows(images), IMAGES)


def test_text_of_hdf5_and_groups_are_read(tmp_path):
    hdf5(tmp_path / "a.h5")
    with open_stack(tmp_path / "a.h5") as stack:
        assert stack.column("words").tolist() == ["a", "b"] and stack.column("group/names").tolist() == [b"a", b"b"]


def test_objects_are_named_and_not_read(tmp_path):
    np.savez(tmp_path / "a.npz", X=IMAGES, bad=np.array([{}, 1], object))
    with open_stack(tmp_path / "a.npz") as stack:
        assert (list(stack.infos), stack.refused) == (["X"], ("bad",))


def test_links_of_hdf5_are_not_followed(tmp_path):
    hdf5(tmp_path / "other.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["X"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/X")
    with open_stack(tmp_path / "a.h5") as stack:
        assert (stack.infos, stack.refused) == ({}, ("X",))


@pytest.mark.parametrize("cut", [60, 200])
def test_array_that_ends_early_is_refused(tmp_path, cut):
    npy(tmp_path / "a.npy")
    (tmp_path / "b.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:cut])
    with pytest.raises(IntegrityError, match=r"truncated|not a numpy array"):
        open_stack(tmp_path / "b.npy")


def test_cubes_are_no_plain_stacks(tmp_path):
    from otrain.data.cubes.datacube import write_cube

    np.savez(tmp_path / "cube.npz", cube=IMAGES[..., None], labels=LABELS)
    write_cube(tmp_path / "c.h5", [IMAGES[..., None]], labels=LABELS, columns={"candid": NAMES}, meta={}, store="h5").close()
    npz(tmp_path / "a.npz")
    hdf5(tmp_path / "a.h5")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04x")
    assert [is_plain_stack(tmp_path / name) for name in ("cube.npz", "c.h5", "a.npz", "a.h5", "broken.npz")] == [
        False, False, True, True, False]


@pytest.mark.parametrize(("shape", "others", "plain"), [
    ((2, 5, 5, 3), {}, False), ((2, 3, 5, 5), {}, True), ((2, 5, 5), {}, False),
    ((2, 5, 5, 3), {"mask": np.zeros((2, 5, 5))}, True), ((2, 5, 5, 3), {"mask": np.zeros(2)}, False),
    ((2, 3, 5, 5), {"meta": np.array("{}")}, False),
])
def test_cube_that_others_made_is_a_stack(tmp_path, shape, others, plain):
    np.savez(tmp_path / "c.npz", cube=np.zeros(shape), labels=LABELS, **others)
    assert is_plain_stack(tmp_path / "c.npz") is plain


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_array_that_misses_the_checksum_of_the_archive_is_refused(tmp_path, save):
    save(tmp_path / "a.npz", X=np.arange(20_000.0).reshape(2, 100, 100))  # more than its header is read with
    data = bytearray((tmp_path / "a.npz").read_bytes())
    sum_ = data.index(b"PK\1\2") + 16  # of the first entry of its directory
    data[sum_] ^= 1
    (tmp_path / "a.npz").write_bytes(data)
    with open_stack(tmp_path / "a.npz") as stack, pytest.raises(ChecksumError, match="Bad CRC-32"):
        stack.rows("X", 0, 1)
