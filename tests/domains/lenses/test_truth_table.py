import numpy as np
import pytest

from otrain.domains.lenses.truth_table import DIFFERENT, read_truth_table, subset_of
from otrain.errors import DataError, UsageError


def table(folder, text, name="dataset.csv"):
    (folder / name).write_text(text)
    return read_truth_table(folder / name)


def test_rows_have_numbers_and_texts_by_canonical_name(tmp_path):
    found = table(tmp_path, "index,filename,source,einsteinR,x,odd\n1,a.png,s,20,-3.5,7\n2,b.png,e,,4,8\n")
    assert found.files == ["a.png", "b.png"]
    assert found.row(0) == {"source": "s", "einsteinradius": 20.0, "x": -3.5}
    assert np.isnan(found.row(1)["einsteinradius"])
    assert found.unused == ("odd",) and "odd" in found.notes[0]


def test_columns_without_any_value_are_not_known(tmp_path):
    assert table(tmp_path, "filename,luminosity,x\na.png,,1\nb.png,nan,2\n").row(0) == {"x": 1.0}


def test_configurations_of_cosmosim_2_are_lens_and_model(tmp_path):
    found = table(tmp_path, "filename,config\na.png,raysie\nb.png,fs\n")
    assert found.row(0) == {"lens": "SIE", "model": "Raytrace"} and found.row(1)["lens"] == "SIS"


@pytest.mark.parametrize(("text", "words"), [
    ("a.png,1\n", "its row has 2 cells and the header 3"), ("a.png,1,wide\n", "'wide' stands in its row where a number belongs"),
    ("a.png,1,2\na.png,1,3\n", DIFFERENT)])
def test_a_broken_row_is_a_fault_of_its_file_alone(tmp_path, text, words):
    found = table(tmp_path, "filename,x,y\nb.png,5,6\n" + text)
    assert found.faults == {"a.png": words} and found.row(0) == {"x": 5.0, "y": 6.0}


def test_a_row_that_is_there_twice_counts_once(tmp_path):
    found = table(tmp_path, "filename,x,y\na.png,5,\na.png,5,\n,1,1\n")
    assert len(found) == 1 and not found.faults
    assert [note.split(": ")[1] for note in found.notes] == ["1 rows repeat the name of a file.", "1 rows name no file."]


@pytest.mark.parametrize(("text", "words"), [("", "needs a column filename. Received: nothing"), ("x,y\n1,2\n", "Received: x, y"),
                                             ("filename,x,x\na,1,2\n", "two columns have the same name: x"),
                                             ("filename,x\na\0b.png,1\n", "damaged")])
def test_what_is_no_table_of_lenses_is_refused(tmp_path, text, words):
    try:
        found = table(tmp_path, text)
    except DataError as error:
        assert words in str(error)
    else:  # Python 3.11 lets a zero byte through
        assert words == "damaged" and found.files == ["a\0b.png"]


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_truth_table(tmp_path / "none.csv")


@pytest.mark.parametrize(("name", "subset"), [
    ("training.csv", "training"), ("train.csv", "training"), ("two-sie-validation.csv", "validation"), ("VAL.csv", "validation"),
    ("sie_testing.csv", "test"), ("latest.csv", ""), ("roulette.csv", ""), ("train-test.csv", ""), ("pretrained.csv", "")])
def test_names_of_tables_tell_subsets(name, subset):
    assert subset_of(f"/x/train/{name}") == subset


def test_rows_of_a_table_of_a_subset_are_in_it(tmp_path):
    assert table(tmp_path, "filename,x\na.png,1\n", "sie-testing.csv").row(0)["subset"] == "test"
