import os
import resource
import signal
import subprocess
import sys

import pytest

from otrain.data.atomic import atomic_file, atomic_folder, locked, merged_folder, require_absent, write_text
from otrain.errors import OutputError, ResourceError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_file_appears_with_its_content(tmp_path):
    with atomic_file(tmp_path / "deep" / "a.txt") as temporary:
        temporary.write_text("new")
        assert not (tmp_path / "deep" / "a.txt").exists()
    assert (tmp_path / "deep" / "a.txt").read_text() == "new"
    assert names(tmp_path / "deep") == ["a.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_keeps_the_old_file_and_nothing_else(tmp_path, error):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(error), atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise error
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_folder_replaces_an_older_one_as_a_whole(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    with atomic_folder(tmp_path / "a", overwrite=True) as temporary:
        (temporary / "new").touch()
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["new"]


def test_failed_folder_leaves_the_older_one(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "a", overwrite=True) as temporary:
        (temporary / "new").touch()
        raise RuntimeError
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["old"]


def test_existing_output_is_refused_in_words(tmp_path):
    with pytest.raises(OutputError, match=r"exists already.*--overwrite"):
        require_absent(tmp_path, overwrite=False)
    require_absent(tmp_path, overwrite=True)
    require_absent(tmp_path / "absent", overwrite=False)


def test_second_writer_is_refused(tmp_path):
    with locked(tmp_path / "a"), pytest.raises(OutputError, match="another process is writing"), \
            locked(tmp_path / "a"):
        pass
    with locked(tmp_path / "a"):
        pass


@pytest.mark.parametrize("error", [None, RuntimeError])
def test_lock_leaves_no_file_and_no_empty_folder(tmp_path, error):
    def work():
        with locked(tmp_path / "new" / "deep" / "a"):
            assert (tmp_path / "new" / "deep").is_dir()
            if error:
                raise error

    if error:
        with pytest.raises(error):
            work()
    else:
        work()
    assert names(tmp_path) == []


def test_lock_of_a_killed_process_is_free(tmp_path):
    code = ("import os, signal, sys; from otrain.data.atomic import locked\n"
            "with locked(sys.argv[1]): os.kill(os.getpid(), signal.SIGKILL)")
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")])
    assert killed.returncode == -signal.SIGKILL
    with locked(tmp_path / "a"):
        pass


def test_full_disk_is_a_resource_error_that_names_the_file(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(ResourceError, match=r"big\.bin: cannot be written"), \
                atomic_file(tmp_path / "big.bin") as temporary:
            temporary.write_bytes(bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_forbidden_place_is_an_output_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(tmp_path / "a.txt", "x")


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
