import pytest

from otrain.domains.lenses.truth import Truth, read_truth, tables_beside
from otrain.errors import DataError


def write(folder, **tables):
    paths = []
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
        paths.append(folder / f"{name}.csv")
    return paths


def test_rows_of_several_tables_are_joined_by_the_name_of_the_file(tmp_path):
    truth = read_truth(write(tmp_path, dataset="filename,sigma\na.png,5\n", roulette="filename,sigma,xiX\na.png,5.0001,7\n"))
    found = truth.find("/far/images/a.png", "images/a.png")
    assert found.columns == {"sigma": 5.0, "xiX": 7.0} and found.tables == ("dataset.csv", "roulette.csv")
    assert truth.differing() == []


def test_a_value_that_only_the_second_table_has_is_taken_from_it(tmp_path):
    truth = read_truth(write(tmp_path, one="filename,sigma\na.png,\nb.png,1\n", two="filename,sigma\na.png,6\n"))
    assert truth.find("a.png", "a.png").columns == {"sigma": 6.0}


def test_tables_that_differ_are_named_with_the_count(tmp_path):
    truth = read_truth(write(tmp_path, one="filename,x,y\na.png,1,1\nb.png,2,2\n", two="filename,y,x\nb.png,2,9\na.png,1,1\n"))
    assert truth.differing() == ["x differs between one.csv and two.csv for 1 images; that of one.csv counts."]
    assert truth.find("b.png", "b.png").columns["x"] == 2.0


def test_an_image_without_a_row_has_no_tables(tmp_path):
    assert read_truth(write(tmp_path, one="filename,x\na.png,1\n")).find("b.png", "b.png").tables == ()


@pytest.mark.parametrize(("text", "reason"), [("a.png,1\na.png,2\n", "label-conflict"), ("a.png,one\n", "bad-column")])
def test_a_broken_row_is_a_fault_with_a_reason(tmp_path, text, reason):
    assert read_truth(write(tmp_path, one="filename,x\n" + text)).find("a.png", "a.png").fault[0] == reason


def test_an_image_in_two_subsets_is_a_conflict(tmp_path):
    truth = read_truth(write(tmp_path, training="filename,x\na.png,1\nb.png,2\n", testing="filename,x\na.png,1\n"))
    assert truth.find("a.png", "a.png").fault == ("label-conflict", "the image is in two subsets: training and test "
                                                                    "(training.csv, testing.csv).")
    assert truth.find("b.png", "b.png").fault is None


def test_tables_are_found_beside_the_images_else_above_them(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    write(tmp_path, roulette="filename,xiX\n", dataset="filename,einsteinradius\n", pred_testing="filename,xiX\n",
          notes="filename,seeing\n")
    assert tables_beside(folder) == [str(tmp_path / "dataset.csv"), str(tmp_path / "roulette.csv")]
    write(folder, own="filename,xiX\n")
    assert tables_beside(folder) == [str(folder / "own.csv")]
    assert tables_beside([str(folder / "a.png")]) == [str(folder / "own.csv")]


def test_a_table_without_rows_is_refused(tmp_path):
    with pytest.raises(DataError, match="has no row"):
        read_truth(write(tmp_path, one="filename,x\n"))
    assert read_truth(None) is None and len(Truth([])) == 0


def test_the_table_of_a_conversion_is_found_for_no_other_command(tmp_path):
    write(tmp_path, **{"cube.subsets": "filename,theta_e,subset\na.png,1,training\nb.png,1,unused\n"})
    assert tables_beside(tmp_path) == []
    assert read_truth(tmp_path / "cube.subsets.csv").leaves_out and not read_truth(write(tmp_path, one="filename,x\na.png,1\n")).leaves_out
