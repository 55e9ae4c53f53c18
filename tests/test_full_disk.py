"""A disk that fills up, and places where nothing can be written: exit 7 or 5, words, and no debris."""

import re
import resource
import subprocess
import sys

import numpy as np
import pytest
from kills import prepare

from otrain.data.cubes.datacube import write_cube
from otrain.data.files import atomic
from otrain.data.files.atomic import require_room
from otrain.errors import ResourceError
from otrain.workflows.scoring.network import open_network

# In this process: a worker shares memory through a file of 4 MiB.
CONVERT = ("otrain.cli.convert", "--cutouts", "night", "--jobs", "0")
COMMANDS = {
    "convert": (*CONVERT, "--path", "out"),
    "convert to a folder": (*CONVERT, "--path", "out", "--store", "folder"),
    "convert to HDF5": (*CONVERT, "--path", "out", "--store", "h5"),
    "infer": ("otrain.cli.infer", "--cutouts", "night", "--model", "bundle", "--out", "out/t.ecsv", "--format", "ecsv",
              "--jobs", "0"),
    "train": ("otrain.cli.train", "--cube", "night.npz", "--model-path", "out", "--epochs", "1", "--architecture",
              "otrain-cnn"),
}
FIRST = ["convert", "convert to a folder", "convert to HDF5", "infer",
         pytest.param("train", marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    prepare(folder, files=200)
    # A bundle is proved in a worker when it is first used.
    open_network(folder / "bundle")
    return folder


def run(words, source, folder, limit=None):
    """Run a command that may write files of `limit` bytes at most; return its code and what it said."""
    for path in source.iterdir():
        (folder / path.name).symlink_to(path)

    def restrict():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True,
                          preexec_fn=restrict if limit else None, timeout=120)
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("limit", [2_000, 30_000])
def test_limit_of_file_sizes_gives_exit_7_and_leaves_nothing(source, tmp_path, name, limit):
    if name == "infer":
        (tmp_path / "out").mkdir()
    code, said = run(COMMANDS[name], source, tmp_path, limit)
    assert code == 7, said
    assert "out/" in said and "bytes are needed" in said and "Traceback" not in said
    assert int(re.search(r"ore than (\d+) bytes are needed", said)[1]) >= limit  # never 0
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    if "--resume goes on from there" in said:  # more than five seconds of work, on a busy machine
        left = [path for path in left if not path.name.endswith(".progress")]
    assert not left, left


@pytest.mark.parametrize("name", FIRST)
def test_place_where_nothing_can_be_written_gives_exit_5(source, tmp_path, name):
    (tmp_path / "out").symlink_to("/proc")
    code, said = run(COMMANDS[name], source, tmp_path)
    assert code == 5 and "cannot be written" in said and "out/" in said, said


def test_room_is_asked_for_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    require_room(tmp_path / "new" / "x", 1000)
    with pytest.raises(ResourceError, match=r"x: 1001 bytes are needed at least. Received: 1000 bytes free there"):
        require_room(tmp_path / "new" / "x", 1001)


def test_words_of_a_full_disk_count_what_was_written(tmp_path):
    words = r"cube: cannot be written: No space left on device. More than 4000 bytes are needed"
    with pytest.raises(ResourceError, match=words), atomic.atomic_folder(tmp_path / "cube") as folder:
        np.array([1.0] * 500).tofile(folder / "a")
        raise OSError(28, "h5py says it in its own words")


def test_words_of_a_full_disk_name_what_the_next_part_needs(tmp_path):
    with pytest.raises(ResourceError, match=r"More than 70 bytes are needed"), atomic.explained(tmp_path / "a", needed=70):
        raise OSError(28, "No space left on device")


def test_words_of_a_full_disk_name_a_block_where_nothing_is_written_yet(tmp_path):
    with pytest.raises(ResourceError, match=r"At least 4096 bytes are needed"), atomic.explained(tmp_path / "a"):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("store", ["npz", "folder", "h5"])
def test_cube_that_does_not_fit_is_refused_with_its_size(tmp_path, monkeypatch, store):
    monkeypatch.setattr(atomic.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    with pytest.raises(ResourceError, match="1280 bytes are needed at least"):
        write_cube(tmp_path / "cube", [np.zeros((5, 8, 8, 1), "f4")], labels=[0] * 5, columns={}, meta={}, store=store)
    assert not list(tmp_path.iterdir())
