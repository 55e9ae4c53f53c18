import os

import pytest

from otrain.domains.grid import GridRun, combinations, grid_of
from otrain.errors import UsageError


def test_all_combinations_the_last_name_fastest():
    assert combinations({"a": [1, 2], "b": ["x", "y"]}, "[t]") == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]
    assert combinations({}, "[t]") == [{}]


@pytest.mark.parametrize("array", [{"a": 3}, {"a": []}, {"a": "xy"}, [1]])
def test_what_is_no_list_is_refused(array):
    with pytest.raises(UsageError, match=r"\[t\]"):
        combinations(array, "[t]")


def test_runs_have_the_fixed_values_and_those_of_their_combination():
    first, second = grid_of({"cube": "n.npz", "epochs": 2, "array": {"learning_rate": [0.1, 0.2]}})
    assert first.tables == {"train": {"cube": "n.npz", "epochs": 2, "learning-rate": 0.1}}
    assert second.swept == {"learning-rate": 0.2} and second.cube == "n.npz" and second.asked["learning_rate"] == 0.2


@pytest.mark.parametrize(("train", "word"), [({"model-path": "x"}, "dirbase"), ({"array": {"model_name": ["x"]}}, "dirbase"),
                                             ({"seed": 1, "array": {"seed": [1, 2]}}, "stands in"),
                                             ({"resume": True}, "the batch decides")])
def test_what_a_batch_decides_itself_or_stands_twice_is_refused(train, word):
    with pytest.raises(UsageError, match=word):
        grid_of(train)


def test_run_is_told_its_folder_and_the_name_of_its_network():
    run, = grid_of({"cube": "n.npz"})
    assert run.tables_for("out/run001", in_folder=True) == {
        "train": {"cube": "n.npz", "model-path": "out/run001", "model-name": "run001"}}
    assert run.tables == {"train": {"cube": "n.npz"}}


def test_paths_are_written_as_seen_from_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = GridRun({"dataset": {"directory": "images"}}, {}, output=("output", "directory"), name=(),
                  places=(("dataset", "directory"), ("output", "directory"), ("dataset", "none", "filename")))
    assert run.tables_for("out/run001", in_folder=True) == {"dataset": {"directory": "../../images"},
                                                            "output": {"directory": "."}}
    assert run.tables_for("out/run001", in_folder=False) == {"dataset": {"directory": "images"},
                                                             "output": {"directory": "out/run001"}}


def test_path_leads_to_the_same_place_through_a_link(tmp_path, monkeypatch):
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("real/deep")
    monkeypatch.chdir(tmp_path)
    run = GridRun({"dataset": {"directory": "data"}}, {}, output=("output", "directory"), name=(),
                  places=(("dataset", "directory"),))
    path = run.tables_for("link/run001", in_folder=True)["dataset"]["directory"]
    (tmp_path / "link" / "run001").mkdir()
    assert os.path.samefile(tmp_path / "link" / "run001" / path, tmp_path / "data")
