import numpy as np
import pytest
from astropy.table import Table

from otrain.data.tables import read as text_table
from otrain.data.tables.read import read_text_table
from otrain.data.tables.written import Field, score_table
from otrain.errors import DataError

WANTED = {"candid": (str, ("cand_ID", "candid")), "score": (float, ("label1", "score"))}


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "table.dat"
        path.write_text(text)
        return path

    return write


def test_table_of_astropy_is_read_back(tmp_path):
    path = tmp_path / "infer_results.dat"
    names = ['a b', 'with "quotes"', "007", "#5", "", "12.0"]
    Table({"filename": ["x y.fits"] * 6, "cand_ID": names, "label1": np.linspace(0, 1, 6)}).write(
        path, format="ascii.commented_header")
    table = read_text_table(path, WANTED)
    assert table.columns["candid"].tolist() == names
    np.testing.assert_array_equal(table.columns["score"], np.linspace(0, 1, 6))
    assert (table.rows, table.malformed, table.unreadable) == (6, 0, {})


@pytest.mark.parametrize("format", ["dat", "csv", "ecsv"])
def test_table_of_scores_is_read_back(tmp_path, format):
    path = tmp_path / f"infer_results.{format}"
    with score_table(path, {"candid": Field(str), "score": Field(float)}, format=format) as write:
        write({"candid": ["a, b", "c"], "score": [0.25, np.nan]})
    table = read_text_table(path, WANTED)
    assert table.columns["candid"].tolist() == ["a, b", "c"]
    np.testing.assert_array_equal(table.columns["score"], [0.25, np.nan])
    assert table.unreadable == {}


@pytest.mark.parametrize("separator", ["   ", "\t", " \t "])
def test_columns_may_be_aligned(write, separator):
    path = write(f"# cand_ID{separator}label1\na{separator}0.5\nb{separator}1e-3\n")
    assert read_text_table(path, WANTED).columns["score"].tolist() == [0.5, 0.001]


def test_plain_header_is_recognised(write):
    assert read_text_table(write("cand_ID label1\na 0.5\n"), WANTED).columns["candid"].tolist() == ["a"]


@pytest.mark.parametrize("line", ["b", "b 0.5 extra", "b 0.5 x y z", '"b 0.5"'])
def test_line_with_another_number_of_cells_costs_that_line_only(write, line):
    table = read_text_table(write(f"# cand_ID label1\na 0.1\n{line}\nc 0.3\n"), WANTED)
    assert table.columns["candid"].tolist() == ["a", "c"]
    assert (table.rows, table.malformed) == (3, 1)


def test_stray_quote_does_not_swallow_the_lines_after_it(write):
    table = read_text_table(write('# cand_ID label1\na 0.1\n"b 0.2\nc 0.3\n'), WANTED)
    assert table.columns["score"].tolist() == [0.1, 0.2, 0.3]


def test_text_in_a_number_column_is_counted(write):
    table = read_text_table(write("# cand_ID label1\na 0.1\nb oops\nc --\nd nan\n"), WANTED)
    np.testing.assert_array_equal(table.columns["score"], [0.1, np.nan, np.nan, np.nan])
    assert table.unreadable == {"score": 1}


def test_empty_and_commented_lines_are_no_rows(write):
    table = read_text_table(write("# cand_ID label1\na 0.1\n\n# cand_ID label1\nb 0.2\n"), WANTED)
    assert table.rows == 2 and table.malformed == 0


def test_long_names_are_not_cut(write):
    names = ["x" * 300 + end for end in "ab"]
    table = read_text_table(write("# cand_ID label1\n" + "".join(f"{name} 0.5\n" for name in names)), WANTED)
    assert table.columns["candid"].tolist() == names


def test_windows_give_the_same_as_one(write, monkeypatch):
    path = write("# cand_ID label1\n" + "".join(f"c{i}{'y' * (i % 7)} {i / 50}\n" for i in range(50)))
    whole = read_text_table(path, WANTED)
    monkeypatch.setattr(text_table, "_WINDOW", 7)
    parts = read_text_table(path, WANTED)
    np.testing.assert_array_equal(whole.columns["candid"], parts.columns["candid"])
    np.testing.assert_array_equal(whole.columns["score"], parts.columns["score"])
    assert parts.rows == 50


def test_absent_optional_column_is_nan(write):
    table = read_text_table(write("# cand_ID\na\n"), WANTED, optional=("score",))
    assert np.isnan(table.columns["score"]).all() and len(table.columns["score"]) == 1


def test_table_without_rows_is_empty(write):
    assert len(read_text_table(write("# cand_ID label1\n"), WANTED).columns["candid"]) == 0


@pytest.mark.parametrize("text, words", [
    ("# cand_ID prob\na 0.1\n", "needs the columns cand_ID, label1. Received: cand_ID, prob"),
    ("", "the table is empty"), ("a\0b\n", "not a text table"),
])
def test_what_is_no_such_table_is_refused(write, text, words):
    with pytest.raises(DataError, match=words):
        read_text_table(write(text), WANTED)


def test_absent_file_is_said(tmp_path):
    with pytest.raises(DataError, match="no such table"):
        read_text_table(tmp_path / "none.dat", WANTED)
