import io
import struct
import zipfile

import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.errors import DataError, IntegrityError


def legacy(path, save=np.savez, **changes):
    rng = np.random.default_rng(0)
    arrays = {"cube": rng.normal(size=(6, 4, 4, 1)).astype(np.float32), "labels": np.array([1, 1, 1, 0, 0, 0]),
              "mags": np.array([18.0, -99, 19, 20, 21, 22]), "errmags": np.full(6, 0.1),
              "filters": np.array(list("rgrgrg")), "fwhms": np.full(6, 3.0),
              "candids": np.array([f"c{i}" for i in range(6)])}
    arrays |= changes
    save(path, **arrays)
    return arrays


def test_cube_has_the_keys_of_otrain(tmp_path):
    images = np.ones((2, 4, 4, 1), np.float32)
    columns = {"mag": np.array([18.0, 19]), "mag_err": np.array([0.1, 0.2]), "band": np.array(["r", "g"]),
               "fwhm": np.array([3.0, 3]), "candid": np.array(["a", "b"]), "file": np.array(["x", "y"])}
    write_cube(tmp_path / "a.npz", [images], labels=[0, 1], columns=columns, meta={}).close()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert {"cube", "labels", "mags", "errmags", "filters", "fwhms", "candids"} <= set(found)
        assert not {"mag", "band", "candid"} & set(found)
        np.testing.assert_array_equal(found["cube"], images)
        np.testing.assert_array_equal(found["mags"], [18, 19])
        assert found["candids"].tolist() == ["a", "b"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_cube_of_otrain_is_read(tmp_path, save):
    arrays = legacy(tmp_path / "old.npz", save)
    with open_cube(tmp_path / "old.npz") as cube:
        assert cube.channels == ("difference",) and cube.classes == ("bogus", "real")
        np.testing.assert_array_equal(cube.read([5, 0]), arrays["cube"][[5, 0]])
        assert cube.columns["candid"].tolist() == [f"c{i}" for i in range(6)]
        assert set(cube.columns["file"]) == {"old.npz"}
        assert len(cube.identity) == 64


def test_missing_magnitude_of_otrain_becomes_nan(tmp_path):
    legacy(tmp_path / "old.npz")
    with open_cube(tmp_path / "old.npz") as cube:
        assert np.isnan(cube.columns["mag"]).tolist() == [False, True, False, False, False, False]


def test_one_hot_labels_become_indices(tmp_path):
    legacy(tmp_path / "old.npz", labels=np.eye(2)[[1, 1, 0, 0, 1, 0]])
    with open_cube(tmp_path / "old.npz") as cube:
        assert cube.labels.tolist() == [1, 1, 0, 0, 1, 0]


@pytest.mark.parametrize("cube", [
    np.arange(96.0).reshape(6, 4, 4, 1), np.arange(96, dtype=">i2").reshape(6, 4, 4, 1),
    np.asfortranarray(np.arange(192, dtype="f4").reshape(6, 4, 4, 2)), np.arange(96, dtype="u1").reshape(6, 4, 4)])
def test_any_plain_number_is_read_as_float32(tmp_path, cube):
    legacy(tmp_path / "old.npz", cube=cube)
    with open_cube(tmp_path / "old.npz") as found:
        images = found.read(np.arange(6))
        assert images.dtype == np.float32
        np.testing.assert_array_equal(images, cube.reshape(images.shape))


@pytest.mark.parametrize("key", ["cube", "labels", "meta"])
def test_arrays_of_objects_are_refused(tmp_path, key):
    value = np.empty(6, object)
    value[:] = [{"a": 1}] * 6
    legacy(tmp_path / "old.npz", **{key: value})
    with pytest.raises(IntegrityError, match="refused"):
        open_cube(tmp_path / "old.npz")


@pytest.mark.parametrize(("key", "column"), [("candids", "candid"), ("filters", "band"), ("extra", "extra")])
def test_column_of_objects_is_left_out_and_said(tmp_path, key, column):
    arrays = legacy(tmp_path / "old.npz", **{key: np.array(list("abcdef"), object)})
    with open_cube(tmp_path / "old.npz") as cube:
        assert column not in cube.columns and {"mag", "fwhm"} <= cube.columns.keys()
        assert cube.notes == (f"{tmp_path}/old.npz: {key}: an array of type object is refused; otrain reads plain "
                              "numbers and text. The column is left out.",)
        np.testing.assert_array_equal(cube.read([5]), arrays["cube"][[5]])


@pytest.mark.parametrize("key", ["cube", "labels"])
def test_missing_array_is_named(tmp_path, key):
    arrays = legacy(tmp_path / "old.npz")
    del arrays[key]
    np.savez(tmp_path / "old.npz", **arrays)
    with pytest.raises(IntegrityError, match=f"no array '{key}'"):
        open_cube(tmp_path / "old.npz")


def test_label_count_must_match(tmp_path):
    legacy(tmp_path / "old.npz", labels=np.array([0, 1]))
    with pytest.raises(DataError, match="one entry per example"):
        open_cube(tmp_path / "old.npz")


def test_every_truncation_is_refused(tmp_path):
    legacy(tmp_path / "old.npz")
    data = (tmp_path / "old.npz").read_bytes()
    for length in range(4, len(data) - 1, 97):
        (tmp_path / "cut.npz").write_bytes(data[:length])
        with pytest.raises(IntegrityError):
            open_cube(tmp_path / "cut.npz")


def member(shape, descr="<f4", payload=b""):
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})
    return out.getvalue() + payload


@pytest.mark.parametrize("shape", [(2**40, 64, 64, 1), (1, 2**31, 2**31, 1), (2, 0, 4, 1), (5,), (6, 4),
                                   (6, 1, 1, 1, 1, 1, 1, 1)])
def test_impossible_shapes_are_refused(tmp_path, shape):
    legacy(tmp_path / "old.npz")
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as bad, zipfile.ZipFile(tmp_path / "old.npz") as old:
        bad.writestr("cube.npy", member(shape, payload=bytes(384)))
        bad.writestr("labels.npy", old.read("labels.npy"))
    with pytest.raises(IntegrityError):
        open_cube(tmp_path / "bad.npz")


def test_lying_sizes_are_refused(tmp_path):
    legacy(tmp_path / "old.npz")
    data = bytearray((tmp_path / "old.npz").read_bytes())
    entry = data.index(b"PK\1\2")
    sizes = struct.unpack_from("<II", data, entry + 20)
    for lie in (0, sizes[0] - 4, sizes[0] + 4, 2**31):
        bad = bytearray(data)
        struct.pack_into("<II", bad, entry + 20, lie, lie)
        (tmp_path / "bad.npz").write_bytes(bad)
        with pytest.raises(IntegrityError):
            open_cube(tmp_path / "bad.npz")


def test_member_that_lies_outside_the_file_is_refused(tmp_path):
    legacy(tmp_path / "old.npz")
    data = bytearray((tmp_path / "old.npz").read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 42, len(data) + 1000)
    (tmp_path / "bad.npz").write_bytes(data)
    with pytest.raises(IntegrityError):
        open_cube(tmp_path / "bad.npz")


def test_random_damage_never_escapes_as_another_error(tmp_path):
    legacy(tmp_path / "old.npz")
    good = (tmp_path / "old.npz").read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        data = bytearray(good)
        for place in rng.integers(4, len(data), 4):
            data[place] = int(rng.integers(256))
        (tmp_path / "bad.npz").write_bytes(data)
        try:
            with open_cube(tmp_path / "bad.npz") as cube:
                cube.read(np.arange(len(cube)))
        except (IntegrityError, DataError):
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("text", ["not json", "[]", '{"format": 99}', '{"format": 1, "code": "x"}',
                                  '{"format": 1, "classes": [1], "channels": ["a"]}',
                                  '{"format": 1, "classes": ["a", "b"], "channels": ["a", "b"]}', "[" * 10**5])
def test_unknown_meta_is_refused(tmp_path, text):
    legacy(tmp_path / "old.npz", meta=np.array(text))
    with pytest.raises(IntegrityError, match=r"meta|format"):
        open_cube(tmp_path / "old.npz")


def test_words_of_surveys_for_no_value_are_nan_in_a_cube_that_was_never_prepared(tmp_path):
    images = np.ones((6, 4, 4, 1), np.float32)
    images[0, 0, :3, 0] = [np.inf, -3.4e38, 1e30]
    legacy(tmp_path / "old.npz", cube=images)
    with open_cube(tmp_path / "old.npz") as cube:
        assert np.isnan(cube.read([0])).sum() == 3 and not np.isnan(cube.read([1])).any()


def test_labels_without_a_class_are_refused_with_their_values(tmp_path):
    legacy(tmp_path / "old.npz", labels=np.array([0, 2, 0, 2, -1, -7]))
    with pytest.raises(DataError, match=r"old.npz: `labels` must be 0 to 1 \(bogus, real\).*also: -7, 2\. Correct"):
        open_cube(tmp_path / "old.npz")
    with pytest.raises(DataError, match="Received also: 2"):
        write_cube(tmp_path / "new.npz", [np.ones((2, 4, 4, 1), "f4")], labels=[0, 2], columns={}, meta={})
    assert not (tmp_path / "new.npz").exists()
