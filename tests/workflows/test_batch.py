import csv
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.errors import OutputError, UsageError
from otrain.workflows import batch as module
from otrain.workflows.batch import batch

ASKED = {"cube": "night.npz", "epochs": 2, "array": {"dropout": [0.1, 0.2, 0.3]}}
ACCURACY = {"0.1": 0.6, "0.2": 0.9, "0.3": 0.8}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a data cube, where the program stands."""
    monkeypatch.chdir(tmp_path)
    write_cube_of(tmp_path / "night.npz")
    return tmp_path


def write_cube_of(path, seed=0, n=60):
    labels, rng = np.arange(n) % 2, np.random.default_rng(seed)
    images = rng.normal(size=(n, 12, 12, 1)).astype("f4")
    images[labels > 0, 4:8, 4:8] += 4
    meta = {"channels": ["difference"], "classes": ["bogus", "real"],
            "recipe": {"kind": "cutout", "size": 12, "channels": None, "pad": False, "nonfinite": "fill"}}
    write_cube(path, [images], labels=labels, columns={"candid": np.array([f"c{i}" for i in range(n)])}, meta=meta,
               overwrite=True).close()


@pytest.fixture
def children(folder, monkeypatch):
    """Instead of otrain-train a function that writes what one would; the list of its calls, and of its failures."""
    calls, codes = [], {}

    def train(config, log, *, on_wait):
        name = config.parent.name
        calls.append(name)
        code = codes.get(name, 0)
        log.write_text(f"otrain-train: error: {name} ended with {code}\n")
        if isinstance(code, BaseException):
            raise code
        if not code:
            run = config.parent / "CNN_training" / name
            run.mkdir(parents=True, exist_ok=True)
            value = ACCURACY[str(tomllib.loads(config.read_text())["train"]["dropout"])]
            report = {"model_id": f"id-{name}", "metrics": {"validation": {"accuracy": {"value": value}}, "test": {
                "accuracy": {"value": value - 0.1}}}, "history": {"val_loss": [0.5]}}
            (run / "report.json").write_text(json.dumps(report))
            (run / "run.json").write_text(json.dumps({"seconds": 1.5}))
        on_wait()
        return code

    monkeypatch.setattr(module, "train_in_child", train)
    return calls, codes


def table():
    with open("run.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_every_combination_is_trained_and_the_best_comes_first(children, folder):
    done = batch(ASKED)
    assert children[0] == ["run001", "run002", "run003"]
    assert [(row["run"], row["dropout"], row["validation_accuracy"]) for row in table()] == [
        ("run002", "0.2", "0.9"), ("run003", "0.3", "0.8"), ("run001", "0.1", "0.6")]
    assert tomllib.loads((folder / "run002" / "ml.toml").read_text()) == {"train": {
        "cube": "night.npz", "epochs": 2, "dropout": 0.2, "model-path": "run002", "model-name": "run002"}}
    assert done.exit_code == 0 and done.summary["best"] == {
        "run": "run002", "values": {"dropout": "0.2"}, "validation": 0.9, "test": 0.8, "model_id": "id-run002"}
    assert repr(done) == "<Batch run.csv: 3 of 3 runs>"


def test_failed_run_does_not_stop_the_others_and_decides_the_exit_code(children, capsys):
    children[1].update(run001=-9, run002=4)
    done = batch(ASKED)
    assert (done.exit_code, done.summary["finished"], done.summary["failed"]) == (1, 1, 2)
    assert [(row["run"], row["status"], row["exit_code"]) for row in table()] == [
        ("run003", "finished", "0"), ("run001", "failed", "-9"), ("run002", "failed", "4")]
    assert done.notes[0].startswith("run001 failed: ended by signal 9") and "run002/train.log" in done.notes[1]
    assert "run002 ended with 4" in capsys.readouterr().err
    children[1].update(run001=0)
    assert batch(ASKED, resume=True).exit_code == 4


def test_nothing_is_best_where_all_have_failed(children):
    children[1].update(run001=4, run002=4, run003=4)
    done = batch(ASKED)
    assert done.summary["best"] is None and done.summary["measure"] is None and len(done.notes) == 3


def test_stopped_batch_continues_where_it_was(children, folder):
    children[1]["run002"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batch(ASKED)
    assert not (folder / "run.csv").exists() and not (folder / "run003" / "finished.json").exists()
    children[1].clear()
    children[0].clear()
    batch(ASKED, resume=True)
    assert children[0] == ["run002", "run003"] and len(table()) == 3


def test_finished_batch_is_not_trained_again_and_gives_the_same_table(children):
    batch(ASKED)
    before = table()
    children[0].clear()
    batch(ASKED, resume=True)
    assert children[0] == [] and table() == before


@pytest.mark.parametrize("damage", ["marker", "report", "no report", "run", "text", "list"])
def test_run_whose_files_are_not_those_of_its_end_is_trained_again(children, folder, damage):
    batch(ASKED)
    children[0].clear()
    place = folder / "run002" / "CNN_training" / "run002"
    if damage == "marker":
        (folder / "run002" / "finished.json").unlink()
    elif damage == "report":
        (place / "report.json").write_text('{"model_id": "another"}')
    elif damage == "no report":
        (place / "report.json").unlink()
    elif damage == "run":
        (place / "run.json").unlink()
    else:
        (folder / "run002" / "finished.json").write_text({"text": "{" * 10, "list": "[1]"}[damage])
    batch(ASKED, resume=True)
    assert children[0] == ["run002"]


def test_runs_of_another_cube_are_not_mixed_with_new_ones(children, folder):
    children[1]["run002"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batch(ASKED)
    children[0].clear()
    write_cube_of(folder / "night.npz", seed=5)
    with pytest.raises(UsageError, match=r"run001: was trained on another data cube than night\.npz is now"):
        batch(ASKED, resume=True)
    assert children[0] == [] and not (folder / "run.csv").exists()


def test_what_is_there_is_refused_or_replaced(children, folder):
    batch(ASKED)
    with pytest.raises(OutputError, match=r"run\.csv: exists already"):
        batch(ASKED)
    (folder / "run.csv").unlink()
    with pytest.raises(OutputError, match="run001: exists already"):
        batch(ASKED)
    with pytest.raises(UsageError, match=r"run001/ml\.toml: is of another request"):
        batch(ASKED | {"epochs": 3}, resume=True)
    children[0].clear()
    batch(ASKED | {"epochs": 3}, overwrite=True)
    assert children[0] == ["run001", "run002", "run003"]
    assert "epochs = 3" in (folder / "run003" / "ml.toml").read_text()


def test_folder_of_somebody_else_is_left_alone(children, folder):
    (folder / "run002").mkdir()
    (folder / "run002" / "thesis.tex").touch()
    with pytest.raises(OutputError, match="run002: was not written by this command"):
        batch(ASKED, overwrite=True)
    assert children[0] == [] and not (folder / "run001").exists()


def test_network_of_somebody_else_is_left_alone(children, folder):
    (folder / "run001" / "CNN_training" / "run001").mkdir(parents=True)
    (folder / "run001" / "ml.toml").touch()
    (folder / "run001" / "CNN_training" / "run001" / "thesis.tex").touch()
    with pytest.raises(OutputError, match="CNN_training/run001: was not written by this command"):
        batch(ASKED, overwrite=True)
    assert children[0] == []


def test_stopped_overwriting_leaves_nothing_of_the_older_batch_to_go_on_with(children, folder):
    batch(ASKED)
    checkpoint = folder / "run002" / "CNN_training" / ".run002.checkpoint"
    checkpoint.mkdir()
    children[1]["run001"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batch(ASKED | {"epochs": 3}, overwrite=True)
    assert not checkpoint.exists() and not list(folder.glob("run00?/CNN_training/run00?"))
    children[1].clear()
    children[0].clear()
    batch(ASKED | {"epochs": 3}, resume=True)
    assert children[0] == ["run001", "run002", "run003"]


@pytest.mark.parametrize(("asked", "word"), [
    ({"cube": "night.npz", "array": {"architecture": ["compact", "compakt"]}},
     "compakt: unknown .*Did you mean 'compact'"),
    ({"cube": "night.npz", "augment": ["turn"]}, "Did you mean 'turns'"), ({"epochs": 2}, "no data cube"),
    ({"cube": "night.npz", "array": {"seed": 3}}, "seed must be a list")])
def test_impossible_run_is_refused_before_anything_starts(children, folder, asked, word):
    with pytest.raises(UsageError, match=word):
        batch(asked)
    assert children[0] == [] and {path.name for path in folder.iterdir()} == {"night.npz"}


def test_two_tiny_networks_are_really_trained_with_a_stop_between_them(folder, monkeypatch):
    def stopped():
        raise KeyboardInterrupt

    real = module.train_in_child
    asked = ASKED | {"array": {"learning-rate": [0.003, 0.001]}, "frac": 0.25, "test-frac": 0.25, "batch-size": 8,
                     "architecture": "otrain-cnn", "epochs": 1}
    first = folder / "out" / "try001"
    with monkeypatch.context() as patch:
        patch.setattr(module, "train_in_child", lambda *words, **more: real(*words, **more)
                      if words[0].parent == Path("out/try001") else stopped())
        with pytest.raises(KeyboardInterrupt):
            batch(asked, dirbase="out/try%%")
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*") if path.name != "ml.toml"}
    assert first / "finished.json" in before, (first / "train.log").read_text()
    done = batch(asked, dirbase="out/try%%", resume=True)
    assert done.exit_code == 0, (folder / "out" / "try002" / "train.log").read_text()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    with open(folder / "out" / "try.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 and {row["learning-rate"] for row in rows} == {"0.003", "0.001"}
    for row in rows:
        report = json.loads((folder / "out" / row["run"] / "CNN_training" / row["run"] / "report.json").read_text())
        assert report["model_id"] == row["model_id"]
        assert float(row["validation_accuracy"]) == report["metrics"]["validation"]["accuracy"]["value"]
    assert float(rows[0]["validation_accuracy"]) >= float(rows[1]["validation_accuracy"])
