import pytest

from otrain.cli._command import make_parser
from otrain.cli._config import apply_config
from otrain.cli._dialects import Tables, change_table, chosen_dialect, prepare, told_domain
from otrain.domains.flags import Dialect, DomainFlags
from otrain.errors import DataError, UsageError


def translate(tables, path):
    if tables["lamps"].get("count") == 0:
        raise DataError("no lamp")
    return {"epochs": tables["lamps"]["count"], "colour": tables["lamps"].get("colour")}, [f"read {path}"]


def light_up(values, flags):
    return {"epochs": flags["epochs"] + 1, "shade": values["colour"] + "dish"}, ["lit"]


class Flags(dict):
    def load(self, name):
        return self[name]


OWN = Dialect("test__dialects:translate", ("lamps", "bulbs"), ("output",), "test__dialects:light_up")


@pytest.fixture(autouse=True)
def catalogue(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "test__dialects", sys.modules[__name__])
    flags = Flags(light=DomainFlags("light", dialects={"train": OWN}),
                  other=DomainFlags("other", dialects={"train": Dialect("none:none", ("bulbs", "wires"))}))
    monkeypatch.setattr("otrain.catalogue.FLAGS", flags)


@pytest.fixture
def parser():
    parser = make_parser("otrain-train", "test")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--domain")
    return parser


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "lamps.toml"
        path.write_text(text)
        return ["--toml", str(path)]

    return write


def test_dialect_gives_flags_and_passes_the_rest_on(parser, config, capsys):
    words = config('[lamps]\ncount = 3\ncolour = "red"')
    args = apply_config(parser, words)
    assert (args.epochs, args.domain, args.passed) == (3, "light", {"colour": "red"})
    assert f"otrain-train: note: read {words[1]}" in capsys.readouterr().err
    assert apply_config(parser, [*words, "--quiet"]).epochs == 3 and capsys.readouterr().err == ""


def test_domain_prepares_before_the_command_works(parser, config, capsys):
    from otrain.cli._command import run

    seen = []
    assert run(parser, seen.append, config('[lamps]\ncount = 3\ncolour = "red"')) == 0
    assert (seen[0].epochs, seen[0].passed) == (4, {"shade": "reddish"})
    assert "otrain-train: note: lit" in capsys.readouterr().err
    args = apply_config(parser, [])
    assert prepare(args) == () and args.passed == {}


def test_flag_beats_set_beats_own_table_beats_dialect(parser, config):
    words = config("[lamps]\ncount = 3\n[train]\nepochs = 4")
    assert apply_config(parser, words).epochs == 4
    assert apply_config(parser, [*words, "--set", "epochs=5"]).epochs == 5
    assert apply_config(parser, [*words, "--set", "epochs=5", "--epochs", "6"]).epochs == 6


def test_set_changes_a_table_before_it_is_translated(parser, config):
    assert apply_config(parser, [*config("[lamps]\ncount = 3"), "--set", "lamps.count=7"]).epochs == 7
    assert apply_config(parser, ["--set", "lamps.count=8"]).epochs == 8
    assert apply_config(parser, ["--set", "train.epochs=9"]).epochs == 9
    assert apply_config(parser, [*config("[lamps]\ncount = 3"), "--set", "lamps={count=2}"]).epochs == 2


@pytest.mark.parametrize(("text", "words", "said"), [
    ("[lamps]\ncount = 3", ["--set", "lmps.count=7"], "Did you mean 'lamps'?"),
    ("[lamps]\ncount = 3", ["--set", "lamps.count.more=7"], "'count' is a value, not a table"),
    ("[lamps]\ncount = 3\n[outptu]\na = 1", [], "unknown table [outptu]. Did you mean 'output'?"),
    ("[lamps]\ncount = 3\nfoo = 1", ["--domain", "other"], "unknown table [lamps]"),
    ("[lamp]\ncount = 3", [], "unknown table [lamp]. Did you mean 'lamps'?"),
    ("[bulbs]\ncount = 3", [], "could be one for light, other. Choose with --domain"),
    ('[lamps]\ncount = "x"', [], "must be a whole number. Received: 'x'"),
])
def test_what_no_dialect_knows_is_refused(parser, config, capsys, text, words, said):
    with pytest.raises(SystemExit) as stop:
        apply_config(parser, [*config(text), *words])
    assert stop.value.code == 2 and said in capsys.readouterr().err


def test_error_of_the_translation_keeps_its_exit_code(parser, config, capsys):
    with pytest.raises(SystemExit) as stop:
        apply_config(parser, config("[lamps]\ncount = 0"))
    assert stop.value.code == 4 and "otrain-train: error: no lamp" in capsys.readouterr().err


def test_domain_can_be_told_by_the_file_before_the_flags_are_known(config):
    assert told_domain("train", config("[lamps]\ncount = 3")) == "light"
    assert told_domain("train", ["--config", "nowhere.toml"]) is None and told_domain("train", []) is None
    assert told_domain("infer", config("[lamps]\ncount = 3")) is None


def test_table_is_made_where_the_dialect_knows_its_name():
    tables = Tables({"lamps": {}})
    change_table(tables, "output.deep.name", "a", command="train")
    assert tables == {"lamps": {}, "output": {"deep": {"name": "a"}}}
    other = {"output": {"deep": 1}, "lamps": 2}
    with pytest.raises(UsageError, match="'deep' is a value"):
        tables.apply_changes(other)
    other["output"] = {"deep": {"name": "b", "more": 1}}
    tables.apply_changes(other)
    assert other == {"output": {"deep": {"name": "a", "more": 1}}, "lamps": 2}
    with pytest.raises(UsageError, match="Known: lamps, output, infer"):
        change_table(tables, "wires.name", "a", command="infer")


def test_domain_that_was_chosen_alone_is_asked():
    assert chosen_dialect("train", {"bulbs": {}}, "light") == ("light", OWN)
    assert chosen_dialect("train", {"bulbs": {}}, "third") == (None, None)
