import copy

import pytest

from otrain.domains.lenses.configs.batch import translate
from otrain.domains.lenses.configs.experiment import translate as translate_one
from otrain.errors import UsageError

BATCH = {"settings": {"device": "cuda", "models": ["value-cnn", "otrain-cnn"]},
         "hyperparameters": {"weight-decay": 1e-4, "array": {"learning-rate": [1e-3, 1e-4], "batch-size": [8]}},
         "training": {"num-epochs": 2, "patience": 10},
         "dataset": {"directory": "images", "training": {"filename": "train.csv"}, "testing": {"filename": "test.csv"},
                     "validation": {"filename": "validation.csv", "predictionfile": "v.csv"}},
         "output": {"dirbase": "experiment%%"}}


def changed(**further):
    tables = copy.deepcopy(BATCH)
    for name, table in further.items():
        tables[name] |= table
    return tables


def test_networks_are_outermost():
    values, _ = translate(BATCH, None)
    assert values["dirbase"] == "experiment%%"
    assert [(run.swept["model"], run.swept["learning-rate"]) for run in values["runs"]] == [
        ("value-cnn", 1e-3), ("value-cnn", 1e-4), ("otrain-cnn", 1e-3), ("otrain-cnn", 1e-4)]
    assert len(translate(changed(settings={"models": ["a", "b", "c"]}, hyperparameters={"array": {
        "learning-rate": [1, 2, 3], "batch-size": [1, 2, 3], "weight-decay": [1, 2, 3]}}), None)[0]["runs"]) == 81


def test_each_run_is_a_training_file_of_droulette():
    run = translate(BATCH, None)[0]["runs"][2]
    values, _ = translate_one(run.tables_for("experiment003", in_folder=False), None)
    assert (values["learning_rate"], values["batch_size"], values["weight_decay"]) == (1e-3, 8, 1e-4)
    assert (values["epochs"], values["architecture"]) == (2, "otrain-cnn")
    assert (values["model_path"], values["model_name"]) == ("experiment003", "experiment003")
    assert values["cube"] == "datacube/images-train.npz"
    assert values["experiment"]["steps"]["validation"]["predictions"] == "v.csv"


def test_files_in_the_folders_of_all_runs_name_one_cube_and_the_same_images(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    for name in ("train", "test", "validation"):
        (tmp_path / f"{name}.csv").touch()
    found = set()
    for number, run in enumerate(translate(BATCH, "batch.toml")[0]["runs"]):
        folder = f"experiment00{number}"
        (tmp_path / folder).mkdir()
        values, _ = translate_one(run.tables_for(folder, in_folder=True), f"{folder}/ml.toml")
        found.add((values["cube"], values["experiment"]["folder"], values["experiment"]["steps"]["training"]["filename"]))
        assert values["model_path"] == folder
    assert found == {("datacube/images-train.npz", "images", "train.csv")}


def test_folders_lie_beside_the_file_and_its_images(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenses" / "images").mkdir(parents=True)
    values, _ = translate(BATCH, "lenses/batch.toml")
    assert values["dirbase"] == "lenses/experiment%%"
    assert values["runs"][0].tables["dataset"]["directory"] == "lenses/images"


def test_one_network_and_no_array_is_one_run():
    tables = changed(hyperparameters={"array": {}})
    tables["settings"] = {"model": "value-cnn"}
    run, = translate(tables, None)[0]["runs"]
    assert run.swept == {"model": "value-cnn"} and run.tables["hyperparameters"] == {"weight-decay": 1e-4}


def test_value_of_the_array_takes_the_place_of_a_single_one_and_says_so():
    values, notes = translate(changed(settings={"model": "x"}, hyperparameters={"learning-rate": 1}), None)
    assert values["runs"][0].tables["hyperparameters"]["learning-rate"] == 1e-3
    assert sum("take" in note for note in notes) == 2


@pytest.mark.parametrize(("further", "word"), [
    ({"settings": {"models": []}}, "models must be"), ({"settings": {"models": "value-cnn"}}, "models must be a list"),
    ({"hyperparameters": {"array": {"learning-rate": 1e-3}}}, "learning-rate must be a list"),
    ({"hyperparameters": {"array": {"learning-rat": [1]}}}, "Did you mean 'learning-rate'"),
    ({"dataset": {"directory": 3}}, "directory must"), ({"output": {"dirbase": 3}}, "dirbase must")])
def test_wrong_value_is_refused(further, word):
    with pytest.raises(UsageError, match=word):
        translate(changed(**further), None)
