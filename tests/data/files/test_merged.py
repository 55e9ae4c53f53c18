import os
import signal
import subprocess
import sys

import pytest

from otrain.data.files import merged as _merged
from otrain.data.files.atomic import locked
from otrain.data.files.merged import merged_folder
from otrain.errors import OutputError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_into(folder, **files):
    for name, text in files.items():
        place = folder / "deep" / f"{name}.txt"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)


def test_merged_folder_keeps_what_others_put_there(tmp_path):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old", b="old")
    (tmp_path / "out" / "deep" / "mine.txt").write_text("mine")
    (tmp_path / "out" / "empty").mkdir()
    with merged_folder(tmp_path / "out", stale=["deep/[a-z].txt"]) as temporary:
        write_into(temporary, b="new", c="new")
        assert (tmp_path / "out" / "deep" / "b.txt").read_text() == "old"
    assert names(tmp_path / "out" / "deep") == ["b.txt", "c.txt", "mine.txt"]
    assert (tmp_path / "out" / "deep" / "b.txt").read_text() == "new"
    assert names(tmp_path) == ["out"] and names(tmp_path / "out") == ["deep", "empty"]


def test_merged_folder_is_as_before_after_an_error(tmp_path):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old")
    with pytest.raises(RuntimeError), merged_folder(tmp_path / "out", stale=["deep/*.txt"]) as temporary:
        write_into(temporary, a="new")
        raise RuntimeError
    assert (tmp_path / "out" / "deep" / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_merged_folder_does_not_replace_a_file_by_a_folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "deep").write_text("mine")
    (tmp_path / "out" / "old.txt").write_text("old")
    with pytest.raises(OutputError, match="deep: is in the way"), merged_folder(
            tmp_path / "out", stale=["*.txt"]) as temporary:
        write_into(temporary, a="new")
    assert names(tmp_path / "out") == ["deep", "old.txt"]


@pytest.fixture(params=["exchanged", "one by one"])
def way(request, monkeypatch):
    if request.param == "one by one":
        monkeypatch.setattr(_merged, "exchange_names", lambda *names: False)
    return request.param


def test_stale_files_go_and_others_stay_either_way(tmp_path, way):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old", b="old")
    (tmp_path / "out" / "deep" / "mine.txt").write_text("mine")
    (tmp_path / "out" / "link").symlink_to("nowhere")
    os.chmod(tmp_path / "out", 0o750)
    number = (tmp_path / "out" / "deep" / "mine.txt").stat().st_ino
    with merged_folder(tmp_path / "out", stale=["deep/[a-z].txt"], last="deep/c.txt") as temporary:
        write_into(temporary, b="new", c="new")
    assert names(tmp_path / "out" / "deep") == ["b.txt", "c.txt", "mine.txt"] and names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "deep" / "b.txt").read_text() == "new"
    assert (tmp_path / "out" / "deep" / "mine.txt").stat().st_ino == number
    assert os.readlink(tmp_path / "out" / "link") == "nowhere"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


def test_names_change_all_at_once(tmp_path, monkeypatch):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old", b="old")
    exchange, seen = _merged.exchange_names, []

    def look():
        return {path.name: path.read_text() for path in (tmp_path / "out" / "deep").iterdir()}

    def looking(*names):
        seen.append(look())
        done = exchange(*names)
        seen.append(look())
        return done

    monkeypatch.setattr(_merged, "exchange_names", looking)
    with merged_folder(tmp_path / "out", stale=["deep/*.txt"]) as temporary:
        write_into(temporary, b="new", c="new")
    assert seen == [{"a.txt": "old", "b.txt": "old"}, {"b.txt": "new", "c.txt": "new"}]


def test_what_is_written_meanwhile_is_not_lost(tmp_path, monkeypatch):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old")
    (tmp_path / "out" / "mine.txt").write_text("before")
    exchange = _merged.exchange_names

    def late(*names):
        (tmp_path / "out" / "late").mkdir()
        (tmp_path / "out" / "late" / "note.txt").write_text("late")
        (tmp_path / "out" / "next.txt").write_text("after")
        os.replace(tmp_path / "out" / "next.txt", tmp_path / "out" / "mine.txt")
        return exchange(*names)

    monkeypatch.setattr(_merged, "exchange_names", late)
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="new")
    assert (tmp_path / "out" / "late" / "note.txt").read_text() == "late"
    assert (tmp_path / "out" / "mine.txt").read_text() == "after"
    assert (tmp_path / "out" / "deep" / "a.txt").read_text() == "new" and names(tmp_path) == ["out"]


@pytest.mark.parametrize("kind", ["inside", "in use", "many", "link"])
def test_folder_of_others_is_not_exchanged(tmp_path, monkeypatch, kind):
    with merged_folder(tmp_path / "real") as temporary:
        write_into(temporary, a="old")
    out, number = tmp_path / "real", (tmp_path / "real").stat().st_ino
    if kind == "inside":
        monkeypatch.chdir(out / "deep")
    elif kind == "in use":
        (out / "deep" / ".x.tmp-7").mkdir()
    elif kind == "many":
        monkeypatch.setattr(_merged, "_MOST_OTHERS", 1)
    else:
        out = tmp_path / "out"
        out.symlink_to("real")
    with merged_folder(out) as temporary:
        write_into(temporary, b="new")
    assert (tmp_path / "real").stat().st_ino == number and (out / "deep" / "b.txt").read_text() == "new"


def test_set_that_is_moved_one_by_one_is_not_whole_meanwhile(tmp_path, monkeypatch):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old", z="old")
        (temporary / "report.json").write_text("old")
    replace, seen = os.replace, []

    def watched(old, new):
        seen.append((tmp_path / "out" / "report.json").exists())
        replace(old, new)

    monkeypatch.setattr(_merged, "exchange_names", lambda *names: False)
    monkeypatch.setattr(os, "replace", watched)
    with merged_folder(tmp_path / "out", last="report.json") as temporary:
        write_into(temporary, a="new", z="new")
        (temporary / "report.json").write_text("new")
    assert seen == [False, False, False] and (tmp_path / "out" / "report.json").read_text() == "new"


KILLED = """
import sys, time
from otrain.data.files.atomic import locked
from otrain.data.files import merged
def stop(*names):
    print("there", flush=True)
    time.sleep(60)
merged.exchange_names = stop
with locked(sys.argv[1]), merged.merged_folder(sys.argv[1]) as folder:
    (folder / "new.txt").write_text("new")
"""


def test_kill_before_the_exchange_leaves_the_older_set_and_the_next_run_clears(tmp_path):
    with merged_folder(tmp_path / "out") as temporary:
        write_into(temporary, a="old")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "out")], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"there\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert names(tmp_path / "out") == ["deep"] and len(names(tmp_path)) == 4
    with locked(tmp_path / "out"):
        pass
    assert names(tmp_path) == ["out"] and names(tmp_path / "out" / "deep") == ["a.txt"]
