import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from otrain.bundle.bundle import Bundle
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.results.predictions import Predictions
from otrain.errors import DataError, IntegrityError, OutputError, UsageError
from otrain.models.load import load_network
from otrain.workflows.train import train

SMALL = {"epochs": 2, "batch_size": 16, "frac": 0.2, "test_frac": 0.2, "seed": 1}


def write(path, n=100, side=12, classes=2, store="npz"):
    """A cube of noise with a star in the middle where label is 1, and nothing else to learn."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % classes
    images = rng.normal(size=(n, side, side, 1)).astype("f4")
    images[labels > 0, 4:8, 4:8] += 4 * labels[labels > 0, None, None, None]
    images[3, 0] = np.nan
    columns = {"candid": np.array([f"c{i}" for i in range(n)]), "file": np.array([f"{i}.fits" for i in range(n)]),
               "mag": rng.uniform(15, 21, n), "mag_err": rng.uniform(0.01, 0.3, n),
               "band": np.full(n, "r"), "fwhm": np.full(n, 2.5)}
    meta = {"channels": ["difference"], "classes": ["bogus", "real", "moving"][:classes],
            "recipe": {"kind": "cutout", "size": side, "channels": None, "pad": False, "nonfinite": "fill"},
            "counts": {"seen": n, "kept": n, "skipped": {}, "quarantined": {}}}
    write_cube(path, [images], labels=labels, columns=columns, meta=meta, store=store).close()
    return path


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    return write(tmp_path_factory.mktemp("cube") / "night.npz")


@pytest.fixture(scope="module")
def trained(cube, tmp_path_factory):
    """One finished run: its report and its directory."""
    return train(cube, model_path=tmp_path_factory.mktemp("models"), asked={"epochs": 2}, **SMALL)


def names_below(folder):
    return [path.name for path in folder.rglob("*")]


def test_published_files_lie_in_their_places(trained):
    _, run = trained
    assert run.path.parts[-2:] == ("CNN_training", "night")
    for name in ("night.keras", "night.h5", "night_loss_vs_epochs.png", "night_accuracy_vs_epochs.png",
                 "validation_set/datacube/cube_validation.npz", "prob_distribution.png", "history.csv",
                 "split.csv", "predictions/predictions.npz", "bundle/model.onnx", "report.json", "report.html",
                 "run.json"):
        assert (run.path / name).is_file(), name
    for outcome in ("FP", "FN", "TP", "TN"):
        assert run.images(outcome).is_dir()


def test_pictures_of_all_misclassified_and_no_more_than_thirty_others(trained):
    report, run = trained
    (tn, fp), (fn, tp) = report["confusion"]["validation"]
    counts = {"FP": fp, "FN": fn, "TP": min(tp, 30), "TN": min(tn, 30)}
    assert {outcome: len(list(run.images(outcome).glob("*.png"))) for outcome in counts} == counts


def test_both_files_hold_the_network_of_the_bundle(trained, cube):
    _, run = trained
    images = open_cube(cube).read(np.arange(20))
    first, second = (load_network(path).predict(images, verbose=0)[:, 0] for path in (run.model_keras, run.model_h5))
    np.testing.assert_array_equal(first, second)
    logits = Bundle.open(run.bundle).logits(images)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), first, atol=1e-5)


def test_stored_scores_are_those_of_the_bundle(trained, cube):
    _, run = trained
    stored = Predictions.load(run.predictions)
    row = list(open_cube(cube).columns["candid"]).index(stored.columns["candid"][7])
    score = Bundle.open(run.bundle).scores(open_cube(cube).read([row]))
    assert stored.scores[7] == pytest.approx(float(score[0]), abs=1e-5)


def test_validation_cube_is_read_by_otrain_and_by_the_original(trained):
    report, run = trained
    with np.load(run.validation_cube, allow_pickle=False) as file:
        assert file["labels"].shape == (20, 2) and (file["labels"].sum(axis=1) == 1).all()
        assert {"cube", "mags", "errmags", "filters", "fwhms", "candids"} <= set(file.files)
    again = open_cube(run.validation_cube)
    assert np.bincount(again.labels).tolist() == list(report["counts"]["validation"].values())


def test_no_example_is_in_two_subsets_and_predictions_follow_the_split(trained):
    _, run = trained
    rows = list(csv.DictReader(run.split_csv.open()))
    assert {name: sum(row["subset"] == name for row in rows) for name in ("training", "validation", "test")} == {
        "training": 60, "validation": 20, "test": 20}
    subset = {row["candid"]: row["subset"] for row in rows}
    stored = Predictions.load(run.predictions)
    assert [subset[c] for c in stored.columns["candid"]] == stored.subset.tolist()


def test_report_states_rates_of_test_with_intervals(trained):
    _, run = trained
    report = json.loads(run.report_json.read_text())
    rate = report["metrics"]["test"]["accuracy"]
    assert 0 <= rate["low"] <= rate["value"] <= rate["high"] <= 1
    assert sum(report["counts"]["test"].values()) == 20
    assert len(report["history"]["val_loss"]) == 2
    assert any("small" in note for note in report["notes"])


def test_run_says_what_was_asked_and_used(trained, cube):
    report, run = trained
    content = json.loads(run.run_json.read_text())
    assert content["asked"] == {"epochs": 2} and content["recipe"]["architecture"] == "compact"
    assert content["cube"]["identity"] == open_cube(cube).identity
    assert content["model_id"] == report["model_id"] == Bundle.open(run.bundle).identity
    assert content["versions"]["keras"] and content["seeds"]["seed"] == 1


def test_existing_run_is_refused_before_anything_is_read(trained):
    _, run = trained
    with pytest.raises(OutputError, match="exists already"):
        train("no such cube.npz", model_path=run.path.parent.parent, model_name="night")


def test_folder_of_somebody_else_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "CNN_training" / "x").mkdir(parents=True)
    (tmp_path / "CNN_training" / "x" / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"no run\.json or unfinished\.json in it"):
        train("no such cube.npz", model_path=tmp_path, model_name="x", overwrite=True)


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "..", "x/"])
def test_model_name_is_a_name(tmp_path, name):
    with pytest.raises(UsageError, match="--model-name takes a name without folders"):
        train("no such cube.npz", model_path=tmp_path, model_name=name, overwrite=True)


def test_weights_that_explode_stop_the_run_and_leave_nothing(cube, tmp_path):
    with pytest.raises(IntegrityError, match=r"epoch 1: weights of layer '.+' \(.+\) are not finite"):
        train(cube, model_path=tmp_path, scheduler="constant", learning_rate=1e30, **SMALL)
    assert not [name for name in names_below(tmp_path) if name.endswith((".keras", ".json")) or "tmp" in name]


@pytest.mark.parametrize(("options", "words"), [
    ({"channels": ["diference"]}, "Did you mean 'difference'"),
    ({"augment": ("turn",)}, "Did you mean 'turns'"),
    ({"architecture": "unet3p"}, "takes examples of time x channel"),
    ({"architecture": "otrain_cnn"}, "Did you mean 'otrain-cnn'"),
    ({"threshold": 1.5}, "between 0 and 1"),
    ({"calibration": "plat"}, "unknown calibration"),
])
def test_wrong_request_is_answered_before_training(cube, tmp_path, options, words):
    with pytest.raises(UsageError, match=words):
        train(cube, model_path=tmp_path, **options)


def test_cube_that_is_too_small_is_named(tmp_path):
    with pytest.raises(DataError, match="would have no example"):
        train(write(tmp_path / "tiny.npz", n=4), model_path=tmp_path)


@pytest.mark.slow
def test_three_classes_train_on_a_cube_folder_with_balanced_weights(tmp_path):
    cube = write(tmp_path / "three", n=120, classes=3, store="folder")
    report, run = train(cube, model_path=tmp_path, class_weight="balanced", augment=("turns", "shifts", "noise"),
                        **SMALL)
    assert run.name == "three" and report["classes"] == ["bogus", "real", "moving"]
    assert Bundle.open(run.bundle).logits(open_cube(cube).read([0, 1])).shape == (2, 3)


@pytest.mark.slow
def test_published_network_trains_in_bfloat16_and_is_saved_in_float32(cube, tmp_path):
    _, run = train(cube, model_path=tmp_path, architecture="otrain-cnn", precision="bfloat16", calibration="none",
                   patience=1, **SMALL)
    network = load_network(run.model_keras)
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}


@pytest.mark.slow
def test_overwrite_replaces_the_whole_run(cube, tmp_path):
    (tmp_path / "CNN_training" / "x").mkdir(parents=True)
    for name in ("stale", "run.json"):
        (tmp_path / "CNN_training" / "x" / name).touch()
    _, run = train(cube, model_path=tmp_path, model_name="x", overwrite=True, **SMALL)
    assert run.run_json.is_file() and not (run.path / "stale").exists()


def command(cube, folder, *more):
    return [sys.executable, "-m", "otrain.cli.train", "--cube", str(cube), "--model-path", str(folder), *more]


@pytest.mark.slow
def test_deterministic_runs_end_with_the_same_bits(cube, tmp_path):
    networks = []
    for name in "ab":
        subprocess.run(command(cube, tmp_path, "--model-name", name, "--deterministic", "--epochs", "2", "--seed", "3"),
                       check=True, capture_output=True)
        networks.append(load_network(tmp_path / "CNN_training" / name / f"{name}.keras").get_weights())
    assert all((a == b).all() for a, b in zip(*networks, strict=True))


def end_in_the_middle(cube, folder, number, *more):
    """Stop a training in its second epoch or later; return exit code, seconds that it took, and what it said."""
    job = subprocess.Popen(command(cube, folder, *more), stderr=subprocess.PIPE, text=True,
                           env={**os.environ, "PYTHONUNBUFFERED": "1"})
    said = []
    for line in job.stderr:
        said.append(line)
        if line.startswith("epoch 1/") and "  loss " in line:  # not the signs of life within it
            begun = time.monotonic()
            job.send_signal(number)
            break
    said.append(job.stderr.read())
    return job.wait(timeout=60), time.monotonic() - begun, "".join(said)


@pytest.mark.slow
def test_sigterm_leaves_a_checkpoint_and_nothing_half_done(cube, tmp_path):
    code, seconds, said = end_in_the_middle(cube, tmp_path, signal.SIGTERM, "--epochs", "10000")
    assert code == 143 and seconds < 10, said
    assert "night.checkpoint; --resume continues it" in said
    left = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    assert left and {path.parent.name for path in left} == {".night.checkpoint"}


@pytest.mark.slow
def test_unfinished_run_is_refused_continued_or_given_up(cube, tmp_path):
    end_in_the_middle(cube, tmp_path, signal.SIGKILL, "--epochs", "10000", "--checkpoint-every", "0")
    with pytest.raises(OutputError, match="unfinished run was left here"):
        train(cube, model_path=tmp_path, **SMALL)
    with pytest.raises(UsageError, match=r"recipe\.epochs: 10000 then, 2 now"):
        train(cube, model_path=tmp_path, resume=True, **SMALL)
    _, run = train(cube, model_path=tmp_path, overwrite=True, **SMALL)
    assert not run.checkpoint.exists()


def test_complete_run_is_not_done_again(cube, trained, monkeypatch, capsys):
    report, run = trained
    monkeypatch.setattr("otrain.workflows.training.fitting.fit", lambda *a, **k: pytest.fail("trained again"))
    again, _ = train(cube, model_path=run.path.parent.parent, resume=True, **SMALL)
    assert again["model_id"] == report["model_id"] and "is complete already" in capsys.readouterr().err
    with pytest.raises(OutputError, match="exists already"):
        train(cube, model_path=run.path.parent.parent, resume=True, **{**SMALL, "epochs": 3})
