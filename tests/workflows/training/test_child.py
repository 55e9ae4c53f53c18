import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from otrain.data.files.atomic import locked
from otrain.data.files.hidden import hidden
from otrain.workflows.training import child
from otrain.workflows.training.child import train_in_child, wait_for_other


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Run some Python instead of otrain-train; return its exit code and its log."""
    real = subprocess.Popen

    def run(code, **options):
        monkeypatch.setattr(child.subprocess, "Popen",
                            lambda command, **more: real([sys.executable, "-c", code, *command[2:]], **more))
        return train_in_child(tmp_path / "ml.toml", tmp_path / "train.log", **options)

    monkeypatch.setattr(child, "POLL", 0.01)
    return run


def test_exit_code_and_words_of_the_child(script, tmp_path):
    assert script("import sys; print(sys.argv[1:]); sys.exit(4)") == 4
    assert script("import sys; print(sys.argv[1:])") == 0
    first, second = (tmp_path / "train.log").read_text().splitlines()
    assert first.endswith(f"'--config', '{tmp_path / 'ml.toml'}', '--resume']") and second == first


def test_child_that_a_signal_ends_has_a_code_below_0(script):
    assert script("import os; os.kill(os.getpid(), 9)") == -9


def test_somebody_is_told_that_it_goes_on(script):
    calls = []
    script("import time; time.sleep(0.2)", on_wait=lambda: calls.append(1))
    assert calls


def test_what_stops_the_parent_stops_the_child_once(script, tmp_path):
    code = ("import signal, sys, time\ndef stop(n, f): print('stopped by', n, flush=True); sys.exit(1)\n"
            "signal.signal(signal.SIGINT, stop); signal.signal(signal.SIGTERM, stop); print('ready', flush=True)\n"
            "time.sleep(30)")
    log = tmp_path / "train.log"

    def stop():
        if log.read_text().endswith("ready\n"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        script(code, on_wait=stop)
    assert log.read_text().splitlines() == ["ready", f"stopped by {int(signal.SIGINT)}"]


def test_other_writer_is_waited_for(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(child, "POLL", 0.01)
    path, begun, over = tmp_path / "run", threading.Event(), []

    def write():
        with locked(path):
            begun.set()
            time.sleep(0.1)
            over.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    wait_for_other(path)
    assert over == [1]
    thread.join()
    assert "waiting for its end" in capsys.readouterr().err


def test_lock_that_a_kill_has_left_is_not_waited_for(tmp_path):
    lock = hidden(tmp_path / "run", "lock")
    lock.write_text("")
    os.utime(lock, (1, 1))
    wait_for_other(tmp_path / "run")
