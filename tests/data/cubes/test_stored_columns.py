import numpy as np
import pytest

from otrain.data.cubes import folder_store, stored_columns
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.errors import IntegrityError

ROWS = 50


@pytest.fixture
def table():
    return {"candid": np.array([f"c{i}" * (1 + i // 40) for i in range(ROWS)]), "mag": np.arange(ROWS) / 2,
            "edge": np.arange(ROWS) % 3 == 0, "visit": np.arange(ROWS) * 10,
            "file": np.array(["a.fits"] * ROWS), "empty": np.array([""] * ROWS)}


@pytest.fixture(params=[False, True], ids=["read at once", "read in parts"])
def cube(request, table, tmp_path, monkeypatch):
    """A folder of seven shards, whose texts have several widths."""
    monkeypatch.setattr(folder_store, "SHARD_BYTES", 8 * 36)
    monkeypatch.setattr(stored_columns, "_BLOCK", 3)
    if request.param:
        monkeypatch.setattr(stored_columns, "_KEPT", 0)
    write_cube(tmp_path / "cube", [np.zeros((ROWS, 3, 3, 1), np.float32)], labels=np.arange(ROWS) % 2,
               columns=table, meta={}, store="folder").close()
    with open_cube(tmp_path / "cube") as cube:
        yield cube


def test_folder_has_several_shards(cube):
    assert len(list(cube.path.glob("*.npy"))) == 7


def test_whole_columns_are_those_that_were_written(cube, table):
    assert cube.columns.keys() == table.keys() and len(cube.columns) == len(table)
    for name, values in table.items():
        assert np.array_equal(cube.columns[name], values)
        assert cube.columns.dtype(name) == values.dtype


@pytest.mark.parametrize("rows", [[], [0], [49, 0, 7, 8, 7, 23], range(50), range(49, -1, -1)])
def test_some_rows_are_those_of_the_whole_columns(cube, table, rows):
    taken = cube.columns_of(np.array(rows, int))
    assert {name: values.tolist() for name, values in taken.items()} == {
        name: values[list(rows)].tolist() for name, values in table.items()}


def test_only_the_named_columns_are_taken(cube):
    assert cube.columns_of([3], ["mag"]) == {"mag": [1.5]}


@pytest.mark.parametrize("row", [-1, 50])
def test_row_that_does_not_exist_is_refused(cube, row):
    with pytest.raises(IndexError):
        cube.columns_of([row])


def test_damaged_column_is_noticed_when_it_is_read(cube):
    path = cube.path / "shard-00002.columns.npz"
    path.write_bytes(path.read_bytes().replace(b"a\0\0\0.", b"b\0\0\0.", 1))
    assert cube.columns_of([16], ["mag"])["mag"] == 8
    with pytest.raises(IntegrityError, match=r"shard-00002.columns.npz: file: bad CRC-32"):
        cube.columns_of([16])


def test_large_columns_do_not_stay_in_memory(cube, monkeypatch):
    cube.columns["mag"][0] = 99
    kept = cube.columns["mag"][0] == 99
    assert kept == cube.columns._keep
