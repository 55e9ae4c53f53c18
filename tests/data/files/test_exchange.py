import errno

import pytest

from otrain.data.files import exchange
from otrain.data.files.exchange import exchange_names


@pytest.fixture
def pair(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"of_{name}").touch()
    return tmp_path / "a", tmp_path / "b"


def content(path):
    return [entry.name for entry in path.iterdir()]


def test_folders_exchange_their_names(pair):
    a, b = pair
    if not exchange_names(a, b):
        pytest.skip("this kernel or file system cannot")
    assert content(a) == ["of_b"] and content(b) == ["of_a"]


def test_absent_name_is_an_error_and_changes_nothing(pair, tmp_path):
    if exchange._renameat2() is None:
        pytest.skip("this system cannot")
    with pytest.raises(FileNotFoundError):
        exchange_names(pair[0], tmp_path / "absent")
    assert content(pair[0]) == ["of_a"]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM])
def test_kernel_that_cannot_is_said_by_the_answer(pair, monkeypatch, number):
    def refuse(*arguments):
        exchange.ctypes.set_errno(number)
        return -1

    monkeypatch.setattr(exchange, "_renameat2", lambda: refuse)
    assert exchange_names(*pair) is False


def test_system_without_the_call_is_said_by_the_answer(pair, monkeypatch):
    monkeypatch.setattr(exchange, "_renameat2", lambda: None)
    assert exchange_names(*pair) is False and content(pair[0]) == ["of_a"]
