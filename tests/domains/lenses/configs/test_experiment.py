import csv
import glob
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from otrain.data.cubes.datacube import open_cube
from otrain.domains.lenses.configs.experiment import prepare, translate
from otrain.errors import DataError, UsageError
from otrain.workflows.reading.made_cube import made_cube

SEED = {"settings": {"device": "cuda", "model": "otrain-cnn"},
        "hyperparameters": {"learning-rate": 1e-4, "batch-size": 96, "weight-decay": 1e-4},
        "training": {"num-epochs": 1000, "patience": 10, "out-parameters": 23},
        "dataset": {"directory": "_test/images", "training": {"filename": "_test/train.csv"},
                    "testing": {"filename": "_test/test.csv"}, "validation": {"filename": "_test/validation.csv"}}}


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "_test" / "images").mkdir(parents=True)
    (tmp_path / "Test").mkdir()
    for name, numbers in (("train", (1, 2)), ("validation", (3,)), ("test", (4,))):
        (tmp_path / "_test" / f"{name}.csv").write_text("filename,sigma,alpha[0][1]\n" + "".join(
            f"i{i}.png,{i},{i}\n" for i in numbers))
    for i in range(1, 5):
        (tmp_path / "_test" / "images" / f"i{i}.png").touch()
    return SEED


def changed(tables, **further):
    return {name: {**tables.get(name, {}), **further.get(name, {})} for name in {**tables, **further}}


def test_keys_of_the_seed_are_flags(tables):
    values, notes = translate(tables, "Test/experiment01.toml")
    assert (values["epochs"], values["patience"], values["batch_size"]) == (1000, 10, 96)
    assert (values["learning_rate"], values["weight_decay"]) == (1e-4, 1e-4)
    assert (values["scheduler"], values["seed"], values["architecture"]) == ("constant", 42, "otrain-cnn")
    assert values["model_path"] == "." and values["model_name"] == "experiment01"
    assert values["cube"] == "datacube/images-train.npz" and values["subset_column"] == "subset"
    assert values["experiment"]["folder"] == "_test/images"
    assert any("AdamW" in note for note in notes)


def test_gpu_that_is_not_there_falls_back_and_says_so(tables, monkeypatch):
    monkeypatch.setattr(glob, "glob", lambda pattern: [])
    values, notes = translate(tables, "e.toml")
    assert values["device"] == "auto" and any("the CPU is used" in note for note in notes)
    monkeypatch.setattr(glob, "glob", lambda pattern: ["/dev/nvidia0"])
    assert not any("the CPU is used" in note for note in translate(tables, "e.toml")[1])
    assert translate(changed(tables, settings={"device": "cpu"}), "e.toml")[0]["device"] == "cpu"
    with pytest.raises(UsageError, match=r"device must be cuda"):
        translate(changed(tables, settings={"device": "quantum"}), "e.toml")


def test_values_that_are_absent_are_droulettes_and_named(tables):
    tables = {**tables, "hyperparameters": {}, "training": {}}
    values, notes = translate(tables, "e.toml")
    assert (values["learning_rate"], values["batch_size"], values["weight_decay"]) == (0.1, 96, 1e-4)
    assert (values["epochs"], values["patience"]) == (10, 20)
    assert "[hyperparameters] has no learning-rate; droulette's 0.1 is used." in notes


def test_output_names_the_run_and_shares_the_cube(tables):
    values, _ = translate(changed(tables, output={"directory": "experiment001"}), "batch.toml")
    assert (values["model_path"], values["model_name"]) == ("experiment001", "experiment001")
    assert values["cube"] == "datacube/images-train.npz"


def told(tables, path="e.toml", **given):
    values, _ = translate(tables, path)
    return prepare({"experiment": values["experiment"]}, {"cube": values["cube"], **given})


def test_tables_become_one_with_the_subset_of_each_row(tables):
    values, notes = told(tables)
    request = values["made_from"]
    assert list(csv.reader(Path(request["labels"]).read_text().splitlines())) == [
        ["filename", "sigma", "alpha[0][1]", "subset"], ["i1.png", "1", "1", "training"],
        ["i2.png", "2", "2", "training"], ["i3.png", "3", "3", "validation"], ["i4.png", "4", "4", "test"]]
    assert request["cutouts"] == "_test/images" and request["variables"] == ["sigma", "alpha[0][1]"]
    assert (request["cube"], request["path_datacube"]) == ("images-train", ".")
    assert values["experiment_files"]["predictions"] == {
        "training": "train.csv", "validation": "validation.csv", "test": "test.csv"}
    assert notes == ["out-parameters = 23 does not fit _test/train.csv, which has 2: 1 variables and 1 amplitudes. "
                     "2 are learnt, less those of one value."]


def test_cube_is_the_same_from_whatever_folder_it_is_made(tables, tmp_path, monkeypatch):
    for i in range(1, 5):
        Image.fromarray(np.random.default_rng(i).integers(0, 255, (16, 16), dtype="u1")).save(f"_test/images/i{i}.png")
    seen = set()
    for folder, place in ((".", "_test"), ("Test", "../_test"), ("_test", "."), (".", str(tmp_path / "_test"))):
        monkeypatch.chdir(tmp_path / folder)
        asked = {**tables, "dataset": {"directory": f"{place}/images", **{
            step: {"filename": f"{place}/{entry['filename'].removeprefix('_test/')}"}
            for step, entry in tables["dataset"].items() if step != "directory"}}}
        with open_cube(made_cube(**told(asked)[0]["made_from"])) as cube:
            seen.add((cube.identity, *cube.columns["file"]))
    assert len(seen) == 1 and seen.pop()[1:] == ("i1.png", "i2.png", "i3.png", "i4.png")


def test_images_that_stand_in_no_table_are_not_read(tables):
    Path("_test/images/i5.png").touch()
    values, notes = told(tables)
    assert values["made_from"]["cutouts"] == [f"_test/images/i{i}.png" for i in range(1, 5)]
    assert any("4 of the 5 images" in note for note in notes)


def test_count_that_fits_needs_no_word(tables):
    assert told(changed(tables, training={"out-parameters": 2}))[1] == []


def test_cube_that_is_given_is_not_made(tables):
    assert "made_from" not in told(tables, cube="mine.npz")[0] and not os.path.exists("datacube")


def test_predictions_do_not_take_the_place_of_the_truth(tables):
    values, _ = told(changed(tables, output={"directory": "_test"}))
    assert values["experiment_files"]["predictions"]["test"] == "pred-test.csv"


def test_tables_that_do_not_fit_each_other_are_refused(tables):
    Path("_test/test.csv").write_text("filename,sigma,xiX\ni4.png,1,2\n")
    with pytest.raises(DataError, match=r"test.csv: the columns are not those of _test/train.csv.*alpha\[0\]\[1\]"):
        told(tables)
    Path("_test/test.csv").write_text("filename,sigma,alpha[0][1]\ni1.png,1,2\n")
    with pytest.raises(DataError, match=r"1 files stand in another subset too, e.g. i1.png"):
        told(tables)
    os.remove("_test/test.csv")
    with pytest.raises(DataError, match=r"test.csv: the table of lenses cannot be read"):
        told(tables)
