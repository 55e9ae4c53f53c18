import io

import pytest

from otrain.cli._sources import gather_sources, parse_list
from otrain.errors import DataError, UsageError


def test_lines_end_as_they_like_and_comments_are_left_out():
    assert parse_list(b"\xef\xbb\xbf# night\r\na.fits\r\n\n  \nb c.fits") == ["a.fits", "b c.fits"]


def test_names_with_nul_may_hold_anything():
    assert parse_list(b"a\nb.fits\0#c.fits\0") == ["a\nb.fits", "#c.fits"]


def test_file_that_begins_like_a_comment_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "#1.fits").touch()
    assert parse_list(b"#1.fits\n#2.fits\n") == ["#1.fits"]


def test_one_path_stays_one():
    assert gather_sources(["night"]) == gather_sources("night") == "night"
    assert gather_sources(["a", "b*"]) == ["a", "b*"]


def test_list_in_a_file_is_read_with_names_relative_to_it(tmp_path):
    (tmp_path / "a.fits").touch()
    (tmp_path / "list.txt").write_bytes(b"a.fits\r\nnowhere.fits\r\n")
    expected = [str(tmp_path / "a.fits"), str(tmp_path / "nowhere.fits")]
    assert gather_sources(["x", f"@{tmp_path}/list.txt"])[:2] == ["x", expected[0]]


def test_list_on_standard_input_is_read(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a.fits\nb.fits\n")))
    assert gather_sources(["-"]) == ["a.fits", "b.fits"]


def test_list_that_names_nothing_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "list.txt").write_text("# nothing\n")
    with pytest.raises(UsageError, match="names nothing"):
        gather_sources([f"@{tmp_path}/list.txt"])
    with pytest.raises(DataError, match="cannot be read"):
        gather_sources(["@nowhere.txt"])
