"""Every otrain command in a document, a help text or an example script is parsed by its real parser."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from otrain.cli._command import COMMON
from otrain.cli._config import apply_config

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted({ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("data_examples/**/*.md"),
                *ROOT.glob("data_examples/**/*.sh")})
ALIASES = {"otrain-plots-results": "otrain-plot-results"}
STEMS = sorted(path.stem for path in (ROOT / "otrain" / "cli").glob("[!_]*.py"))
NAMES = [stem.replace("_", "-") for stem in STEMS if stem != "otrain"]  # `otrain train` is otrain-train


def commands_of(text):
    """Yield every otrain command line of a text, without prompts, pipes and redirections."""
    text = re.sub(r"\\\n\s*", " ", text)
    for line in text.splitlines():
        for part in re.split(r"&&|\|\||;|\|", line):
            part = re.sub(r"^\s*(\$ )?(time )?", "", part).strip()
            part = re.sub(rf"^otrain ({'|'.join(NAMES)}) ", r"otrain-\1 ", part)
            if re.match(r"otrain-[a-z-]+ +(-|transients|lightcurves|glitches|images|<)", part):
                yield re.sub(r"\s(\d?>|<)\s*\S+", "", part)


def fenced(text):
    """Return the code blocks of a Markdown page; scripts are code altogether."""
    return "\n".join(re.findall(r"```[^\n]*\n(.*?)```", text, re.S))


def cases():
    for page in PAGES:
        text = page.read_text() if page.is_file() else ""
        for command in commands_of(fenced(text) if page.suffix == ".md" else text):
            yield str(page.relative_to(ROOT)), command
    for stem in STEMS:
        parser = import_module(f"otrain.cli.{stem}").build_parser()
        for command in commands_of(parser.epilog or ""):
            yield f"{parser.prog} --help", command


CASES = list(cases())


def test_documents_and_help_texts_show_commands():
    assert len(CASES) >= 2 * len(STEMS)
    shown = {command.split()[0] for _, command in CASES}
    assert shown >= {f"otrain-{name}" for name in NAMES}


@pytest.mark.parametrize(("place", "command"), CASES, ids=[f"{p}: {c[:60]}" for p, c in CASES])
def test_documented_command_is_parsed(place, command, monkeypatch):
    # Where the examples' configuration files lie: pages name them as they are there.
    monkeypatch.chdir(ROOT / "data_examples" / "lenses" if ".toml" in command else ROOT)
    name, *words = shlex.split(command, comments=True)
    name = ALIASES.get(name, name)
    module = import_module(f"otrain.cli.{name.removeprefix('otrain-').replace('-', '_')}")
    if {"-h", "--help", "--version"} & set(words):
        return
    try:
        apply_config(module.build_parser(), words)
    except SystemExit:
        pytest.fail(f"{place}: `{command}` is not accepted")


@pytest.mark.parametrize("stem", STEMS)
def test_page_of_the_command_names_every_flag(stem):
    page = (ROOT / "docs" / "commands" / f"{stem}.md").read_text()
    parser = import_module(f"otrain.cli.{stem}").build_parser()
    for action in parser._actions:
        if action.option_strings and action.dest not in {"help", "version", *COMMON}:
            assert any(flag in page for flag in action.option_strings), f"{action.option_strings} is not in the page"


def test_links_between_pages_lead_somewhere():
    links = 0
    for page in PAGES:
        if page.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
                links += 1
    assert links
