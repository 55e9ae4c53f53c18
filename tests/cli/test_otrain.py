import re
import subprocess
import sys

import pytest

import otrain
from otrain.catalogue import WORKFLOWS
from otrain.cli.otrain import PURPOSES, main, table


def test_without_words_every_command_stands_in_the_table(capsys):
    assert main([]) == 0
    shown = re.findall(r"^  ([a-z-]+)  ", capsys.readouterr().out, re.M)
    assert sorted(shown) == sorted(name.replace("_", "-") for name in WORKFLOWS)


def test_table_sorts_commands_by_what_they_are_for():
    lines = "\n".join(table())
    assert lines.index("get data ready") < lines.index("  convert ") < lines.index("train a network")
    assert "more" not in PURPOSES


def test_command_without_a_purpose_stands_at_the_end(monkeypatch):
    monkeypatch.setattr("otrain.cli.otrain.PURPOSES", {"train a network": ("train", "not_written_yet")})
    lines = "\n".join(table())
    assert lines.index("  train ") < lines.index("\nmore\n") < lines.index("  convert ")
    assert "not-written-yet" not in lines


def test_table_loads_nothing_but_the_standard_library():
    code = ("import sys; from otrain.cli.otrain import main; main([]); "
            "print(sorted({'numpy', 'tensorflow', 'keras', 'shtab', 'importlib.metadata'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["plot-results", "plot_results", "plots-results"])
def test_command_is_passed_its_words(monkeypatch, name):
    given = []
    monkeypatch.setattr("otrain.cli.plot_results.main", lambda argv: given.append(argv) or 5)
    assert main([name, "--cube", "c"]) == 5 and given == [["--cube", "c"]]


def test_unknown_command_is_answered_with_the_nearest(capsys):
    assert main(["trian", "--cube", "c"]) == 2
    assert "otrain: error: unknown command 'trian'. Did you mean 'train'?" in capsys.readouterr().err


def test_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"otrain {otrain.__version__}\n"


def test_shell_that_is_not_known_is_refused(capsys):
    assert main(["completion", "bsh"]) == 2
    assert "Did you mean 'bash'? Known: bash, zsh. Received: bsh." in capsys.readouterr().err
