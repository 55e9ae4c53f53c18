"""What a shell must be told, so that the tab key completes commands, flags and values; written by shtab."""

import argparse
from importlib import import_module

from otrain.catalogue import DOMAINS, EXPLAINERS, MODELS, READERS, TASKS, WORKFLOWS
from otrain.cli._parser import Parser
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["SHELLS", "completion"]

SHELLS = ("bash", "zsh")
FILES = {"CUBE", "FILE", "FOLDER", "PATH", "CUBE|FOLDER", "DIR", "YAML"}  # metavars of what lies on the disk
# Names of the catalogue that a flag takes without argparse knowing them: packages may add some.
NAMES = {"architecture": MODELS, "domain": DOMAINS, "method": EXPLAINERS, "reader": READERS, "task": TASKS}


def completion(words):
    """Return the completion script for a shell, for ``otrain`` and for every ``otrain-...``.

    Parameters
    ----------
    words : list of str
        The name of the shell.

    Raises
    ------
    UsageError
        If it is none of `SHELLS`.
    """
    if len(words) != 1 or words[0] not in SHELLS:
        close = nearest(words[0], SHELLS) if words else ""
        raise UsageError(f"completion takes the name of a shell.{close} Known: {', '.join(SHELLS)}. "
                         f"Received: {' '.join(words) or 'nothing'}.")
    shell = words[0]
    import shtab

    parsers = {stem: _completed(_parser_of(stem)) for stem in WORKFLOWS}
    whole = Parser(prog="otrain")
    commands = whole.add_subparsers(dest="command", parser_class=_Copy)
    for stem, parser in parsers.items():
        commands.add_parser(stem.replace("_", "-"), help=WORKFLOWS[stem].summary, original=parser)
    shells = commands.add_parser("completion", help="for a shell", original=Parser(prog="completion"))
    shells.add_argument("shell", choices=SHELLS)
    return "\n".join(shtab.complete(parser, shell=shell) for parser in (whole, *parsers.values()))


def _parser_of(stem):
    return import_module(f"otrain.cli.{stem}").build_parser()


def _completed(parser):
    """Say of every flag what its value is: a file, or a name of the catalogue."""
    import shtab

    for action in parser._actions:
        metavars = action.metavar if isinstance(action.metavar, tuple) else (action.metavar,)
        if action.dest in NAMES and action.choices is None and action.nargs != 0:
            action.choices = list(NAMES[action.dest])
        elif FILES & set(metavars):
            action.complete = shtab.FILE
    return parser


class _Copy(argparse.ArgumentParser):
    """A sub-command with the flags of a parser that exists."""

    def __init__(self, *, original, **options):
        super().__init__(prog=options.get("prog"), description=original.description, add_help=False,
                         allow_abbrev=False)
        for action in original._actions:
            self._add_action(action)
