"""A package of somebody else goes through every command, and nothing of otrain is changed for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_its_flags_and_examples_stand_in_the_help(command):
    text = command("convert", "--help")
    assert "--samples N" in text and "otrain-convert --domain pulses" in text and "name and the width" in text
    assert "--noise V" in command("simulate", "pulses", "--help")
    assert "pulse-net" in command("train", "--help")


def test_cube_holds_numbers_and_no_classes(cube):
    from otrain.data.datacube import open_cube

    with open_cube(cube) as opened:
        assert opened.meta["domain"] == "pulses" and opened.meta["task"] == "pulse-width"
        assert opened.classes == () and opened.shape == (32, 1) and len(opened) == PULSES
        assert opened.meta["targets"] == [{"name": "width", "column": "width", "shape": [], "unit": "ms"}]
    assert (cube.parent / "pulses.png").stat().st_size > 1000


def test_doctor_looks_at_its_cubes_and_files(command, cube):
    for source in (cube, "pulses"):
        said = command("doctor", source, "--out", f"doctor_{Path(source).suffix}")
        assert f"{PULSES} pulses" in said
