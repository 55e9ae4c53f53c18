import json

import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.errors import IntegrityError


@pytest.fixture
def folder(tmp_path):
    write_cube(tmp_path / "cube", [np.ones((4, 3, 3, 1), np.float32)], labels=[0, 1, 0, 1],
               columns={"file": np.array(list("abcd"))}, meta={}, store="folder").close()
    return tmp_path / "cube"


def change(folder, edit):
    manifest = json.loads((folder / "cube.json").read_text())
    edit(manifest)
    (folder / "cube.json").write_text(json.dumps(manifest))


def test_folder_without_manifest_is_no_cube(folder):
    (folder / "cube.json").unlink()
    with pytest.raises(ValueError, match="not a data cube"):
        open_cube(folder)


@pytest.mark.parametrize("name", ["shard-00000.npy", "shard-00000.columns.npz"])
def test_truncated_shard_is_refused(folder, name):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1])
    with pytest.raises(IntegrityError, match=r"bytes are recorded in cube\.json"):
        open_cube(folder)


@pytest.mark.parametrize("name", ["../secret.npy", "/etc/passwd", "shard-00000.npy/..", "other.npy"])
def test_shard_outside_the_folder_is_refused(folder, name):
    change(folder, lambda manifest: manifest["shards"][0]["images"].update(file=name))
    with pytest.raises(IntegrityError, match="not the manifest"):
        open_cube(folder)


def test_shard_that_is_a_link_is_refused(folder):
    shard = folder / "shard-00000.npy"
    shard.rename(folder.parent / "elsewhere.npy")
    shard.symlink_to(folder.parent / "elsewhere.npy")
    with pytest.raises(IntegrityError, match="no regular file"):
        open_cube(folder)


@pytest.mark.parametrize("edit", [
    lambda m: m.pop("shards"), lambda m: m.update(shards=[]), lambda m: m.update(meta=3),
    lambda m: m["shards"][0].update(rows=-1), lambda m: m["shards"][0].update(rows=5),
    lambda m: m["meta"].update(format=2), lambda m: m["shards"][0]["images"].pop("sha256")])
def test_broken_manifest_is_refused(folder, edit):
    change(folder, edit)
    with pytest.raises(IntegrityError):
        open_cube(folder)


def test_hashes_are_those_of_the_files(folder):
    import hashlib

    manifest = json.loads((folder / "cube.json").read_text())
    for part in manifest["shards"][0]["images"], manifest["shards"][0]["columns"]:
        assert hashlib.sha256((folder / part["file"]).read_bytes()).hexdigest() == part["sha256"]


def test_exchanged_columns_fail_the_verification(folder):
    name = "shard-00000.columns.npz"
    data = bytearray((folder / name).read_bytes())
    data[-30] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(IntegrityError):
        open_cube(folder).verify()
