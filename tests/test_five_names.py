"""One stem names the console script, the command, the workflow, its test and its page."""

from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

import pytest

from otrain.catalogue import WORKFLOWS

ROOT = Path(__file__).parent.parent


def console_scripts():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options.entry_points"]["console_scripts"].strip().splitlines()
    return dict(map(str.strip, line.split("=")) for line in lines)


SCRIPTS = console_scripts()
ALIASES = {"otrain-plots-results": "otrain-plot-results"}  # O'TRAIN's pages and its code differ
UMBRELLA = "otrain"  # the door to the others, not a command: docs/decisions/0004-one-language-of-flags.md
STEMS = sorted(path.stem for path in (ROOT / "otrain" / "cli").glob("[!_]*.py") if path.stem != UMBRELLA)


def test_there_are_commands_to_check():
    assert len(STEMS) >= 4


@pytest.mark.parametrize("stem", STEMS)
def test_command_has_its_five_names(stem):
    assert SCRIPTS[f"otrain-{stem.replace('_', '-')}"] == f"otrain.cli.{stem}:main"
    for path in (f"otrain/cli/{stem}.py", f"otrain/workflows/{stem}.py",
                 f"tests/cli/test_{stem}.py", f"docs/commands/{stem}.md"):
        assert (ROOT / path).is_file(), f"{path} is missing"


def test_umbrella_has_all_names_but_a_workflow():
    assert SCRIPTS[UMBRELLA] == f"otrain.cli.{UMBRELLA}:main"
    for path in (f"tests/cli/test_{UMBRELLA}.py", f"docs/commands/{UMBRELLA}.md"):
        assert (ROOT / path).is_file(), f"{path} is missing"


@pytest.mark.parametrize("stem", STEMS)
def test_workflow_is_in_the_catalogue_under_its_name(stem):
    assert WORKFLOWS.load(stem).__name__ == stem


@pytest.mark.parametrize("script", SCRIPTS)
def test_console_script_leads_to_a_parser_of_that_name(script):
    module = import_module(SCRIPTS[script].partition(":")[0])
    assert module.build_parser().prog == ALIASES.get(script, script)
