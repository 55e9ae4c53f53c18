import numpy as np
import pytest

from otrain.data.cubes.side_table import read_side_table, side_table_path, write_side_table
from otrain.data.tables.written import Field
from otrain.errors import IntegrityError

FIELDS = {"object_id": Field(str), "t0": Field(float, "d", "centre"), "body": Field(int)}
COLUMNS = {"object_id": np.array(["a b", ""]), "t0": np.array([1.5, np.nan]), "body": np.array([1, -1])}


def written(tmp_path):
    cube = tmp_path / "stars.npz"
    return cube, {"tables": {"events": write_side_table(cube, "events", COLUMNS, FIELDS)}}


def test_side_table_is_read_back_unchanged(tmp_path):
    cube, meta = written(tmp_path)
    table = read_side_table(cube, "events", meta)
    assert table["object_id"].tolist() == ["a b", ""] and table["body"].tolist() == [1, -1]
    np.testing.assert_array_equal(table["t0"], [1.5, np.nan])


def test_cube_without_the_table_has_none(tmp_path):
    assert read_side_table(tmp_path / "stars.npz", "events", {}) is None


def test_absent_side_table_is_told(tmp_path):
    cube, meta = written(tmp_path)
    side_table_path(cube, "events").unlink()
    with pytest.raises(IntegrityError, match=r"table of events that belongs to .* is not there"):
        read_side_table(cube, "events", meta)


def test_side_table_of_another_cube_is_refused(tmp_path):
    cube, meta = written(tmp_path)
    path = side_table_path(cube, "events")
    path.write_text(path.read_text().replace("1.5", "1.6"))
    with pytest.raises(IntegrityError, match="not the table of events that"):
        read_side_table(cube, "events", meta)
