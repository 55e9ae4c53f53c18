import pytest

from otrain.domains.labels.classes import LabelKeyword, classes_called
from otrain.domains.labels.sources import label_files

DEFAULT = classes_called(("constant", "variable"))


def files(*names):
    return [(f"/data/{name}", name) for name in names]


def test_folders_are_classes_where_that_is_asked():
    found = files("rrlyr/a.csv", "eclipsing/b.csv", "constant/c.csv")
    _, labelled, names, notes = label_files(found, "/data", None, "folders", default=DEFAULT)
    assert [names[label] for label in labelled] == ["rrlyr", "eclipsing", "constant"]
    assert "the folders tell 3 classes" in notes[0]


def test_a_table_tells_classes_by_name(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("file,label\na.csv,variable\nb.csv,constant\n")
    labels, labelled, names, notes = label_files(files("a.csv", "b.csv"), "/data", table, "folders", default=DEFAULT)
    assert labelled == [1, 0] and names == ("constant", "variable") and not notes
    assert labels.classes is DEFAULT


def test_no_and_yes_stand_for_the_default_classes(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("star,label\n11,1\n12,no\n")
    labels, _, names, _ = label_files(files("a.csv"), "/data", table, "folders", default=DEFAULT, ids=("star",))
    assert (labels.of_candid("11"), labels.of_candid("12"), names) == (1, 0, ("constant", "variable"))


def test_a_keyword_is_read_from_the_files_later():
    labels, labelled, _, _ = label_files(files("a.fits"), "/data", "keyword:KIND", ["a", "b"], default=DEFAULT)
    assert isinstance(labels, LabelKeyword) and labelled == [None] and labels.classes.names == ("a", "b")


@pytest.mark.parametrize("joined", ["real=SN,AGN", "real=SN+AGN"])
def test_classes_may_be_joined(joined):
    found = files("sn/a.fits", "agn/b.fits", "junk/c.fits")
    _, labelled, names, _ = label_files(found, "/data", None, ["bogus=junk", joined])
    assert labelled == [1, 1, 0] and names == ("bogus", "real")


def test_a_table_that_knows_no_file_is_named(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("file,label\nother.csv,1\n")
    notes = label_files(files("a.csv", "b.csv"), "/data", table, None)[3]
    assert "none of its 1 names of files is one of the 2 files" in notes[0]
