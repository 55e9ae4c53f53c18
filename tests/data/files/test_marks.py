import os

import pytest

from otrain.data.files.atomic import atomic_file, write_text
from otrain.data.files.marks import MOST, NAME, marked, read_mark


@pytest.fixture(autouse=True)
def _attributes(tmp_path):
    (tmp_path / "t").touch()
    try:
        os.setxattr(tmp_path / "t", NAME, b"{}")
    except (OSError, AttributeError):
        pytest.skip("no extended attributes here")


def test_file_gets_its_mark_before_its_name(tmp_path):
    asked = []

    def content():
        asked.append((tmp_path / "a").exists())
        return {"request": 7}

    with marked(tmp_path / "a", content):
        write_text(tmp_path / "b", "another file")
        with atomic_file(tmp_path / "a") as temporary:
            temporary.write_text("x")
            assert not asked
    assert read_mark(tmp_path / "a") == {"request": 7, "bytes": 1} and asked == [False]
    assert read_mark(tmp_path / "b") is None


def test_failure_leaves_the_older_file_with_its_mark(tmp_path):
    with marked(tmp_path / "a", lambda: {"of": "old"}):
        write_text(tmp_path / "a", "x")
    with pytest.raises(RuntimeError), marked(tmp_path / "a", lambda: {"of": "new"}), atomic_file(tmp_path / "a"):
        raise RuntimeError
    assert read_mark(tmp_path / "a") == {"of": "old", "bytes": 1}


def test_later_file_of_that_name_is_not_marked(tmp_path):
    with marked(tmp_path / "a", lambda: {"of": "first"}):
        write_text(tmp_path / "a", "x")
    write_text(tmp_path / "a", "y")
    assert read_mark(tmp_path / "a") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_mark_that_cannot_be_read_is_none(tmp_path, content):
    os.setxattr(tmp_path / "t", NAME, content)
    assert read_mark(tmp_path / "t") is None


def test_mark_that_is_too_long_is_left_out(tmp_path):
    with marked(tmp_path / "a", lambda: {"text": "x" * MOST}):
        write_text(tmp_path / "a", "x")
    assert read_mark(tmp_path / "a") is None and (tmp_path / "a").read_text() == "x"


def test_mark_of_a_file_that_has_changed_since_is_none(tmp_path):
    with marked(tmp_path / "a", lambda: {"of": "whole"}):
        write_text(tmp_path / "a", "whole")
    os.truncate(tmp_path / "a", 2)
    assert read_mark(tmp_path / "a") is None
