import errno
import os
import socket
import subprocess
import sys

import pytest

from otrain.data.files import lock as module
from otrain.data.files.lock import take_lock
from otrain.errors import OutputError


@pytest.fixture
def place(tmp_path):
    return tmp_path / ".a.lock", tmp_path / "a"


@pytest.fixture
def no_locks(monkeypatch, request):
    def flock(descriptor, operation):
        raise OSError(getattr(request, "param", errno.ENOLCK), "no locks available")

    monkeypatch.setattr(module.fcntl, "flock", flock)


def gone():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_second_writer_is_refused_until_the_lock_is_given_back(place):
    give_back = take_lock(*place)
    with pytest.raises(OutputError, match="another process is writing it"):
        take_lock(*place)
    give_back()
    assert not place[0].exists()
    take_lock(*place)()


@pytest.mark.parametrize("no_locks", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS], indirect=True)
def test_disk_without_locks_is_no_second_writer(place, no_locks):
    give_back = take_lock(*place)
    assert place[0].read_text() == f"{socket.gethostname()} {os.getpid()}\n"
    give_back()
    assert not place[0].exists()


def test_second_writer_is_refused_without_locks_too(place, no_locks):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    place[0].write_text(f"{socket.gethostname()} {child.pid}\n")
    with pytest.raises(OutputError, match=rf"{child.pid}; this disk has no locks.*remove .*\.a\.lock"):
        take_lock(*place)
    child.communicate(b"\n")
    take_lock(*place)()


def test_lock_of_another_host_is_never_removed(place, no_locks):
    place[0].write_text(f"elsewhere {gone()}\n")
    with pytest.raises(OutputError, match="elsewhere"):
        take_lock(*place)
    assert place[0].exists()


def test_lock_that_a_killed_process_left_is_taken_over(place, no_locks):
    place[0].write_text(f"{socket.gethostname()} {gone()}\n")
    take_lock(*place)()


@pytest.mark.parametrize("content", ["", "x", "host 99999999999999999999"])
def test_lock_without_a_holder_is_taken_over_once_it_is_old(place, no_locks, content):
    place[0].write_text(content.replace("host", socket.gethostname()))
    if "9" not in content:
        with pytest.raises(OutputError):
            take_lock(*place)
        os.utime(place[0], (0, 0))
    take_lock(*place)()


def test_same_process_cannot_take_it_twice_without_locks(place, no_locks):
    give_back = take_lock(*place)
    with pytest.raises(OutputError, match="this process is writing it already"):
        take_lock(*place)
    give_back()
