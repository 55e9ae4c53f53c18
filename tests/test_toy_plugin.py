"""A package of somebody else goes through every command, and nothing of otrain is changed for it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import otrain

PACKAGE = Path(__file__).parent / "toy_plugin"
INFORMATION = "Metadata-Version: 2.1\nName: toy-pulses\nVersion: 1.0\n"
PULSES = 90


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install the package as pip would: beside a folder of metadata that names its entry points."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE / "toy_pulses", site / "toy_pulses")
    metadata = site / "toy_pulses-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(INFORMATION)
    shutil.copy(PACKAGE / "entry_points.txt", metadata)
    return site


@pytest.fixture(scope="module")
def command(installed, tmp_path_factory):
    """Run a command of otrain in a process that finds the package; return what it printed."""
    folder = tmp_path_factory.mktemp("work")
    places = [str(installed), str(Path(otrain.__file__).parent.parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places),
                   "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}

    def run(name, *words, code=0):
        done = subprocess.run([sys.executable, "-m", f"otrain.cli.{name}", *map(str, words)], cwd=folder, text=True,
                              env=environment, capture_output=True)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    run.folder = folder
    return run


@pytest.fixture(scope="module")
def cube(command):
    """The cube of simulated pulses."""
    said = command("simulate", "pulses", "--out", "pulses", "--pulses", PULSES, "--seed", 3)
    assert f"wrote {PULSES} pulses" in said
    command("convert", "--cutouts", "pulses", "--samples", 32, "--jobs", 0)
    return command.folder / "datacube" / "pulses.npz"


@pytest.fixture(scope="module")
def trained(command, cube):
    """The run directory of a network."""
    command("train", "--cube", cube, "--epochs", 12, "--learning-rate", 0.02, "--frac", 0.2, "--test-frac", 0.2)
    return command.folder / "CNN_training" / "pulses"


def test_its_flags_and_examples_stand_in_the_help(command):
    text = command("convert", "--help")
    assert "--samples N" in text and "otrain-convert --domain pulses" in text and "name and the width" in text
    assert "--noise V" in command("simulate", "pulses", "--help")
    assert "pulse-net" in command("train", "--help")


def test_its_own_form_of_configuration_file_is_taken(command):
    (command.folder / "old.toml").write_text("[generator]\nhow-many = 3\nrms = 0.5\n")
    said = command("simulate", "--toml", "old.toml", "--set", "generator.how-many=2", "--out", "few")
    assert "wrote 2 pulses" in said and "note: 2 keys of the older generator" in said
    assert json.loads((command.folder / "few" / "simulate.json").read_text())["request"]["noise"] == 0.5
    (command.folder / "old.toml").write_text("[generator]\nhow-mny = 3\n")
    assert "Did you mean 'how-many'?" in command("simulate", "--toml", "old.toml", "--out", "none", code=2)


def test_cube_holds_numbers_and_no_classes(cube):
    from otrain.data.cubes.datacube import open_cube

    with open_cube(cube) as opened:
        assert opened.meta["domain"] == "pulses" and opened.meta["task"] == "pulse-width"
        assert opened.classes == () and opened.shape == (32, 1) and len(opened) == PULSES
        assert opened.meta["targets"] == [{"name": "width", "column": "width", "shape": [], "unit": "ms"}]
    assert (cube.parent / "pulses.png").stat().st_size > 1000


@pytest.mark.slow
def test_network_learns_the_width_and_is_shipped(trained):
    report = json.loads((trained / "report.json").read_text())
    assert report["task"] == "pulse-width" and report["metrics"]["test"]["mae"]["value"] < 1.5  # 2 ms without a network
    manifest = json.loads((trained / "bundle" / "bundle.json").read_text())
    assert manifest["answer"]["kind"] == "widths" and manifest["classes"] == []


@pytest.mark.slow
def test_widths_of_files_and_of_the_cube_are_the_same(command, cube, trained):
    command("infer", "--cutouts", "pulses", "--model", trained, "--jobs", 0, "--out", "files.csv")
    command("infer", "--cutouts", cube, "--model", trained, "--out", "cube.csv")
    names = [line.split(",")[1:3] for line in (command.folder / "files.csv").read_text().splitlines()[1:]]
    again = [line.split(",")[1:3] for line in (command.folder / "cube.csv").read_text().splitlines()[1:]]
    assert len(names) == PULSES and names == again
    command("infer", "--cutouts", "pulses", "--model", trained, "--jobs", 0, "--gain", 2, "--out", "gained.csv")
    gained = [float(line.split(",")[2]) for line in (command.folder / "gained.csv").read_text().splitlines()[1:]]
    assert not np.allclose(gained, [float(width) for _, width in names])


@pytest.mark.slow
def test_network_is_judged_drawn_and_explained(command, cube, trained):
    command("diagnostics", "--cube", cube, "--model", trained, "--out", "judged")
    assert json.loads((command.folder / "judged" / "report.json").read_text())["metrics"]["test"]["mae"]["value"] > 0
    command("plot_results", "--cube", cube, "--model", trained, "--out", "plots")
    assert (command.folder / "plots" / "widths.png").stat().st_size > 1000
    command("grad_cam", "--cube", cube, "--model", trained, "--cam-path", ".", "--n-random", 5,
            "--method", "steepness")
    with np.load(command.folder / "grad_cam" / "heat_maps.npz") as maps:
        assert maps["maps"].shape == (5, 32) and (maps["maps"] > 0).any()


def test_doctor_looks_at_its_cubes_and_files(command, cube):
    for source in (cube, "pulses"):
        said = command("doctor", source, "--out", f"doctor_{Path(source).suffix}")
        assert f"{PULSES} pulses" in said


@pytest.mark.slow
def test_more_of_its_labels_are_asked_for(command, cube):
    command("optimise_dataset_size", "--cube", cube, "--out", "sizes", "--n-sections", 3, "--epochs", 2,
            "--test-frac", 0.3)
    table = (command.folder / "sizes" / "pulses_dataset_size.ecsv").read_text()
    assert "training_mae" in table and (command.folder / "sizes" / "pulses_learning_curve.png").is_file()


def test_wrong_requests_are_refused_in_words(command, cube):
    assert "does not concern transients" in command(
        "convert", "--domain", "transients", "--cutouts", "pulses", "--samples", 9, code=2)
    assert "answers for each point of it" in command(
        "train", "--cube", cube, "--model-name", "no", "--architecture", "unet", code=2)
    assert "Known: mse" in command(
        "train", "--cube", cube, "--model-name", "no", "--loss", "dice", code=2)
    assert "the task 'pulse-width' is not known for transients" in command(
        "convert", "--domain", "transients", "--task", "pulse-width", "--cutouts", "pulses", code=2)
