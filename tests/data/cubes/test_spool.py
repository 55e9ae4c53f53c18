import fcntl
import os
import pickle

import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.cubes.meta import row_digests
from otrain.data.cubes.spool import Spool
from otrain.data.inputs.example import Example

COLUMNS = {"candid": (str, ""), "mag": (float, float("nan")), "edge": (bool, False), "visit": (int, -1)}


def example(number, shape=(3, 3, 1), **columns):
    return Example(np.full(shape, number, np.float32), ("difference",), columns, label=number % 2)


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        yield spool


def fill(spool, count):
    images = []
    for number in range(count):
        item = example(number, candid=f"c{number}")
        images.append(item.image)
        spool.writer.put(item)
        spool.append(item)
    return np.array(images)


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [19, 0, 7], [5], [3, 4, 5, 9, 10]])
def test_chosen_rows_are_read_back(spool, rows):
    images = fill(spool, 20)
    found = [batch.copy() for batch in spool.batches(np.array(rows), size=2 * 36)]
    np.testing.assert_array_equal(np.concatenate(found), images[rows])


def test_hash_label_and_mask_are_noted(spool):
    images = fill(spool, 3)
    item = example(3)
    item.image[0, 0, 0] = np.nan
    spool.writer.put(item)
    spool.append(item)
    assert spool.labels.tolist() == [0, 1, 0, 1]
    assert spool.masked.tolist() == [False, False, False, True]
    assert [bytes(row) for row in spool.digests[:3]] == row_digests(images)


def test_missing_columns_get_their_missing_value(spool, monkeypatch):
    monkeypatch.setattr("otrain.data.cubes.spool._BLOCK", 2)
    for number, columns in enumerate([{"candid": "a", "mag": 18.0}, {"mag": None}, {"edge": True, "visit": 4}]):
        item = example(number, **columns)
        spool.writer.put(item)
        spool.append(item)
    table = spool.columns()
    assert table["candid"].tolist() == ["a", "", ""]
    np.testing.assert_array_equal(table["mag"], [18.0, np.nan, np.nan])
    assert table["edge"].tolist() == [False, False, True] and table["visit"].tolist() == [-1, -1, 4]


def test_two_processes_do_not_overwrite_each_other(spool):
    other = pickle.loads(pickle.dumps(spool.writer))  # as a second worker holds it
    items = [example(number) for number in range(10)]
    for number, item in enumerate(items):
        (spool.writer, other)[number % 2].put(item)
    for item in reversed(items):
        spool.append(item)
    found = np.concatenate([batch.copy() for batch in spool.batches(np.arange(10))])
    assert found[:, 0, 0, 0].tolist() == list(range(9, -1, -1))


def test_spool_leaves_no_file(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        fill(spool, 3)
        assert os.listdir(tmp_path)
    assert os.listdir(tmp_path) == []


def placed(spool, numbers, shape=(3, 3, 1)):
    for number in numbers:
        item = example(number, shape)
        spool.writer.put(item, place=number)
        spool.append(item)


def cube_bytes(path, spool, rows, batches):
    columns = {"file": np.array([f"c{row}" for row in rows])}
    write_cube(path, batches, labels=spool.labels[rows], columns=columns, meta={}, overwrite=True,
               digests=spool.digests[rows]).close()
    return path.read_bytes()


@pytest.mark.parametrize("inputs", [range(9), [0, 1, 4, 5, 8], [3, 4]])
@pytest.mark.parametrize("rows", [slice(None), slice(1, None), slice(0, None, 2)])
def test_spool_that_becomes_a_cube_has_the_bytes_of_a_copy(tmp_path, inputs, rows):
    with Spool(tmp_path, COLUMNS) as spool:
        placed(spool, inputs)
        rows = np.arange(len(spool))[rows]
        chosen = spool.batches(rows, size=2 * 36)
        assert chosen.movable
        copy = cube_bytes(tmp_path / "copy.npz", spool, rows, [batch.copy() for batch in chosen])
        chosen.begin()
        assert cube_bytes(tmp_path / "moved.npz", spool, rows, chosen) == copy
        assert not spool.path.exists()
    with np.load(tmp_path / "moved.npz") as arrays, open_cube(tmp_path / "moved.npz") as cube:
        assert arrays["cube"][:, 0, 0, 0].tolist() == np.array(inputs)[rows].tolist()
        cube.verify()


def test_image_of_another_size_gets_no_place(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        placed(spool, [0])
        item = example(1, (5, 5, 1))
        pickle.loads(pickle.dumps(spool.writer)).put(item, place=1)
        assert item.image.offset < 0
        placed(spool, [1])
        assert np.concatenate([batch.copy() for batch in spool.batches([0, 1])])[:, 0, 0, 0].tolist() == [0, 1]


def test_further_images_of_a_file_are_copied(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        placed(spool, [0])
        fill(spool, 2)
        placed(spool, [1])
        chosen = spool.batches(np.arange(4))
        assert not chosen.movable
        cube_bytes(tmp_path / "a.npz", spool, np.arange(4), chosen)
        with np.load(tmp_path / "a.npz") as arrays:
            assert arrays["cube"][:, 0, 0, 0].tolist() == [0, 0, 1, 1]


def test_cube_has_the_permissions_of_any_output(tmp_path):
    (tmp_path / "other").touch()
    with Spool(tmp_path, COLUMNS) as spool:
        assert spool.path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_images_that_are_held_are_written_when_asked_for(tmp_path):
    with Spool(tmp_path, COLUMNS) as spool:
        other = pickle.loads(pickle.dumps(spool.writer))
        for number in [*range(40), 50, 51, 45]:
            item = example(number)
            other.put(item, place=number)
            spool.append(item)
        other.flush()
        found = np.concatenate([batch.copy() for batch in spool.batches(np.arange(43))])
        assert found[:, 0, 0, 0].tolist() == [*range(40), 50, 51, 45]


@pytest.mark.parametrize("taken", [0, 1, 36, 50, 107])
def test_what_the_system_did_not_take_at_once_is_written_after(tmp_path, monkeypatch, taken):
    monkeypatch.setattr(os, "pwritev", lambda file, views, at: os.pwrite(file, b"".join(views)[:taken], at))
    with Spool(tmp_path, COLUMNS) as spool:
        placed(spool, range(3))
        found = np.concatenate([batch.copy() for batch in spool.batches(np.arange(3))])
        assert found[:, 0, 0, 0].tolist() == [0, 1, 2]


def test_worker_of_a_killed_process_cannot_write_into_the_files_of_the_next(tmp_path):
    with Spool(tmp_path, COLUMNS) as old:
        late = pickle.loads(pickle.dumps(old.writer))
        with Spool(tmp_path, COLUMNS), pytest.raises(OSError, match="of another process now"):
            late.put(example(0))


def test_continued_spool_waits_for_workers_that_still_write(tmp_path):
    with Spool(tmp_path, COLUMNS) as old:
        old.writer.put(example(0))
        descriptor = os.open(old.path, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)


def test_rows_of_several_layouts_wait_together_and_one_is_chosen(tmp_path):
    from otrain.data.inputs.example import Example

    with Spool(tmp_path, {}, "cube") as spool:
        for number, side in enumerate((2, 3, 3, 2, 3)):
            example = Example(np.full((side, side, 1), number, "f4"), ("difference",), {}, 0)
            spool.writer(example, number)
            spool.append(example)
        large = ((3, 3, 1), ("difference",))
        assert spool.layouts == {((2, 2, 1), ("difference",)): 2, large: 3} and spool.layout_of(1) == large
        rows = spool.choose(large)
        assert rows.tolist() == [1, 2, 4] and spool.shape == (3, 3, 1)
        assert spool.batches(rows).read(np.arange(3))[:, 0, 0, 0].tolist() == [1, 2, 4]
