import pytest

from otrain.cli._parser import Parser


@pytest.fixture
def parser():
    parser = Parser(prog="otrain-x")
    parser.add_argument("source", nargs="*")
    parser.add_argument("--cube", "--path-cube", "--path_cube", required=True, metavar="CUBE")
    parser.add_argument("--store", choices=("npz", "h5"))
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--shift", type=float)
    parser.add_argument("--json", action="store_true")
    return parser


@pytest.mark.parametrize(("words", "message"), [
    (["--cueb", "c"], "unknown flag '--cueb'. Did you mean '--cube'?"),
    (["--path_cub", "c"], "unknown flag '--path_cub'. Did you mean '--path_cube'?"),
    (["-cube", "c"], "unknown flag '-cube'. Did you mean '--cube'?"),
    (["--cube", "c", "--jason"], "unknown flag '--jason'. Did you mean '--json'?"),
    (["--cube", "c", "--xyzzy=3"], "unknown flag '--xyzzy'."),
    (["--cube", "c", "--store", "nzp"], "--store: unknown value 'nzp'. Did you mean 'npz'? Known: npz, h5."),
    (["--cube", "c", "--epochs", "two"], "--epochs: must be a whole number. Received: 'two'."),
    (["--cube", "c", "--shift", "x"], "--shift: must be a number. Received: 'x'."),
    (["--cube"], "--cube: its value is missing."),
    ([], "not given: --cube."),
])
def test_mistake_is_said_in_one_line_with_the_nearest_name(parser, capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"otrain-x: error: {message} See otrain-x --help.\n"


def test_word_that_no_flag_takes_is_named(capsys):
    with pytest.raises(SystemExit):
        Parser(prog="otrain-x").parse_args(["night"])
    assert "these words belong to no flag: night." in capsys.readouterr().err


@pytest.mark.parametrize("shift", ["-1", "-0.5", "-.5"])
def test_negative_number_is_no_flag(parser, shift):
    assert parser.parse_args(["--cube", "c", "--shift", shift]).shift == float(shift)


def test_what_follows_two_hyphens_is_no_flag(parser):
    assert parser.parse_args(["--cube", "c", "--", "--odd"]).source == ["--odd"]


def test_help_shows_each_spelling_once(parser):
    text = parser.format_help()
    assert "--cube, --path-cube CUBE" in text and "path_cube" not in text
    assert "--json\n" in text
