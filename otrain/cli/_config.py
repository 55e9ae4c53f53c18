"""Values for flags from a TOML file: flag > ``--set`` > file > default, unknown keys refused."""

import argparse
import sys

from otrain.registry import nearest

__all__ = ["apply_config", "resolved_values"]

_META = {"help", "version", "config", "set_", "debug"}


def apply_config(parser, argv=None):
    """Parse `argv` with the values of ``--config`` and ``--set`` as defaults.

    A key is the name of a flag, with hyphens or underscores. Keys may stand at
    the top of the file or in a table named after the command (``[train]`` for
    otrain-train); tables of other otrain commands are left to those.

    Returns
    -------
    argparse.Namespace

    Raises
    ------
    SystemExit
        With code 2, after the usage line, as for any wrong flag.
    """
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--config")
    first.add_argument("--set", action="append", default=[], dest="set_")
    given, _ = first.parse_known_args(argv)
    values = _from_file(parser, given.config) if given.config else {}
    for text in given.set_:
        values.update(_from_text(parser, text))
    actions = _by_key(parser)
    for key, value in values.items():
        action = actions.get(key.replace("-", "_"))
        if action is None:
            known = sorted(name.replace("_", "-") for name in actions)
            parser.error(f"unknown configuration key {key!r}.{nearest(key, known)} "
                         f"Known: {', '.join(known)}.")
        parser.set_defaults(**{action.dest: _converted(parser, action, key, value)})
        action.required = False
    return parser.parse_args(argv)


def resolved_values(args):
    """Return every value that a command runs with, as plain types for ``run.json``."""
    return {
        name.rstrip("_"): value if isinstance(value, (int, float, bool, list, type(None))) else str(value)
        for name, value in sorted(vars(args).items()) if name not in _META
    }


def _by_key(parser):
    """Map every spelling of every flag, underscored, to its argparse action."""
    return {
        name: action
        for action in parser._actions if action.dest not in _META
        for name in {action.dest, *(o.lstrip("-").replace("-", "_") for o in action.option_strings)}
        # `turn = false` says what --no-turn says.
        if not (name.startswith("no_") and isinstance(action, argparse.BooleanOptionalAction))
    }


def _from_file(parser, path):
    import tomllib

    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except (OSError, ValueError, RecursionError) as error:  # no TOML, no text, too many digits, too deep
        parser.error(f"--config {path}: {error}")
    name = parser.prog.removeprefix("otrain-")
    own = table.pop(name, {})
    if not isinstance(own, dict):
        parser.error(f"--config {path}: {name!r} must be a table [{name}]. Received: {own!r}")
    flat = {key: value for key, value in table.items() if not isinstance(value, dict)}
    for key in table.keys() - flat.keys():
        if not _is_command(key):
            parser.error(f"--config {path}: unknown table [{key}]. Use [{name}] or no table.")
    return flat | own


def _is_command(name):
    from otrain.catalogue import WORKFLOWS

    return name.replace("-", "_") in WORKFLOWS


def _from_text(parser, text):
    import tomllib

    key, equals, value = text.partition("=")
    if not equals:
        parser.error(f"--set {text}: expected KEY=VALUE")
    try:
        return {key.strip(): tomllib.loads(f"value = {value}")["value"]}
    except (ValueError, RecursionError):
        return {key.strip(): value.strip()}  # a bare word is a string


def _converted(parser, action, key, value):
    """Return `value` as the flag itself would have parsed it."""
    if action.nargs == 0 or isinstance(action, argparse.BooleanOptionalAction):
        if not isinstance(value, bool):
            parser.error(f"configuration key {key!r} must be true or false. Received: {value!r}")
        # --no-contact-sheet sets a value of false: `no-contact-sheet = true` is what its flag says.
        return value if getattr(action, "const", True) is not False else not value
    items = value if isinstance(value, list) else [value]
    try:
        items = [parser._get_value(action, str(item)) for item in items]
        for item in items:
            parser._check_value(action, item)
    except argparse.ArgumentError as error:
        print(f"{parser.prog}: configuration key {key!r}", file=sys.stderr)
        parser.error(str(error))
    if action.nargs in (None, "?"):
        if isinstance(value, list):
            parser.error(f"configuration key {key!r} takes one value. Received: {value!r}")
        return items[0]
    return items
