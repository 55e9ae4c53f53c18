import os
import pickle

import numpy as np
import pytest

from otrain.data.cube_meta import row_digests
from otrain.data.example import Example
from otrain.data.spool import Spool

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
    monkeypatch.setattr("otrain.data.spool._BLOCK", 2)
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
