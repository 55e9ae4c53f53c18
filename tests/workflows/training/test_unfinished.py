import json

import keras
import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import DataError, IntegrityError, OutputError
from otrain.models.load import load_network
from otrain.workflows.scoring.network import open_network
from otrain.workflows.train import train
from otrain.workflows.training.unfinished import require_free, run_folder

SMALL = {"epochs": 1, "batch_size": 32, "frac": 0.2, "test_frac": 0.2, "seed": 1}
KEPT = {"night.keras", "night.h5", "history.csv", "split.csv", "unfinished.json"}
CURVES = {"epochs": 1, "batch_size": 8, "frac": 0.25, "test_frac": 0.25, "seed": 1, "architecture": "unet3p",
          "augment": (), "options": {"depth": 2, "features": 4, "kernel": 5}}


def fail(*arguments, **options):
    raise RuntimeError("the printer is on fire")


def begin(run):
    """Write what is there once a training is complete."""
    for path in (run.model_keras, run.model_h5, run.history_csv, run.split_csv):
        path.write_text("new")


@pytest.fixture
def run(tmp_path):
    return RunDirectory.for_model(tmp_path, "night")


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    path = tmp_path_factory.mktemp("cube") / "night.npz"
    meta = {"channels": ["difference"], "classes": ["bogus", "real"],
            "recipe": {"kind": "cutout", "size": 12, "channels": None, "pad": False, "nonfinite": "fill"}}
    columns = {"candid": np.array([f"c{i}" for i in range(60)]), "mag": rng.uniform(15, 21, 60)}
    write_cube(path, [rng.normal(size=(60, 12, 12, 1)).astype("f4")], labels=labels, columns=columns, meta=meta).close()
    return path


def test_network_is_kept_alone_when_a_later_step_fails(run, capsys):
    with pytest.raises(RuntimeError, match="on fire"), run_folder(run, {}) as building:
        begin(building)
        building.bundle.mkdir()
        (building.bundle / "model.onnx").write_text("half")
        fail()
    assert {path.name for path in run.path.iterdir()} == KEPT and run.is_unfinished
    said = json.loads(run.unfinished_json.read_text())
    assert said["failed"] == "RuntimeError: the printer is on fire" and "bundle" in said["missing"]
    assert "--resume finishes it and does not train again" in capsys.readouterr().err
    assert [path.name for path in run.path.parent.iterdir()] == ["night"]  # no temporary folder


def test_stop_after_the_training_keeps_the_network_too(run):
    with pytest.raises(KeyboardInterrupt), run_folder(run, {}) as building:
        begin(building)
        raise KeyboardInterrupt
    assert run.is_unfinished


def test_nothing_is_kept_of_a_training_that_fails_itself(run):
    with pytest.raises(RuntimeError), run_folder(run, {}):
        fail()
    assert not run.path.exists()


def test_older_complete_run_is_not_replaced_by_an_unfinished_one(run):
    run.path.mkdir(parents=True)
    run.run_json.write_text("old")
    with pytest.raises(RuntimeError), run_folder(run, {}, overwrite=True) as building:
        begin(building)
        fail()
    assert [path.name for path in run.path.iterdir()] == ["run.json"]


def test_first_failure_counts_where_nothing_more_can_be_written(run, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("otrain.workflows.training.unfinished.write_text", full)
    with pytest.raises(RuntimeError, match="on fire"), run_folder(run, {}) as building:
        begin(building)
        fail()
    assert not run.path.exists()


def test_finished_run_takes_the_place_of_the_unfinished_one(run):
    with pytest.raises(RuntimeError), run_folder(run, {}) as building:
        begin(building)
        fail()
    with run_folder(run, {}) as building:
        begin(building)
        building.run_json.write_text("{}")
    assert not run.is_unfinished and not run.unfinished_json.exists()


def test_unfinished_run_is_refused_without_resume_and_without_its_checkpoint(run):
    run.path.mkdir(parents=True)
    run.unfinished_json.write_text("{}")
    with pytest.raises(OutputError, match="Finish it with --resume, which does not train again"):
        require_free(run, overwrite=False, resume=False)
    with pytest.raises(OutputError, match=r"as its checkpoint \.night\.checkpoint is gone"):
        require_free(run, overwrite=False, resume=True)
    run.checkpoint.mkdir()
    require_free(run, overwrite=False, resume=True)
    require_free(run, overwrite=True, resume=False)


def test_other_commands_say_that_a_run_is_unfinished(run):
    run.path.mkdir(parents=True)
    run.unfinished_json.write_text("{}")
    for ask in (RunDirectory.find, open_network):
        with pytest.raises(DataError, match=r"is unfinished, unfinished\.json says what failed. Finish it with"):
            ask(run.path)


@pytest.mark.slow
@pytest.mark.parametrize(("step", "error"), [
    ("bundle.export.export_bundle", RuntimeError), ("answers.scores.run_files.save_figure", RuntimeError),
    ("workflows.training.run_files.write_run_json", RuntimeError)])
def test_training_whose_later_step_fails_is_finished_without_training(cube, tmp_path, monkeypatch, step, error):
    with monkeypatch.context() as patch:
        patch.setattr(f"otrain.{step}", fail)
        with pytest.raises(error, match="on fire"):
            train(cube, model_path=tmp_path, **SMALL)
    run = RunDirectory.for_model(tmp_path, "night")
    assert {path.name for path in run.path.iterdir()} == KEPT
    weights = load_network(run.model_keras).get_weights()
    with pytest.raises(OutputError, match="unfinished run"):
        train(cube, model_path=tmp_path, **SMALL)
    monkeypatch.setattr(keras.Model, "fit", lambda *a, **k: pytest.fail("trained again"))
    report, _ = train(cube, model_path=tmp_path, resume=True, **SMALL)
    assert run.run_json.is_file() and run.bundle.is_dir() and len(report["history"]["loss"]) == 1
    assert all(np.array_equal(a, b) for a, b in zip(load_network(run.model_keras).get_weights(), weights, strict=True))
    assert not run.unfinished_json.exists() and not run.checkpoint.exists()


@pytest.mark.slow
def test_training_on_light_curves_is_finished_without_training(curves, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("otrain.bundle.export.write_bundle", fail)
        with pytest.raises(RuntimeError, match="on fire"):
            train(curves.cube, model_path=tmp_path, model_name="night", **CURVES)
    run = RunDirectory.for_model(tmp_path, "night")
    assert {path.name for path in run.path.iterdir()} == KEPT
    monkeypatch.setattr(keras.Model, "fit", lambda *a, **k: pytest.fail("trained again"))
    train(curves.cube, model_path=tmp_path, model_name="night", resume=True, **CURVES)
    assert run.events.is_file() and run.run_json.is_file() and not run.unfinished_json.exists()


@pytest.mark.slow
def test_training_on_hosts_is_finished_by_the_first_one_alone(cube, tmp_path, monkeypatch):
    pytest.importorskip("jax")
    hosts = {"hosts": "127.0.0.1:1,127.0.0.1:2", "model_path": tmp_path, **SMALL}

    def train_there(hosts, recipe, cube, split, channels, on_epoch, device):
        from otrain.catalogue import TASKS
        from otrain.workflows.training.fitting import build

        task = TASKS.load("classification")
        network = build(recipe, (*cube.shape[:-1], len(channels)), task.head(task.lesson(cube.meta)))
        names = ("loss", "val_loss", "accuracy", "val_accuracy", "learning_rate", "seconds")
        return network.get_weights(), {name: [0.5] for name in names}

    with monkeypatch.context() as patch:
        patch.setattr("otrain.workflows.training.hosts._train", train_there)
        patch.setattr("otrain.bundle.export._to_onnx", lambda network: (_ for _ in ()).throw(IntegrityError("odd")))
        with pytest.raises(IntegrityError, match="odd"):
            train(cube, **hosts)
    monkeypatch.setattr("otrain.workflows.training.hosts._train", lambda *a: pytest.fail("trained again"))
    _, run = train(cube, resume=True, **hosts)
    assert run.run_json.is_file() and not run.checkpoint.exists()
