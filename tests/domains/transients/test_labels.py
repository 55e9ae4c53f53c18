import numpy as np
import pytest

from otrain.domains.transients.labels import LabelKeyword, folder_label, parse_label, read_labels
from otrain.errors import DataError, UsageError


@pytest.mark.parametrize(("value", "label"), [
    (1, 1), (0, 0), (1.0, 1), (True, 1), (False, 0), (np.int64(1), 1), ("real", 1), ("Bogus", 0),
    ("1.0", 1), ("T", 1), ("false", 0), (-1, None), ("", None), (float("nan"), None), (None, None),
    ("unsure", None),
])
def test_words_and_numbers_of_a_label(value, label):
    assert parse_label(value) == label


@pytest.mark.parametrize("value", ["maybe", 2, 0.5])
def test_what_is_no_label_is_refused(value):
    with pytest.raises(ValueError, match=r"is no label"):
        parse_label(value)


def test_only_the_first_folder_of_a_name_counts():
    assert (folder_label("true/x/a.fits"), folder_label("x/true/a.fits"), folder_label("true")) == (1, None, None)


def test_keyword_is_spelled_after_a_colon():
    assert read_labels("keyword:TRUTH") == LabelKeyword("TRUTH")
    with pytest.raises(UsageError, match=r"names no keyword"):
        read_labels("keyword: ")


@pytest.mark.parametrize("name", ["labels.csv", "labels.ecsv"])
def test_table_is_read_from_csv_and_ecsv(tmp_path, name):
    from astropy.table import Table

    table = Table({"candid": ["c1", "c2", "c3"], "label": [1, 0, -1]})
    table.write(tmp_path / name, format="ascii.ecsv" if name.endswith("ecsv") else "ascii.csv")
    assert read_labels(tmp_path / name).by_candid == {"c1": 1, "c2": 0}


@pytest.mark.parametrize(("text", "words"), [
    ("candid,label\nc1,maybe\n", "row 1: 'maybe' is no label"),
    ("candid,label\nc1,1\nc1,0\n", "row 2: candid 'c1' has both labels"),
])
def test_table_that_contradicts_itself_is_refused(tmp_path, text, words):
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        read_labels(tmp_path / "l.csv")


def test_table_without_its_columns_is_refused(tmp_path):
    (tmp_path / "l.csv").write_text("name,class\na,1\n")
    with pytest.raises(UsageError, match=r"columns label and candid \(or file\). Received: name, class"):
        read_labels(tmp_path / "l.csv")


def test_absent_table_is_refused(tmp_path):
    for name in ("l.csv", "l.ecsv"):
        with pytest.raises(UsageError, match=r"cannot be read: No such file or directory. Give a CSV"):
            read_labels(tmp_path / name)
