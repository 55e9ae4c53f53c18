"""The three TOML files of droulette's manual, word by word, from the simulation to the report of a training."""

import csv
import json

import cv2
import numpy as np
import pytest

from otrain.cli.convert import main as convert
from otrain.cli.simulate import main as simulate
from otrain.cli.train import main as train

DATASET = """[simulator]
configs = [ "raysie", "rs" ]
size = 1000
nterms = 5

[lens]
chi = 50
einstein-min = 10
einstein-max = 50

[source]
mode = "e"
sigma-min = 1
sigma-max = 60
sigma2-min = 1
sigma2-max = 40
theta-min = 0
theta-max = 179
position = "polar"

[position]
phi-min = 0
phi-max = 359
r-min = "einsteinR"
r-max = 100
"""
PROBLEM = """[problem]
filename = "_test/dataset.csv"
variables = [ "sigma", "xiX", "xiY" ]
nterms = 5

[dataset.training]
filename = "_test/training.csv"
size = 0.7

[dataset.validation]
filename = "_test/validation.csv"
size = 0.15

[dataset.testing]
filename = "_test/testing.csv"
"""
EXPERIMENT = """[settings]
device = "cuda"
model = "wide_resnet50_2"

[hyperparameters]
learning-rate = 1e-4
batch-size = 96
weight-decay = 1e-4

[training]
num-epochs = 1000
patience = 10
out-parameters = 23

[dataset]
directory = "_test/images"
training.filename = "_test/train.csv"
testing.filename = "_test/test.csv"
validation.filename = "_test/validation.csv"
"""


def _run(command, *words):
    """Run a command here; a command that ends well may say so by an exit or by its return."""
    try:
        code = command([*map(str, words)])
    except SystemExit as end:
        code = end.code
    assert not code


def _rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_files_of_the_manual_go_from_the_simulation_to_the_report(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "_test").mkdir()
    for name, text in (("dataset", DATASET), ("problem", PROBLEM), ("experiment01", EXPERIMENT)):
        (tmp_path / f"{name}.toml").write_text(text)
    _run(simulate, "lenses", "--toml", "dataset.toml", "--csvfile", "_test/dataset.csv", "--outfile", "roulette.csv",
         "--directory", "_test/images", "-C", "-Z", 96, "-z", 48, "--set", "simulator.size=40", "--jobs", 0)
    images = [cv2.imread(str(path), -1) for path in sorted((tmp_path / "_test" / "images").glob("*.png"))]
    assert len(images) == 40 and all(image.shape == (48, 48) and image.max() > 0 for image in images)
    assert {row["config"] for row in _rows("_test/dataset.csv")} == {"raysie", "rs"}

    # The manual's problem reads one table and the simulator writes another; train reads other names than it writes.
    _run(convert, "--toml", "problem.toml", "--set", "problem.filename=roulette.csv", "--set",
         "dataset.training.filename=_test/train.csv", "--set", "dataset.testing.filename=_test/test.csv",
         "--cutouts", "_test/images", "--jobs", 0, "--no-contact-sheet")
    parts = {name: _rows(f"_test/{name}.csv") for name in ("train", "validation", "test")}
    assert [len(rows) for rows in parts.values()] == [28, 6, 6]
    assert len({row["filename"] for rows in parts.values() for row in rows}) == 40

    _run(train, "--config", "experiment01.toml", "--set", "settings.model=value-cnn", "--set",
         "training.num-epochs=1", "--set", "hyperparameters.batch-size=8")
    report = json.loads((tmp_path / "CNN_training" / "experiment01" / "report.json").read_text())
    assert len(report["values"]["test"]["targets"]) == 30  # the manual says 23, which is explained
    assert all(np.isfinite(row["mae"]["value"]) for row in report["values"]["test"]["targets"].values())
    said = capfd.readouterr().err
    assert "the CPU is used" in said and "out-parameters = 23 does not fit" in said
