import os

import pytest

from otrain.data.listing import find_files
from otrain.errors import DataError


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def test_wanted_endings_are_found_whatever_their_case_and_others_counted(tmp_path):
    found, skipped = find_files(touch(tmp_path, "b/Q1.CSV", "a.csv", "notes.md", ".hidden.csv"), (".csv",))
    assert [name for _, name in found] == ["a.csv", "b/Q1.CSV"]
    assert [path for path, _ in found] == [os.path.join(tmp_path, name) for _, name in found]
    assert skipped == {"not-a-cutout": 1}


def test_paths_one_by_one_keep_their_order_and_names(tmp_path):
    paths = [tmp_path / "b.x", tmp_path / "a.y"]
    assert find_files(paths, (".csv",))[0] == [(str(path), str(path)) for path in paths]


def test_manifest_stands_for_the_files_of_a_cube_folder(tmp_path):
    found, _ = find_files(touch(tmp_path, "cube/cube.json", "cube/shard.csv", "a.csv"), (".csv",))
    assert [name for _, name in found] == ["a.csv", "cube/cube.json"]


def test_links_in_a_circle_come_to_an_end(tmp_path):
    touch(tmp_path, "one/a.csv")
    (tmp_path / "one" / "back").symlink_to(tmp_path)
    found, skipped = find_files(tmp_path, (".csv",))
    assert [name for _, name in found] == ["one/a.csv"] and skipped == {"not-a-cutout": 1}


def test_absent_source_is_an_error():
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        find_files("nowhere", (".csv",))
