import tomllib

import pytest

from otrain.data.files.toml_text import toml_text

TABLES = {"plain": 1, "train": {"cube": "night.npz", "rate": 1e-05, "on": True, "names": ["a", "b"], "none": []},
          "dataset": {"directory": "im", "training": {"filename": "t.csv"}}, "odd name": {"k.e y": "v"}, "empty": {}}


def test_tables_are_read_back_as_they_were():
    assert tomllib.loads(toml_text(TABLES)) == TABLES


@pytest.mark.parametrize("text", ['say "hi"', "back\\slash", "line\nbreak\ttab", "\x00\x1f\x7f", "übung 🔭", "# none", ""])
def test_every_text_is_read_back_as_it_was(text):
    assert tomllib.loads(toml_text({"t": {text or "key": text}})) == {"t": {text or "key": text}}


def test_what_toml_has_no_value_for_is_refused():
    with pytest.raises(TypeError, match="object"):
        toml_text({"a": object()})
