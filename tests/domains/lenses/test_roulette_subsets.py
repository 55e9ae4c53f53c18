import numpy as np
import pytest

from otrain.domains.lenses.roulette_subsets import deal_rows, read_roulette, subset_table
from otrain.errors import DataError, UsageError

KEYS = [f"lens {i}" for i in range(10)]


def test_rest_is_what_the_others_leave():
    dealt = deal_rows(KEYS, {"training": 0.7, "validation": 0.2, "testing": None})
    assert {name: len(rows) for name, rows in dealt.items()} == {"training": 7, "validation": 2, "testing": 1}
    assert sorted(np.concatenate(list(dealt.values()))) == list(range(10))


def test_counts_may_leave_rows_over():
    dealt = deal_rows(KEYS, {"training": 3, "validation": 2, "testing": 1})
    assert [len(rows) for rows in dealt.values()] == [3, 2, 1]


def test_file_order_is_training_testing_validation():
    dealt = deal_rows(KEYS, {"training": 3, "validation": 2, "testing": 4}, order="file")
    assert dealt["training"].tolist() == [0, 1, 2] and dealt["testing"].tolist() == [3, 4, 5, 6]
    assert dealt["validation"].tolist() == [7, 8]


def test_hash_order_does_not_depend_on_the_order_of_rows_but_on_the_seed():
    sizes = {"training": 5, "validation": 2, "testing": None}
    named = {KEYS[row] for row in deal_rows(KEYS, sizes)["training"]}
    assert named == {KEYS[::-1][row] for row in deal_rows(KEYS[::-1], sizes)["training"]}
    assert named != {KEYS[row] for row in deal_rows(KEYS, sizes, seed=1)["training"]}
    assert named != set(KEYS[:5])


def test_images_of_one_lens_stay_together():
    for seed in range(20):
        dealt = deal_rows(["a", "b", "a", "c", "d"], {"training": 2, "validation": None}, seed=seed)
        assert sum({0, 2} <= set(rows.tolist()) for rows in dealt.values()) == 1


@pytest.mark.parametrize(("sizes", "words"), [
    ({"training": 8, "validation": 3}, "asks for 11 rows"),
    ({"training": None, "validation": None}, "only one subset can be the rest"),
    ({"training": 1.5}, "fraction below 1 or a number of rows. Received: 1.5"),
    ({"training": 0}, "Received: 0"),
    ({"training": 10, "testing": None}, "leaves no row for testing"),
])
def test_sizes_that_make_no_sense_are_refused(sizes, words):
    with pytest.raises(UsageError, match=words):
        deal_rows(KEYS, sizes)


def test_order_that_nobody_knows_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'file'"):
        deal_rows(KEYS, {"training": 3}, order="fil")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "roulette.csv"
    path.write_text("index,filename,sigma,xiX\n1,a.png,2.0000,3.10\n2,b.png,x,4\n3,a.png,5,6\n\n")
    return path


def test_table_is_kept_as_it_is_written(table):
    read = read_roulette(table)
    assert read.files() == ["a.png", "a.png", "b.png"] and read.conflicts == {"a.png"}
    assert read.numbers("xiX").tolist() == [3.1, 6.0, 4.0] and np.isnan(read.numbers("sigma")[2])
    assert subset_table(read, [2, 0], ["xiX"], {"subset": ["test", "training"]}) == (
        "filename,xiX,subset\nb.png,4,test\na.png,3.10,training\n")
    assert read.keys() == ["2.0000\x003.10", "5\x006", "x\x004"]


def test_rows_that_say_the_same_are_one(tmp_path):
    (tmp_path / "t.csv").write_text("index,filename,source,sigma\n1,a.png,s,2.0\n2,a.png,s,2.000\n3,b.png,s,\n4,b.png,e,\n")
    read = read_roulette(tmp_path / "t.csv")
    assert read.files() == ["a.png", "b.png", "b.png"] and read.conflicts == {"b.png"}


def test_names_that_are_no_text_are_read(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"filename,sigma\nsurrogate\xff.png,2\n")
    assert read_roulette(tmp_path / "t.csv").files() == ["surrogate\udcff.png"]


def test_object_tells_lenses_apart_where_there_is_one(tmp_path):
    (tmp_path / "t.csv").write_text("filename,object_id,sigma\na,o1,2\nb,o1,3\n")
    assert read_roulette(tmp_path / "t.csv").keys() == ["o1", "o1"]


def test_missing_column_is_named_with_where_it_may_be(table):
    with pytest.raises(DataError, match=r"no column xiY.*--set problem.filename=roulette.csv"):
        read_roulette(table).require(["sigma", "xiY"])


@pytest.mark.parametrize(("text", "words"), [
    ("a,b\n1,2\n", "needs a column filename"), ("filename,a\n", "at least one row"),
    ("filename,a\nx\n", "line 2 has 1 cells and the header 2"), ("filename,a,a\nx,1,2\n", "two columns"),
])
def test_damaged_table_is_refused(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        read_roulette(tmp_path / "t.csv")
