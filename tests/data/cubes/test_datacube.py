import json

import numpy as np
import pytest

from otrain.data.cubes.datacube import DataCube, open_cube, write_cube
from otrain.data.cubes.meta import row_digests
from otrain.errors import ChecksumError, DataError, IntegrityError, OutputError

STORES = {"npz": "cube.npz", "folder": "cube", "h5": "cube.h5", "gotorb": "data"}
LOSSLESS = ("npz", "folder", "h5")


def example_arrays(count=40, side=5, channels=3):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(count, side, side, channels)).astype(np.float32)
    images[3, 1, 2, 0] = np.nan
    columns = {"candid": np.array([f"c{i}" for i in range(count)]), "mag": rng.normal(18, 1, count),
               "band": np.array(["r", ""] * (count // 2)), "edge": np.zeros(count, bool),
               "file": np.array([f"true/ü {i}\udcff.fits" for i in range(count)])}
    columns["mag"][5] = np.nan
    return images, rng.integers(0, 2, count), columns


def write(folder, store, **options):
    images, labels, columns = example_arrays()
    return write_cube(folder / STORES[store], np.array_split(images, 7), labels=labels, columns=columns,
                      meta={"seed": 3, "recipe": {"kind": "cutout"}}, store=store, **options)


@pytest.mark.parametrize("store", STORES)
def test_saved_images_are_read_back_unchanged(tmp_path, store):
    images, labels, _ = example_arrays()
    with write(tmp_path, store) as cube:
        assert len(cube) == 40 and cube.shape == (5, 5, 3)
        rows = [39, 0, 1, 2, 3, 3, 17]
        found = cube.read(rows)
        assert found.dtype == np.float32 and found.flags.c_contiguous
        np.testing.assert_array_equal(found, images[rows])
        np.testing.assert_array_equal(np.concatenate(list(cube.batches(size=9))), images)
        np.testing.assert_array_equal(cube.labels, labels)


@pytest.mark.parametrize("store", LOSSLESS)
def test_saved_columns_and_meta_are_read_back_unchanged(tmp_path, store):
    _, _, columns = example_arrays()
    with write(tmp_path, store) as cube:
        assert cube.columns.keys() == columns.keys()
        for name, values in columns.items():
            np.testing.assert_array_equal(cube.columns[name], values)
            assert cube.columns[name].dtype.kind == values.dtype.kind
        assert cube.meta["seed"] == 3 and cube.meta["format"] == 1
        assert cube.channels == ("science", "template", "difference") and cube.classes == ("bogus", "real")


def test_one_cube_has_one_identity_in_every_store(tmp_path):
    cubes = [write(tmp_path, store) for store in LOSSLESS]
    assert len({cube.identity for cube in cubes}) == 1
    images, labels, columns = example_arrays()
    meta = {"seed": 3, "recipe": {"kind": "cutout"}}
    assert DataCube.from_arrays(images, labels, columns, meta).identity == cubes[0].identity


def test_other_pixels_have_another_identity():
    images, labels, columns = example_arrays()
    before = DataCube.from_arrays(images, labels, columns).identity
    images[7, 0, 0, 0] += 1
    assert DataCube.from_arrays(images, labels, columns).identity != before


@pytest.mark.parametrize("store", LOSSLESS)
def test_intact_cube_is_verified(tmp_path, store):
    write(tmp_path, store).verify()


@pytest.mark.parametrize("store", LOSSLESS)
def test_one_changed_pixel_fails_the_verification(tmp_path, store):
    images, _, _ = example_arrays()
    write(tmp_path, store).close()
    path = tmp_path / STORES[store]
    file = path / "shard-00000.npy" if store == "folder" else path
    data = bytearray(file.read_bytes())
    place = data.index(images[20].tobytes())
    data[place] ^= 1
    file.write_bytes(data)
    with open_cube(path) as cube, pytest.raises(IntegrityError, match=r"content is not|changed since"):
        cube.verify()
    with pytest.raises(ChecksumError, match=r"content is not|changed since"):
        open_cube(path, verified=True)


def test_cube_without_hashes_is_opened_though_it_is_to_be_verified(tmp_path):
    np.savez(tmp_path / "theirs.npz", cube=np.zeros((2, 5, 5, 1), "f4"), labels=[0, 1])
    with open_cube(tmp_path / "theirs.npz", verified=True) as cube:
        assert len(cube) == 2


def test_known_digests_give_the_same_identity(tmp_path):
    images, labels, columns = example_arrays()
    digests = np.frombuffer(b"".join(row_digests(images)), np.uint8).reshape(-1, 32)
    plain = write_cube(tmp_path / "a.npz", [images], labels=labels, columns=columns, meta={})
    told = write_cube(tmp_path / "b.npz", [images], labels=labels, columns=columns, meta={}, digests=digests)
    assert plain.identity == told.identity
    told.verify()


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("count", [39, 41])
def test_label_count_must_match(tmp_path, store, count):
    images = example_arrays(count=count + count % 2)[0][:count]
    _, labels, columns = example_arrays()
    with pytest.raises(DataError, match=r"`labels` must have one entry per example\. Received: 40 entries for"):
        write_cube(tmp_path / STORES[store], [images], labels=labels, columns=columns, meta={}, store=store)
    assert list(tmp_path.iterdir()) == []


def test_images_must_have_one_shape(tmp_path):
    batches = [np.zeros((2, 5, 5, 1), np.float32), np.zeros((2, 6, 6, 1), np.float32)]
    with pytest.raises(DataError, match=r"one shape\. Received: \(6, 6, 1\) after \(5, 5, 1\)"):
        write_cube(tmp_path / "a.npz", batches, labels=[0, 1, 0, 1], columns={}, meta={})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("store", STORES)
def test_existing_cube_is_kept_unless_overwritten(tmp_path, store):
    write(tmp_path, store).close()
    with pytest.raises(OutputError, match="exists already"):
        write(tmp_path, store)
    assert len(write(tmp_path, store, overwrite=True)) == 40


@pytest.mark.parametrize("store", STORES)
def test_failed_writing_leaves_the_old_cube(tmp_path, store):
    write(tmp_path, store).close()

    def broken():
        yield example_arrays()[0][:10]
        raise RuntimeError("reader broke")

    _, labels, columns = example_arrays()
    with pytest.raises(RuntimeError, match="reader broke"):
        write_cube(tmp_path / STORES[store], broken(), labels=labels, columns=columns, meta={}, store=store,
                   overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == [STORES[store]]
    with open_cube(tmp_path / STORES[store]) as cube:
        assert len(cube) == 40


@pytest.mark.parametrize("rows", [[40], [-1], [0.5], [[1]]])
def test_row_that_does_not_exist_is_an_error(tmp_path, rows):
    with write(tmp_path, "npz") as cube, pytest.raises(IndexError, match="rows must"):
        cube.read(rows)


def test_no_rows_give_an_empty_batch(tmp_path):
    for store in STORES:
        with write(tmp_path, store) as cube:
            assert cube.read([]).shape == (0, 5, 5, 3)


def test_what_is_no_cube_is_named(tmp_path):
    (tmp_path / "note.npz").write_text("not a cube")
    for path, words in ((tmp_path / "absent.npz", "no such data cube"), (tmp_path, "not a data cube"),
                        (tmp_path / "note.npz", "not a data cube")):
        with pytest.raises(DataError, match=words):
            open_cube(path)


def test_rows_are_read_without_loading_the_cube(tmp_path):
    import tracemalloc

    images = np.zeros((2000, 32, 32, 1), np.float32)  # 8 MB
    with write_cube(tmp_path / "a.npz", [images], labels=np.zeros(2000, int), columns={}, meta={}) as cube:
        tracemalloc.start()
        cube.read([1999])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 100_000


def test_same_examples_give_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        images, labels, columns = example_arrays()
        write_cube(tmp_path / name, [images], labels=labels, columns=columns, meta={}).close()
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_folder_of_several_shards_is_one_cube(tmp_path, monkeypatch):
    monkeypatch.setattr("otrain.data.cubes.folder_store.SHARD_BYTES", 7 * 5 * 5 * 3 * 4)
    images, _, columns = example_arrays()
    with write(tmp_path, "folder") as cube:
        assert len(list((tmp_path / "cube").glob("shard-*.npy"))) == 6
        rows = [6, 7, 0, 39, 13, 14, 15]
        np.testing.assert_array_equal(cube.read(rows), images[rows])
        np.testing.assert_array_equal(cube.columns["candid"], columns["candid"])
        cube.verify()
    manifest = json.loads((tmp_path / "cube" / "cube.json").read_text())
    assert [shard["rows"] for shard in manifest["shards"]] == [7, 7, 7, 7, 7, 5]
