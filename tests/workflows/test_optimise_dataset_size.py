import json
import os
import signal
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from astropy.table import Table

from otrain.cli.optimise_dataset_size import main
from otrain.data.cubes.datacube import write_cube
from otrain.data.results.size_directory import SizeDirectory
from otrain.errors import DataError, OutputError, UsageError
from otrain.workflows.optimise_dataset_size import optimise_dataset_size
from otrain.workflows.training import size_run as _size_run

ASKED = {"n_sections": 6, "epochs": 2, "test_frac": 0.4, "frac": 0.15, "augment": ("turns",)}
FIGURES = ("night_scores_dataset_size.png", "night_ecart_accuracy_size.png", "night_loss_dataset_size.png")


def write(path, n=600, classes=("bogus", "real"), side=12):
    rng = np.random.default_rng(0)
    labels = np.arange(n) % len(classes)
    images = rng.normal(size=(n, side, side, 1)).astype("f4")
    images[labels > 0, 4:8, 4:8] += 1
    meta = {"channels": ["difference"], "classes": list(classes),
            "recipe": {"kind": "cutout", "size": side, "channels": None, "pad": False, "nonfinite": "fill"}}
    write_cube(path, [images], labels=labels, columns={"candid": np.array([f"c{i}" for i in range(n)])},
               meta=meta).close()
    return path


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    return write(tmp_path_factory.mktemp("cube") / "night.npz")


class Runs(list):
    """The splits of the runs, and the function that stood in."""


@pytest.fixture
def runs(monkeypatch):
    """Stand in for the training: logits that get better with size. Returns the splits that were trained on."""
    seen = Runs()

    def fake(recipe, cube, split, domain, task, *, channels, device, keep, keeper):
        if fake.fail_after is not None and len(seen) >= fake.fail_after:
            raise KeyboardInterrupt
        seen.append(split)
        rng = np.random.default_rng(recipe.seed + 1000 * len(split.train))
        sharpness = 1.5 * np.log(len(split.train) / 10)
        training, test = (rng.normal(size=len(rows)) + sharpness * (cube.labels[rows] - 0.5)
                          for rows in (split.train, split.test))
        return training, test, {"epochs": recipe.epochs, "seconds": 0.5}

    fake.fail_after = None
    seen.fake = fake
    monkeypatch.setattr("otrain.workflows.training.size_run.train_once", fake)
    # Drawing takes longer than everything else; the figures have tests of their own.
    monkeypatch.setattr("otrain.plots.style.save_figure", lambda path, figure: path.touch())
    return seen


def journal_of(folder):
    return [json.loads(line) for line in (folder / "runs.jsonl").read_text().splitlines()]


def test_published_figures_table_and_curve_lie_in_the_folder(cube, runs, tmp_path):
    study, directory = optimise_dataset_size(cube, out=tmp_path / "out", repeats=2, **ASKED)
    names = {path.name for path in directory.path.iterdir()}
    assert names == {*FIGURES, "night_learning_curve.png", "night_dataset_size.ecsv", "night_learning_curve.json",
                     "runs.jsonl", "runs"}
    table = Table.read(directory.table_ecsv)
    assert len(table) == study["runs"] == 10 and table["size"].max() == 360
    assert json.loads(directory.curve_json.read_text()) == study
    assert study["counts"]["test"] == {"bogus": 120, "real": 120}


def test_sizes_are_those_of_otrain_nested_and_judged_on_one_test_subset(cube, runs, tmp_path):
    optimise_dataset_size(cube, out=tmp_path, **ASKED)
    sizes = [len(part.train) + len(part.validation) for part in runs]
    np.testing.assert_allclose(sizes, [360 * i / 5 for i in range(1, 6)], atol=4)
    for small, large in pairwise(runs):
        assert set(small.train) < set(large.train) and set(small.validation) < set(large.validation)
        assert small.test is large.test and not set(large.test) & {*large.train, *large.validation}


def test_repeats_draw_other_labels(cube, runs, tmp_path):
    optimise_dataset_size(cube, out=tmp_path, repeats=2, **ASKED)
    assert set(runs[0].train) != set(runs[5].train) and set(runs[4].train) == set(runs[9].train)


def test_stopped_study_continues_after_its_finished_runs(cube, runs, tmp_path, capsys):
    runs.fake.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        optimise_dataset_size(cube, out=tmp_path, **ASKED)
    assert "2 finished runs are kept" in capsys.readouterr().err
    assert len(journal_of(tmp_path)) == 3 and not list(tmp_path.glob("*.png"))
    runs.fake.fail_after = None
    study, _ = optimise_dataset_size(cube, out=tmp_path, resume=True, **ASKED)
    assert study["runs"] == 5 and len(runs) == 5
    assert "2 of them finished before" in capsys.readouterr().err
    whole, _ = optimise_dataset_size(cube, out=tmp_path / "whole", **ASKED)
    assert whole == study


@pytest.mark.parametrize("more", [{"repeats": 2}, {"n_sections": 11}])
def test_more_repeats_or_sizes_add_to_what_is_there(cube, runs, tmp_path, more):
    optimise_dataset_size(cube, out=tmp_path, **ASKED)
    study, _ = optimise_dataset_size(cube, out=tmp_path, resume=True, **ASKED | more)
    assert study["runs"] == 10 and len(runs) == 10


def test_run_whose_logits_are_damaged_is_done_again(cube, runs, tmp_path):
    optimise_dataset_size(cube, out=tmp_path, **ASKED)
    first = journal_of(tmp_path)[1]
    SizeDirectory(tmp_path, "night").logits(first["size"], first["repeat"]).write_bytes(b"")
    study, _ = optimise_dataset_size(cube, out=tmp_path, resume=True, **ASKED)
    assert len(runs) == 6 and study["runs"] == 5


@pytest.mark.parametrize(("change", "words"), [
    ({"epochs": 3}, "recipe"), ({"seed": 4}, "seed: 0 then, 4 now"), ({"test_frac": 0.3}, "test_frac")])
def test_other_request_is_refused(cube, runs, tmp_path, change, words):
    optimise_dataset_size(cube, out=tmp_path, **ASKED)
    with pytest.raises(UsageError, match=words):
        optimise_dataset_size(cube, out=tmp_path, resume=True, **ASKED | change)


def test_other_cube_is_refused(cube, runs, tmp_path):
    optimise_dataset_size(cube, out=tmp_path, **ASKED)
    other = write(tmp_path / "night.npz", n=500)
    with pytest.raises(UsageError, match="cube: '"):
        optimise_dataset_size(other, out=tmp_path, resume=True, **ASKED)


def test_older_study_is_refused_or_replaced(cube, runs, tmp_path):
    optimise_dataset_size(cube, out=tmp_path, **ASKED)
    with pytest.raises(OutputError, match="exists already"):
        optimise_dataset_size("no such cube", out=tmp_path, **ASKED)
    study, _ = optimise_dataset_size(cube, out=tmp_path, overwrite=True, **ASKED | {"n_sections": 3})
    assert study["runs"] == 2 and len(list((tmp_path / "runs").iterdir())) == 2


def test_falling_error_gives_a_statement_and_small_tests_none(cube, runs, tmp_path):
    study, _ = optimise_dataset_size(cube, out=tmp_path / "a", repeats=3, more_labels=100, **ASKED)
    error, _ = study["gains"]
    assert error["problem"] == "" and error["then"]["value"] < error["now"]["value"] and error["more"] == 100
    study, _ = optimise_dataset_size(cube, out=tmp_path / "b", **ASKED | {"test_frac": 0.2})
    assert study["gains"][1]["problem"] == "needs at least 100 bogus in test (has 60)"
    assert study["gains"][1]["now"] is None


def test_sizes_too_small_for_both_classes_are_left_out_and_said(cube, runs, tmp_path, capsys):
    optimise_dataset_size(cube, out=tmp_path, **ASKED | {"n_sections": 41})
    assert min(np.bincount(part.train % 2).min() for part in runs) >= 4
    assert "sizes have fewer than 4 examples of a class" in capsys.readouterr().err


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"n_sections": 1}, UsageError, "--n-sections"), ({"repeats": 0}, UsageError, "--repeats"),
    ({"test_frac": 0.0}, UsageError, "--test-frac"), ({"more_labels": -5}, UsageError, "--more-labels"), ({"seed": -1}, UsageError, "--seed"),
    ({"architecture": "compat"}, UsageError, "Did you mean 'compact'"),
])
def test_impossible_request_is_answered_before_training(cube, runs, tmp_path, change, error, words):
    with pytest.raises(error, match=words):
        optimise_dataset_size(cube, out=tmp_path / "out", **ASKED | change)
    assert not runs and not (tmp_path / "out").exists()


def test_tiny_cubes_are_refused(runs, tmp_path):
    with pytest.raises(DataError, match="no size has 4 examples"):
        optimise_dataset_size(write(tmp_path / "tiny.npz", n=12), out=tmp_path / "out", **ASKED)


def test_run_that_was_stopped_in_the_middle_goes_on_from_its_checkpoint(runs, cube, tmp_path, monkeypatch, capsys):
    real = _size_run.train_once  # the stand-in of `runs`

    def stopped(*args, keeper, **options):
        keeper._checkpoint.save({"position": 7, "seconds": 2.0, "finished": False}, {})
        raise KeyboardInterrupt

    monkeypatch.setattr("otrain.workflows.training.size_run.train_once", stopped)
    with pytest.raises(KeyboardInterrupt):
        optimise_dataset_size(cube, out=tmp_path / "out", **ASKED)
    positions = []

    def going_on(*args, keeper, **options):
        positions.append(keeper.position)
        return real(*args, keeper=keeper, **options)

    monkeypatch.setattr("otrain.workflows.training.size_run.train_once", going_on)
    optimise_dataset_size(cube, out=tmp_path / "out", resume=True, **ASKED)
    assert positions[0] == 7 and not any(positions[1:]) and "continuing after 7 updates" in capsys.readouterr().err
    assert not list((tmp_path / "out").rglob("*.checkpoint"))


def test_damaged_checkpoint_of_one_run_does_not_end_the_study(runs, cube, tmp_path, capsys):
    runs.fake.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        optimise_dataset_size(cube, out=tmp_path / "out", **ASKED)
    size = len(runs[1].train) + len(runs[1].validation)
    following = SizeDirectory(tmp_path / "out", "night").checkpoint(2 * size - len(runs[0].train)
                                                                    - len(runs[0].validation), 0)
    following.mkdir(exist_ok=True)
    (following / "state-0").write_bytes(b"otrain-checkpoint 00\nhalf")
    runs.fake.fail_after = None
    optimise_dataset_size(cube, out=tmp_path / "out", resume=True, **ASKED)
    said = capsys.readouterr().err
    assert "2 of them finished before" in said and "this run is done anew" in said and len(runs) == 5
    assert (following.parent / f"{following.name[1:]}-damaged" / "state-0").is_file()


def test_study_is_replaced_as_a_whole(runs, cube, tmp_path, monkeypatch):
    done = optimise_dataset_size(cube, out=tmp_path / "out", **ASKED)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("night_*")}
    assert len(before) == 6 and done.directory.own_files
    monkeypatch.setattr("otrain.workflows.optimise_dataset_size.write_text", lambda *words: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        optimise_dataset_size(cube, out=tmp_path / "out", resume=True, repeats=2, **ASKED)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("night_*")} == before


def test_nothing_of_an_older_study_is_left_beside_a_new_one(runs, cube, tmp_path):
    optimise_dataset_size(cube, out=tmp_path / "out", **ASKED)
    runs.fake.fail_after = len(runs) + 1
    (tmp_path / "out" / "night_notes.txt").touch()
    with pytest.raises(KeyboardInterrupt):
        optimise_dataset_size(cube, out=tmp_path / "out", overwrite=True, **ASKED | {"epochs": 3})
    assert {path.name for path in (tmp_path / "out").glob("night_*")} == {"night_notes.txt"}


@pytest.mark.slow
def test_study_that_sigterm_stopped_is_finished_with_resume(cube, tmp_path, capsys):
    words = ["--cube", str(cube), "--outdir", str(tmp_path / "out"), "--model-path", str(tmp_path), "--epochs", "1",
             "--n_sections", "3", "--resume"]
    job = subprocess.Popen([sys.executable, "-m", "otrain.cli.optimise_dataset_size", *words], stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    for line in job.stderr:
        if line.startswith("run 1/2"):
            job.send_signal(signal.SIGTERM)
            break
    rest = job.stderr.read()
    assert job.wait(timeout=120) == 143, rest
    assert "1 finished runs are kept" in rest
    assert main(words) == 0
    done = capsys.readouterr()
    assert "1 of them finished before" in done.err and "cannot be said" in done.out
    assert len(Table.read(tmp_path / "out" / "night_dataset_size.ecsv")) == 2
    assert len(list((tmp_path / "CNN_training").glob("night_*_0/night_*_0.keras"))) == 2


@pytest.mark.slow
def test_study_of_light_curves_tells_how_many_events_are_missed(curves, tmp_path):
    small = {"architecture": "unet", "epochs": 1, "batch_size": 4, "options": {"depth": 2, "features": 2}}
    study, directory = optimise_dataset_size(curves.cube, out=tmp_path, n_sections=2, frac=0.25, test_frac=0.25, **small)
    row, = Table.read(directory.table_ecsv)
    assert row["training"] == 20 and np.isfinite([row["loss"], row["training_loss"]]).all()
    assert {gain["measure"] for gain in study["gains"]} == {"missed"}
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [
        "stars_ecart_accuracy_size.png", "stars_learning_curve.png", "stars_loss_dataset_size.png",
        "stars_scores_dataset_size.png"]
