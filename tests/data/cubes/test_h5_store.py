import h5py
import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.errors import IntegrityError


@pytest.fixture
def path(tmp_path):
    write_cube(tmp_path / "cube.h5", [np.ones((4, 3, 3, 1), np.float32)], labels=[0, 1, 0, 1],
               columns={"file": np.array(list("abcd"))}, meta={}, store="h5").close()
    return tmp_path / "cube.h5"


def replace_images(path, make):
    with h5py.File(path, "r+") as file:
        del file["images"]
        make(file)


def outside(path):
    with h5py.File(path.parent / "secret.h5", "w") as file:
        file["images"] = np.zeros((4, 3, 3, 1), np.float32)
    return str(path.parent / "secret.h5")


def virtual(file, secret):
    layout = h5py.VirtualLayout((4, 3, 3, 1), "f4")
    layout[:] = h5py.VirtualSource(secret, "images", (4, 3, 3, 1))
    file.create_virtual_dataset("images", layout)


@pytest.mark.parametrize("make", [
    lambda file, secret: file.__setitem__("images", h5py.ExternalLink(secret, "/images")),
    lambda file, secret: file.__setitem__("images", h5py.SoftLink("/labels")),
    virtual,
    lambda file, secret: file.create_dataset("images", (4, 3, 3, 1), "f4", external=[(secret, 0, 144)]),
    lambda file, secret: file.create_dataset("images", (2**40, 3, 3, 1), "f4", chunks=(1, 3, 3, 1)),
    lambda file, secret: file.create_dataset("images", (4, 2**20, 2**20, 1), "f4", chunks=(1, 8, 8, 1)),
    lambda file, secret: file.create_dataset("images", (4,), h5py.string_dtype()),
    lambda file, secret: file.create_group("images"),
    lambda file, secret: None,
])
def test_images_that_are_not_plainly_in_the_file_are_refused(path, make):
    secret = outside(path)
    replace_images(path, lambda file: make(file, secret))
    with pytest.raises(IntegrityError):
        open_cube(path)


def test_columns_behind_a_link_are_refused(path):
    with h5py.File(path, "r+") as file:
        file["columns/mag"] = h5py.ExternalLink(outside(path), "/images")
    with pytest.raises(IntegrityError, match="link"):
        open_cube(path)


def test_truncated_file_is_refused(path):
    data = path.read_bytes()
    for length in (8, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(IntegrityError):
            open_cube(path)


def test_file_of_another_program_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(IntegrityError, match="not a data cube"):
        open_cube(tmp_path / "other.h5")


def test_rows_in_any_order_come_from_several_windows(tmp_path, monkeypatch):
    monkeypatch.setattr("otrain.data.cubes.h5_store.WINDOW_BYTES", 3 * 36)
    images = np.arange(20 * 9, dtype=np.float32).reshape(20, 3, 3, 1)
    with write_cube(tmp_path / "a.h5", np.array_split(images, 4), labels=np.zeros(20, int), columns={}, meta={},
                    store="h5") as cube:
        rows = [19, 0, 7, 7, 3, 18, 4]
        np.testing.assert_array_equal(cube.read(rows), images[rows])
