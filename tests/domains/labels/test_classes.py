import numpy as np
import pytest

from otrain.domains.labels.classes import LabelKeyword, one_table, parse_classes, parse_label, read_labels
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


@pytest.mark.parametrize("key", ["42", "0042", "42.0"])
def test_candid_is_the_same_as_integer_float_and_with_leading_zeros(tmp_path, key):
    (tmp_path / "l.csv").write_text(f"candid,label\n{key},1\n")
    table = read_labels(tmp_path / "l.csv")
    assert [table.of_candid(name) for name in ("42", "042", "42.0", "43")] == [1, 1, 1, None]


def test_candid_as_it_is_written_wins_over_the_same_number(tmp_path):
    (tmp_path / "l.csv").write_text("candid,label\n042,1\n42,0\n")
    table = read_labels(tmp_path / "l.csv")
    assert [table.of_candid(name) for name in ("042", "42", "0042")] == [1, 0, None]


def test_rounded_names_are_refused(tmp_path):
    (tmp_path / "l.csv").write_text("candid,label\n1.5000000000150100e+18,1\n")
    with pytest.raises(DataError, match=r"row 1: candid '1\.50.*e\+18' is a rounded number"):
        read_labels(tmp_path / "l.csv")


def test_words_of_a_table_are_its_classes(tmp_path):
    (tmp_path / "l.csv").write_text("file;Class\na;SN\nb;bogus\nc;AGN\nd;sn\ne;unknown\n")
    table = read_labels(tmp_path / "l.csv")
    assert table.classes.names == ("bogus", "AGN", "SN") and table.by_file == {"a": 2, "b": 0, "c": 1, "d": 2}


def test_third_word_beside_real_and_bogus_is_a_slip(tmp_path):
    (tmp_path / "l.csv").write_text("file,label\na,real\nb,bogus\nc,rael\n")
    with pytest.raises(DataError, match=r"row 3: 'rael' is no label"):
        read_labels(tmp_path / "l.csv")


def test_numbers_of_more_than_two_classes_need_names(tmp_path):
    (tmp_path / "l.csv").write_text("file,label\na,0\nb,2\nc,3\n")
    with pytest.raises(UsageError, match=r"the labels 0, 2, 3 are 3 classes. Name them in this order with --classes"):
        read_labels(tmp_path / "l.csv")
    assert read_labels(tmp_path / "l.csv", ["bogus", "SN", "AGN", "VS"]).by_file == {"a": 0, "b": 2, "c": 3}


def test_named_classes_fold_words_and_refuse_others(tmp_path):
    (tmp_path / "l.csv").write_text("file,label\na,SN\nb,AGN\nc,bogus\nd,0\n")
    table = read_labels(tmp_path / "l.csv", ["bogus", "real=SN,AGN"])
    assert table.by_file == {"a": 1, "b": 1, "c": 0, "d": 0} and table.classes.names == ("bogus", "real")
    with pytest.raises(DataError, match=r"row 2: 'AGN' is none of the classes bogus, SN"):
        read_labels(tmp_path / "l.csv", ["bogus", "SN"])


@pytest.mark.parametrize("given", [["one"], ["a", "b=a"], ["a", ""]])
def test_classes_that_cannot_be_told_apart_are_refused(given):
    with pytest.raises(UsageError, match=r"--classes"):
        parse_classes(given)


def test_several_tables_are_refused_where_one_is_taken():
    assert one_table("a.csv") == "a.csv" and one_table(None) is None
    with pytest.raises(UsageError, match=r"takes one table here\. Received: a.csv, b.csv"):
        read_labels(["a.csv", "b.csv"])
