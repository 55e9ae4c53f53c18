import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from otrain.cli._signals import STOPS, Stopped, stopped_by_signals

WORK = """
import sys, time
from otrain.cli._command import make_parser, run
def execute(args):
    try:
        print("at work", flush=True)
        time.sleep(30)
    finally:
        print("cleaning up", file=sys.stderr, flush=True)  # the terminal may be gone
        open(sys.argv[1], "w").close()
code = run(make_parser("otrain-test", "does something"), execute, [])
open(sys.argv[1], "w").write(str(code))
"""


@pytest.mark.parametrize("name", STOPS)
def test_signal_raises_and_names_itself(name):
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(Stopped, match=f"stopped by {name}") as caught, stopped_by_signals():
        os.kill(os.getpid(), number)
        time.sleep(5)
    assert caught.value.exit_code == 128 + number and signal.getsignal(number) == before


def test_signal_that_is_ignored_stays_so():
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, previous)


def test_closed_terminal_ends_a_command_cleanly(tmp_path):
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", WORK, str(tmp_path / "end")], stdin=theirs, stdout=theirs,
                               stderr=theirs, start_new_session=True,
                               preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
    os.close(theirs)
    assert b"at work" in os.read(ours, 100)
    os.close(ours)  # the terminal is closed: SIGHUP, and every write to it fails
    process.wait(20)
    assert (tmp_path / "end").read_text() == "129"
