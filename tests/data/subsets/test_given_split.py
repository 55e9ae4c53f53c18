import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.subsets.given_split import given_split
from otrain.errors import DataError, UsageError


@pytest.fixture
def cube(tmp_path):
    """Return a function that makes a cube whose rows have the given subsets and objects."""
    def make(subsets, objects=None):
        count = len(subsets)
        images = np.arange(count * 4, dtype=np.float32).reshape(count, 2, 2, 1) ** 1.5
        columns = {"candid": np.array([f"c{i}" for i in range(count)]), "subset": np.array(subsets)}
        if objects:
            columns["object_id"] = np.array(objects)
        meta = {"channels": ["difference"], "classes": ["bogus", "real"]}
        write_cube(tmp_path / "c.npz", [images], labels=np.arange(count) % 2, columns=columns, meta=meta).close()
        return open_cube(tmp_path / "c.npz")

    return make


def test_rows_go_where_the_column_says(cube):
    split = given_split(cube(["train", "training", "val", "Test", "", "testing", "training"]), "subset")
    assert split.train.tolist() == [0, 1, 6] and split.validation.tolist() == [2] and split.test.tolist() == [3, 5]
    assert split.note == "" and split.subset_names()[4] == ""


def test_row_without_a_stratum_is_in_no_subset(cube):
    split = given_split(cube(["train", "train", "val", "test"]), "subset", strata=np.array([0, -1, 0, 0]), fewest=1)
    assert split.train.tolist() == [0]


def test_object_in_two_subsets_is_told(cube):
    split = given_split(cube(["train", "train", "val", "test"], ["a", "b", "c", "a"]), "subset")
    assert "1 objects stand in two subsets" in split.note


@pytest.mark.parametrize(("subsets", "column", "error", "words"), [
    (["train", "train", "val", "test"], "subst", UsageError, "no column 'subst'. Did you mean 'subset'"),
    (["train", "tain", "val", "test"], "subset", UsageError, "unknown subset 'tain'. Did you mean 'train'"),
    (["train", "train", "val", "val"], "subset", DataError, "test would have no example"),
    (["train", "val", "val", "test"], "subset", DataError, "one class only"),
])
def test_column_that_parts_nothing_is_refused(cube, subsets, column, error, words):
    with pytest.raises(error, match=words.replace("?", r"\?")):
        given_split(cube(subsets), column)
