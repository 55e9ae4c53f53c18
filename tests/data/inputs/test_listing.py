import json
import os
from pathlib import Path

import pytest

from otrain.data.files.atomic import locked
from otrain.data.inputs.listing import find_files, is_one_source, named_source, plain_source, require_source
from otrain.data.inputs.quarantine import QuarantineRow, write_quarantine
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
    assert skipped == {"not-a-cutout": 1, "hidden": 1}


def test_paths_one_by_one_keep_their_order_and_names(tmp_path):
    paths = [tmp_path / "b.x", tmp_path / "a.y"]
    assert find_files(paths, (".csv",))[0] == [(str(path), str(path)) for path in paths]


MANIFEST = {"format": 1, "shape": [4, 4, 1], "meta": {}, "shards": [{
    "rows": 1, "images": {"file": "shard-00000.npy"}, "columns": {"file": "shard-00000.columns.npz"}}]}


def test_manifest_stands_for_the_shards_that_it_names_alone(tmp_path):
    touch(tmp_path, "cube/shard-00000.npy", "cube/shard-00000.columns.npz", "cube/b.csv", "cube/readme.md", "a.csv")
    (tmp_path / "cube" / "cube.json").write_text(json.dumps(MANIFEST))
    found, skipped = find_files(tmp_path, (".csv", ".npz"))
    assert [name for _, name in found] == ["a.csv", "cube/b.csv", "cube/cube.json"]
    assert skipped == {"not-a-cutout": 1}


@pytest.mark.parametrize("content", ["{}", "[]", '{"cube": "rubik"}', "no json", "", "[" * 100_000])
def test_manifest_of_another_program_hides_nothing(tmp_path, content):
    (touch(tmp_path, "a.csv", "sub/b.csv", "cube.json") / "cube.json").write_text(content)
    found, skipped = find_files(tmp_path, (".csv",))
    assert [name for _, name in found] == ["a.csv", "sub/b.csv"] and skipped == {"not-a-cutout": 1}


def test_damaged_manifest_is_an_input_and_hides_its_shards_alone(tmp_path):
    touch(tmp_path, "a.csv", "cube.json", "shard-00000.npy", "shard-00000.columns.npz")
    found, skipped = find_files(tmp_path, (".csv", ".npz"))
    assert [name for _, name in found] == ["a.csv", "cube.json"] and not skipped


def test_every_entry_is_counted_once(tmp_path):
    touch(tmp_path, "a.csv", ".b.csv", ".git/c", ".git/d/e.csv", "f/.g", "f/h.md", ".a.csv.progress", "night.csv/i.csv")
    (tmp_path / "empty.csv").mkdir()
    found, skipped = find_files(tmp_path, (".csv",))
    assert [name for _, name in found] == ["a.csv", "empty.csv", "night.csv/i.csv"]
    assert skipped == {"hidden": 4, "not-a-cutout": 1, "own-product": 1}


def test_own_products_are_passed_over_in_folders_and_patterns(tmp_path):
    write_quarantine(tmp_path / "x.ecsv", [QuarantineRow("a", "corrupt", "no.")])
    touch(tmp_path, "y.ecsv", "run/scores.npz", "run/c.fits")
    (tmp_path / "run" / "run.json").write_text('{"command": "otrain-train", "cube": {}, "versions": {}}')
    found, skipped = find_files(tmp_path, (".ecsv", ".npz", ".fits"))
    assert [name for _, name in found] == ["run/c.fits", "y.ecsv"] and skipped == {"own-product": 3}
    found, skipped = find_files(str(tmp_path / "*.ecsv"), (".ecsv",))
    assert [name for _, name in found] == [str(tmp_path / "y.ecsv")] and skipped == {"own-product": 1}


def test_output_that_is_being_written_is_no_input_and_its_hidden_files_count_nowhere(tmp_path):
    touch(tmp_path, "a.csv", "out.csv", ".out.csv.progress", ".other.csv.progress")
    with locked(tmp_path / "out.csv"):
        found, skipped = find_files(tmp_path, (".csv",))
    assert [name for _, name in found] == ["a.csv"] and skipped == {"own-product": 2}
    assert [name for _, name in find_files(tmp_path, (".csv",))[0]] == ["a.csv", "out.csv"]


def test_links_in_a_circle_come_to_an_end(tmp_path):
    touch(tmp_path, "one/a.csv")
    (tmp_path / "one" / "back").symlink_to(tmp_path)
    found, skipped = find_files(tmp_path, (".csv",))
    assert [name for _, name in found] == ["one/a.csv"] and skipped == {"not-a-cutout": 1}


def test_absent_source_is_an_error():
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        find_files("nowhere", (".csv",))


def test_pattern_finds_what_matches_it_in_order_and_refuses_nothing(tmp_path):
    touch(tmp_path, "n2/b.x", "n1/a.x", "n1/c.y")
    names = [str(tmp_path / name) for name in ("n1/a.x", "n2/b.x")]
    assert find_files(str(tmp_path / "n*" / "*.x"), (".x",))[0] == [(name, name) for name in names]
    with pytest.raises(DataError, match="no file or folder has such a name"):
        find_files(str(tmp_path / "z*.x"), (".x",))


def test_several_sources_are_joined_and_each_file_comes_once(tmp_path):
    touch(tmp_path, "n/a.x", "n/note.md", "b.odd")
    sources = [str(tmp_path / "b.odd"), str(tmp_path / "n"), str(tmp_path / "n" / "*.x")]
    found, skipped = find_files(sources, (".x",))
    assert [name for _, name in found] == [str(tmp_path / "b.odd"), str(tmp_path / "n" / "a.x")]
    assert skipped == {"not-a-cutout": 1}


def test_file_with_another_ending_is_taken_if_it_looks_right(tmp_path):
    (touch(tmp_path, "a.x", "b.dat", "c") / "b.dat").write_bytes(b"magic")
    found, skipped = find_files(tmp_path, (".x",), looks_right=lambda path: Path(path).read_bytes() == b"magic")
    assert [name for _, name in found] == ["a.x", "b.dat"] and skipped == {"not-a-cutout": 1}


@pytest.mark.parametrize("source", ["night", b"night", Path("night")])
def test_one_source_is_told_from_several_whatever_its_type(source):
    assert is_one_source(source) and plain_source(source) == "night"
    assert not is_one_source([source]) and plain_source(iter([source, "late.fits"])) == ["night", "late.fits"]


def test_name_of_several_sources_counts_them(tmp_path):
    assert (named_source(tmp_path / "a"), named_source(["a", "b", "c"])) == (str(tmp_path / "a"), "a and 2 more")


def test_source_that_is_not_there_is_refused_without_listing(tmp_path):
    (tmp_path / "a.fits").touch()
    for good in (tmp_path, tmp_path / "a.fits", str(tmp_path / "*.fits"), [tmp_path / "absent.fits"]):
        require_source(good)
    with pytest.raises(DataError, match="absent: there is no such file or folder"):
        require_source(tmp_path / "absent")
    with pytest.raises(DataError, match="no file or folder has such a name"):
        require_source(str(tmp_path / "*.avro"))
