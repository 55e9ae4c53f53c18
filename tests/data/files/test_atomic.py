import os
import resource
import signal
import subprocess
import sys

import pytest

from otrain.data.files.atomic import (
    atomic_file,
    atomic_folder,
    locked,
    require_absent,
    write_text,
)
from otrain.data.files.merged import merged_folder
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


def killed_while_replacing(path, *, at):
    """Replace a folder in a process that dies at a call, by its name in `otrain.data.files.atomic` or `os`."""
    code = f"""
import os, signal, sys
from otrain.data.files import atomic
def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{at}
with atomic.locked(sys.argv[1]), atomic.atomic_folder(sys.argv[1], overwrite=True) as temporary:
    (temporary / "new").touch()
"""
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -signal.SIGKILL


@pytest.mark.parametrize(("at", "left"), [
    ("atomic.exchange_names = die", "old"),
    ("exchange = atomic.exchange_names\natomic.exchange_names = lambda *names: exchange(*names) and die()", "new"),
    ("atomic.clear = die", "new")])
def test_kill_while_a_folder_is_replaced_leaves_one_of_both(tmp_path, at, left):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    killed_while_replacing(tmp_path / "a", at=at)
    assert names(tmp_path / "a") == [left]
    with locked(tmp_path / "a"):
        pass
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == [left]


def test_folder_is_replaced_where_names_cannot_be_exchanged(tmp_path, monkeypatch):
    monkeypatch.setattr("otrain.data.files.atomic.exchange_names", lambda *names: False)
    test_folder_replaces_an_older_one_as_a_whole(tmp_path)


def test_kill_where_names_cannot_be_exchanged_gives_the_older_folder_back(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    killed_while_replacing(tmp_path / "a", at="atomic.exchange_names = lambda *names: False\n"
                           "rename = os.replace\n"
                           "os.replace = lambda a, b: rename(a, b) if '.old-' in str(b) else die()")
    assert not (tmp_path / "a").exists()
    with locked(tmp_path / "a"):
        assert names(tmp_path / "a") == ["old"]


def test_link_to_a_folder_is_replaced_and_its_target_stays(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "old").touch()
    (tmp_path / "a").symlink_to(tmp_path / "target")
    with atomic_folder(tmp_path / "a", overwrite=True) as temporary:
        (temporary / "new").touch()
    assert names(tmp_path) == ["a", "target"] and not (tmp_path / "a").is_symlink()
    assert names(tmp_path / "a") == ["new"] and names(tmp_path / "target") == ["old"]


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
    code = ("import os, signal, sys; from otrain.data.files.atomic import locked\n"
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


def test_folder_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"no mark\.json in it"), \
            atomic_folder(tmp_path / "thesis", overwrite=True, marker="mark.json"):
        pytest.fail("the long job began")
    assert names(tmp_path / "thesis") == ["thesis.tex"]


@pytest.mark.parametrize("content", [[], ["mark.json", "old"]])
def test_own_and_empty_folders_are_replaced(tmp_path, content):
    (tmp_path / "a").mkdir()
    for name in content:
        (tmp_path / "a" / name).touch()
    with atomic_folder(tmp_path / "a", overwrite=True, marker=("other.json", "mark.json")) as temporary:
        (temporary / "new").touch()
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["new"]


@pytest.mark.parametrize("folder", [False, True])
def test_file_and_folder_do_not_replace_each_other(tmp_path, folder):
    (tmp_path / "a").touch() if folder else (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="is to be written"):
        require_absent(tmp_path / "a", overwrite=True, folder=folder)


def test_older_folder_is_back_if_the_last_step_fails(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    replace = os.replace

    def fail(source, target):
        if ".tmp-" in str(source):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr("otrain.data.files.atomic.exchange_names", lambda *names: False)
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "a", overwrite=True):
        pass
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["old"]


def dead():
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_folder_of_a_killed_replacement_gets_its_name_back(tmp_path):
    old = tmp_path / f".a.old-{dead()}"
    old.mkdir()
    (old / "old").touch()
    with locked(tmp_path / "a"):
        assert names(tmp_path / "a") == ["old"]
    assert names(tmp_path) == ["a"]


def test_remains_of_killed_processes_are_removed(tmp_path):
    for name in ("a", f".a.old-{dead()}", f".a.tmp-{dead()}"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "content").touch()
    (tmp_path / f".a.spool-{dead()}-others").touch()
    (tmp_path / f".a.npz.tmp-{dead()}").touch()
    kept = [f".a.tmp-{os.getppid()}", f".ab.tmp-{dead()}", ".a.tmp-notes"]
    for name in kept:
        (tmp_path / name).touch()
    with locked(tmp_path / "a", beside=["a.npz"]):
        pass
    assert names(tmp_path) == sorted(["a", *kept])
    assert names(tmp_path / "a") == ["content"]


@pytest.mark.parametrize("place", ["afile/x.dat", "afile/deep/x.dat", "n" * 300, "/proc/x.dat"])
def test_impossible_places_are_output_errors(tmp_path, place):
    (tmp_path / "afile").touch()
    for writing in (locked, atomic_folder, merged_folder):
        with pytest.raises(OutputError, match=r"cannot be written.*Choose"), writing(tmp_path / place):
            pytest.fail("the long job began")
    with pytest.raises(OutputError, match=r"cannot be written.*Choose"), atomic_file(tmp_path / place) as temporary:
        temporary.touch()


def test_file_does_not_replace_a_folder(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="cannot be written"), atomic_file(tmp_path / "a") as temporary:
        temporary.touch()
    assert names(tmp_path) == ["a"]


def test_errors_of_other_files_pass(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "a"):
        (tmp_path / "input").open()


@pytest.mark.parametrize("place", [".", ".."])
def test_output_needs_a_name(place):
    with pytest.raises(OutputError, match="no name"), locked(place):
        pass
