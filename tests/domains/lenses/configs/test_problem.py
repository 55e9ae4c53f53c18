import csv
from pathlib import Path

import pytest

from otrain.domains.lenses.configs.problem import listed_images, prepare, translate
from otrain.errors import DataError, OutputError, UsageError

SEED = {"problem": {"filename": "_test/dataset.csv", "variables": ["sigma", "xiX", "xiY"], "nterms": 0},
        "dataset": {"training": {"filename": "_test/training.csv", "size": 0.5},
                    "validation": {"filename": "_test/validation.csv", "size": 0.25},
                    "testing": {"filename": "_test/testing.csv"}}}


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """The seed's problem beside a table of eight lenses and their images, all in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "_test" / "images").mkdir(parents=True)
    (tmp_path / "configs").mkdir()
    header = "index,filename,source,sigma,xiX,xiY,alpha[0][1],beta[0][1]\n"
    rows = [f"{i},i{i}.png,s,{i}.5000,{i * i},-{i},3,{i}.25\n" for i in range(8)]
    (tmp_path / "_test" / "dataset.csv").write_text(header + "".join(rows))
    for i in range(8):
        (tmp_path / "_test" / "images" / f"i{i}.png").touch()
    return SEED


def flags(values, **given):
    return {**{name: value for name, value in values.items() if name != "split"}, "overwrite": False, "seed": 0,
            "cube": None, "path_datacube": ".", "split_order": None, **given}


def rows(path):
    return list(csv.DictReader(open(path)))


def test_problem_says_what_is_read_and_learnt(tables):
    values, notes = translate(tables, "configs/problem.toml")
    assert values["cutouts"] == ["_test/images"] and values["labels"] == ["_test/dataset.csv"]
    assert values["variables"] == ["sigma", "xiX", "xiY"] and values["nterms"] == 0
    assert values["split"]["steps"]["testing"] == {"filename": "_test/testing.csv", "size": None}
    assert notes == ["no [dataset] directory is named; the images are taken from `_test/images`."]


def test_three_tables_are_written_under_the_names_asked_for(tables):
    values, _ = translate(tables, "configs/problem.toml")
    told, notes = prepare(values, flags(values))
    found = {name: rows(f"_test/{name}.csv") for name in ("training", "validation", "testing")}
    assert {name: len(some) for name, some in found.items()} == {"training": 4, "validation": 2, "testing": 2}
    # alpha[0][1] has one value; the others are as the table has them
    assert list(found["training"][0]) == ["filename", "sigma", "xiX", "xiY", "beta[0][1]"]
    number = int(found["testing"][0]["filename"][1])
    assert found["testing"][0]["sigma"] == f"{number}.5000"
    assert "alpha[0][1]: one value in all training rows, left out." in notes
    joined = rows(told["labels"][0])
    assert told["labels"] == ["./datacube/images.subsets.csv"] and told["cutouts"] == ["_test/images"]
    assert sorted(row["filename"] for row in joined) == [f"i{i}.png" for i in range(8)]
    assert {row["filename"] for row in joined if row["subset"] == "test"} == {r["filename"] for r in found["testing"]}


def test_order_of_the_file_is_taken_where_it_is_asked_for(tables):
    values, _ = translate(tables, "configs/problem.toml")
    told, _ = prepare(values, flags(values, split_order="file"))
    assert [row["filename"] for row in rows("_test/training.csv")] == ["i0.png", "i1.png", "i2.png", "i3.png"]
    assert [row["filename"] for row in rows("_test/testing.csv")] == ["i4.png", "i5.png"]
    assert told["split_order"] is None


def test_same_split_is_written_again_and_another_is_not(tables):
    values, _ = translate(tables, "configs/problem.toml")
    prepare(values, flags(values))
    prepare(values, flags(values))
    with pytest.raises(OutputError, match=r"training.csv"):
        prepare(values, flags(values, seed=3))
    prepare(values, flags(values, seed=3, overwrite=True))


def test_row_without_a_finite_number_is_in_no_subset(tables):
    text = Path("_test/dataset.csv").read_text().replace("2.5000", "nan")
    Path("_test/dataset.csv").write_text(text)
    values, _ = translate(tables, "configs/problem.toml")
    told, notes = prepare(values, flags(values))
    assert "1 of 8 rows of _test/dataset.csv lack a finite number and are in no subset, e.g. that of i2.png." in notes
    assert told["cutouts"] == ["_test/images"] and {row["filename"]: row["subset"] for row in rows(told["labels"][0])}["i2.png"] == ""


def test_rows_of_one_file_that_differ_are_in_no_subset_and_stay_in_the_table(tables):
    with open("_test/dataset.csv", "a") as file:
        file.write("9,i2.png,s,9.5000,1,-9,3,9.25\n")
    values, _ = translate(tables, "configs/problem.toml")
    told, notes = prepare(values, flags(values))
    assert "2 of 9 rows of _test/dataset.csv name a file to which another row gives other values and are in no subset, " \
           "e.g. that of i2.png." in notes
    assert [row["subset"] for row in rows(told["labels"][0]) if row["filename"] == "i2.png"] == ["", ""]


def test_rows_that_are_not_asked_for_are_said_and_told_apart(tables):
    fewer = {**tables, "dataset": {"training": {"filename": "train.csv", "size": 3}, "testing": {"filename": "test.csv", "size": 2}}}
    values, _ = translate(fewer, "configs/problem.toml")
    told, notes = prepare(values, flags(values))
    assert "3 of 8 rows are in no subset, and their images are not read." in notes and told["cutouts"] == ["_test/images"]
    assert sorted(row["subset"] for row in rows(told["labels"][0])) == ["test"] * 2 + ["training"] * 3 + ["unused"] * 3


def test_number_that_does_not_show_is_left_out(tables):
    text = Path("_test/dataset.csv").read_text().replace("xiX", "sigma2")
    Path("_test/dataset.csv").write_text(text)
    problem = {**tables, "problem": {**tables["problem"], "variables": ["sigma", "sigma2"]}}
    values, _ = translate(problem, None)
    _, notes = prepare(values, flags(values))
    assert "sigma2: without influence on the images, whose sources are round, left out." in notes
    assert "sigma2" not in rows("_test/training.csv")[0]


def test_missing_columns_are_named(tables):
    problem = {**tables, "problem": {**tables["problem"], "nterms": 1}}
    values, _ = translate(problem, None)
    with pytest.raises(DataError, match=r"no column alpha\[1\]\[0\]"):
        prepare(values, flags(values))


@pytest.mark.parametrize(("change", "words"), [
    ({"problem": {"filename": 3}}, "filename must name a file. Received: 3"),
    ({"problem": {"filename": "a.csv"}}, "neither variables nor nterms"),
    ({"problem": {"filename": "a.csv", "nterms": "5"}}, "nterms must be a whole number. Received: '5'"),
    ({"problem": {"filename": "a.csv", "nterms": 1}, "dataset": {}}, r"\[dataset.training\] is missing"),
])
def test_problem_that_makes_no_sense_is_refused(change, words):
    with pytest.raises(UsageError, match=words):
        translate(change, "p.toml")


def test_other_images_of_the_folder_are_not_read(tables):
    images, notes = listed_images("_test/images", ["i1.png", "i3.png"], ["_test/images"])
    assert images == ["_test/images/i1.png", "_test/images/i3.png"] and "2 of the 8 images" in notes[0]
    assert listed_images("_test/images", ["i1.png"], ["elsewhere"]) == (["elsewhere"], [])
