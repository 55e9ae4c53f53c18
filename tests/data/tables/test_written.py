import sys

import numpy as np
import pytest
from astropy.table import Table

from otrain.data.tables.written import FORMATS, Field, printable, score_table
from otrain.errors import MissingExtraError, UsageError

FIELDS = {"file": Field(str), "ra": Field(float, "deg", "right ascension"), "candid": Field(str),
          "score": Field(float), "edge": Field(bool), "n": Field(int)}
WINDOWS = [
    {"file": ["a.fits", "with space.fits"], "ra": [1.5, np.nan], "candid": ["=1+1", ""],
     "score": np.array([0.1, 1 / 3]), "edge": [True, False], "n": [1, -1]},
    {"file": ["#hash'\".fits"], "ra": [359.0], "candid": ["-7"], "score": [1e-30], "edge": [False], "n": [9]},
]
READER = {"dat": "ascii.commented_header", "ecsv": "ascii.ecsv", "csv": "ascii.csv", "votable": "votable"}


def written(path, format, windows=WINDOWS, meta=None):
    with score_table(path, FIELDS, format=format, meta=meta) as write:
        for window in windows:
            write(window)
    if format == "parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path).to_pydict()
    table = Table.read(path, format=READER[format])
    return {name: np.ma.asarray(table[name]).tolist() for name in table.colnames}


@pytest.mark.parametrize("format", FORMATS)
def test_table_is_read_back_by_the_usual_reader(tmp_path, format):
    table = written(tmp_path / "table", format)
    assert list(table) == list(FIELDS)
    assert table["file"] == ["a.fits", "with space.fits", "#hash'\".fits"]
    np.testing.assert_allclose(np.array(table["score"], float), [0.1, 1 / 3, 1e-30], rtol=1e-15)
    assert table["ra"][0] == 1.5 and table["n"] == [1, -1, 9]
    assert table["ra"][1] is None or np.isnan(table["ra"][1])
    assert [str(value) for value in table["edge"]] == ["True", "False", "False"]


@pytest.mark.parametrize("format", ["ecsv", "votable"])
def test_units_meanings_and_meta_are_kept(tmp_path, format):
    with score_table(tmp_path / "t", FIELDS, format=format, meta={"model_id": "ab"}) as write:
        write(WINDOWS[0])
    table = Table.read(tmp_path / "t", format=READER[format])
    assert str(table["ra"].unit) == "deg" and table["ra"].description == "right ascension"
    assert "ab" in str(table.meta) or format == "votable"


@pytest.mark.filterwarnings("error")
def test_votable_takes_names_and_units_that_the_standard_lacks_without_a_warning(tmp_path):
    fields = {"alpha[0][1]": Field(float, "ppm", "an amplitude"), "plain name": Field(float, "", "a number")}
    with score_table(tmp_path / "t", fields, format="votable") as write:
        write({"alpha[0][1]": [0.5], "plain name": [2.0]})
    text = (tmp_path / "t").read_text()
    assert 'name="alpha[0][1]"' in text and 'unit="ppm"' in text and 'name="plain name"' in text


def test_parquet_keeps_units_and_meta(tmp_path):
    import pyarrow.parquet

    written(tmp_path / "t", "parquet", meta={"model_id": "ab"})
    schema = pyarrow.parquet.read_schema(tmp_path / "t")
    assert schema.metadata[b"model_id"] == b"ab"
    assert schema.field("ra").metadata[b"unit"] == b"deg"


def test_csv_defuses_formulas(tmp_path):
    assert written(tmp_path / "t", "csv")["candid"] == ["'=1+1", None, "'-7"]


@pytest.mark.parametrize("format", ["ecsv", "dat"])
def test_other_texts_are_not_changed(tmp_path, format):
    assert written(tmp_path / "t", format)["candid"][0] == "=1+1"


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_names_stay_on_their_line(tmp_path, format):
    names = ["two\nlines", "\udcff.fits", "e\u0301\U0001f52d", "tab\t.fits", "nul\x00"]
    window = {"file": names, "ra": [0.0] * 5, "candid": ["x"] * 5, "score": [0.5] * 5, "edge": [True] * 5,
              "n": [0] * 5}
    table = written(tmp_path / "t", format, [window])
    assert table["file"] == [printable(name) for name in names]
    assert table["file"][:2] == ["two\\nlines", "\\udcff.fits"]


@pytest.mark.parametrize("format", FORMATS)
def test_table_without_rows_has_its_columns(tmp_path, format):
    assert list(written(tmp_path / "t", format, [])) == list(FIELDS)


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_appears_when_the_job_fails(tmp_path, format):
    with pytest.raises(RuntimeError), score_table(tmp_path / "t", FIELDS, format=format) as write:
        write(WINDOWS[0])
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Did you mean 'ecsv'"), score_table(tmp_path / "t", FIELDS, format="ecvs"):
        pass


def test_missing_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"otrain\[parquet\]"), \
            score_table(tmp_path / "t", FIELDS, format="parquet"):
        pass


def test_columns_must_be_those_of_the_table(tmp_path):
    with pytest.raises(ValueError, match="'ra'"), score_table(tmp_path / "t", {"ra": Field(float)}) as write:
        write({})
