import argparse

import pytest

from otrain.cli._command import make_parser
from otrain.cli._config import apply_config, resolved_values


@pytest.fixture
def parser():
    parser = make_parser("otrain-train", "test")
    parser.add_argument("--cube", required=True)
    parser.add_argument("--frac-true", "--frac_true", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--channels", nargs="+", default=None)
    parser.add_argument("--store", choices=["npz", "folder"], default="npz")
    parser.add_argument("--turn", action=argparse.BooleanOptionalAction, default=True)
    return parser


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return ["--config", str(path)]

    return write


def test_file_gives_values_even_for_required_flags(parser, config):
    args = apply_config(parser, config('cube = "a.npz"\nepochs = 3\nfrac-true = 1'))
    assert (args.cube, args.epochs, args.frac_true) == ("a.npz", 3, 1.0)


def test_flag_beats_set_beats_file(parser, config):
    base = config('cube = "a"\nepochs = 3')
    assert apply_config(parser, [*base, "--set", "epochs=4"]).epochs == 4
    assert apply_config(parser, [*base, "--set", "epochs=4", "--epochs", "5"]).epochs == 5


def test_table_of_the_command_beats_the_top_of_the_file(parser, config):
    args = apply_config(parser, config('cube = "a"\nepochs = 1\n[train]\nepochs = 2\n[infer]\nmodel = "m"'))
    assert args.epochs == 2


def test_underscores_and_hyphens_are_the_same(parser, config):
    assert apply_config(parser, config('cube = "a"\nfrac_true = 0.25')).frac_true == 0.25


@pytest.mark.parametrize(("text", "words"), [
    ("epoch = 3", "unknown configuration key 'epoch'. Did you mean 'epochs'?"),
    ("[trian]\nepochs = 3", r"unknown table \[trian\]"),
    ("overwrite = 1", "must be true or false. Received: 1"),
    ("epochs = [1, 2]", "takes one value"),
    ('epochs = "many"', "must be a whole number. Received: 'many'"),
    ('store = "zip"', "--store: unknown value 'zip'"),
    ("epochs = ", "Invalid value"),
])
def test_wrong_configuration_is_a_usage_error(parser, config, capsys, text, words):
    with pytest.raises(SystemExit) as stop:
        apply_config(parser, [*config(text), "--cube", "a"])
    assert stop.value.code == 2
    import re

    assert re.search(words.replace("?", r"\?") if "mean" in words else words, capsys.readouterr().err)


def test_missing_file_is_a_usage_error(parser, capsys):
    with pytest.raises(SystemExit, match="2"):
        apply_config(parser, ["--config", "nowhere.toml", "--cube", "a"])
    assert "nowhere.toml" in capsys.readouterr().err


def test_lists_and_switches_are_taken(parser, config):
    args = apply_config(parser, config('cube="a"\nchannels=["science", "difference"]\noverwrite=true\nturn=false'))
    assert args.channels == ["science", "difference"]
    assert args.overwrite is True and args.turn is False


def test_bare_word_of_set_is_a_string(parser):
    assert apply_config(parser, ["--set", "cube=night.npz"]).cube == "night.npz"


def test_resolved_values_are_plain_and_complete(parser):
    values = resolved_values(apply_config(parser, ["--cube", "a"]))
    assert values["cube"] == "a" and values["epochs"] == 10
    assert not {"config", "debug", "set"} & set(values)


def test_table_of_the_command_must_be_a_table(parser, config, capsys):
    with pytest.raises(SystemExit, match="2"):
        apply_config(parser, [*config("train = 3"), "--cube", "a"])
    assert "must be a table [train]. Received: 3" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "drawn"), [("no-sheet = true", False), ("no-sheet = false", True), ("", True)])
def test_flag_that_says_no_is_a_key_like_any_other(parser, config, text, drawn):
    parser.add_argument("--no-sheet", action="store_false", dest="sheet")
    assert apply_config(parser, [*config(text), "--cube", "a"]).sheet is drawn
