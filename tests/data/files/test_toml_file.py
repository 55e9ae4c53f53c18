import ast
from pathlib import Path

import pytest

import otrain
from otrain.data.files.toml_file import DEEPEST, load_toml, parse_toml

ROOT = Path(otrain.__file__).parent


def test_file_gives_its_tables(tmp_path):
    (tmp_path / "a.toml").write_bytes("# \u03b1\r\n[a]\r\nb = 'x'\r\n".encode())
    assert load_toml(tmp_path / "a.toml") == {"a": {"b": "x"}}


@pytest.mark.parametrize("text", [
    "a = " + "[" * 20_000, ".".join("a" * 5000) + " = 1", f"a = {'[' * (DEEPEST + 1)}{']' * (DEEPEST + 1)}",
    f"[{'.'.join('a' * 3000)}]", "a = ", "a = 1\na = 2", f"a = {'9' * 10_000}"])
def test_text_that_is_no_settings_is_refused(text):
    with pytest.raises(ValueError):
        parse_toml(text)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ValueError):
        load_toml(tmp_path / "a.toml")


def test_tables_as_deep_as_allowed_are_read():
    assert parse_toml(f"a = {'[' * DEEPEST}{']' * DEEPEST}")


def test_no_other_module_reads_toml():
    calls = {f"{path.relative_to(ROOT)}" for path in ROOT.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.Import) and any(name.name == "tomllib" for name in node.names)}
    assert calls == {"data/files/toml_file.py"}
