"""Values for flags from a TOML file: flag > ``--set`` > file > default, unknown keys refused."""

import argparse
import sys

from otrain.cli._dialects import Tables, change_table, chosen_dialect, known_tables, read_tables, translated
from otrain.errors import OtrainError
from otrain.registry import nearest

__all__ = ["apply_config", "resolved_values"]

_META = {"help", "version", "config", "set_", "debug", "passed", "beforehand", "tables"}


def apply_config(parser, argv=None, *, tables=None):
    """Parse `argv` with the values of ``--config`` and ``--set`` as defaults.

    A key is the name of a flag, with hyphens or underscores. Keys may stand at
    the top of the file or in a table named after the command (``[train]`` for
    otrain-train); tables of other otrain commands are left to those. A file with
    the tables of a dialect that a domain has for the command is translated first.

    Parameters
    ----------
    parser : ArgumentParser
    argv : list of str, optional
        By default the words of this process.
    tables : dict, optional
        What a file would hold, with paths from the current folder, instead of ``--config``.

    Returns
    -------
    argparse.Namespace
        With all flags, in `passed` the values of a dialect that are no flags, and in `beforehand` what the
        domain has to do first; `tables` is the whole file, changed by ``--set``.

    Raises
    ------
    SystemExit
        With code 2, after the usage line, as for any wrong flag.
    """
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--config", "--toml", dest="config")
    first.add_argument("--set", action="append", default=[], dest="set_")
    first.add_argument("--domain")
    given, _ = first.parse_known_args(argv)
    actions, passed, notes, prepare = _by_key(parser), {}, (), ""
    try:
        tables = read_tables(given.config) if given.config else Tables(_copied(tables or {}))
        singles = _changed(parser, tables, given.set_, actions)
        whole = _copied(tables)
        values = _own(parser, given.config, tables, actions)
        if tables:
            domain = given.domain or values.get("domain") or getattr(parser, "domain", None)
            name, dialect = chosen_dialect(_command(parser), tables, domain)
            if dialect is None:
                _refuse(parser, given.config, tables, actions)
            prepare = dialect.prepare
            told, notes = translated(dialect, tables, given.config)
            passed = {key: value for key, value in told.items() if key not in actions}
            flags = {key: value for key, value in told.items() if key in actions and value is not None}
            values = {"domain": name, **flags, **values} if "domain" in actions else flags | values
    except OtrainError as error:
        _fail(parser, error)
    values |= singles
    _set_defaults(parser, actions, values)
    args = parser.parse_args(argv)
    args.passed, args.beforehand, args.tables = passed, prepare, whole
    for note in () if getattr(args, "quiet", False) else notes:
        print(f"{parser.prog}: note: {note}", file=sys.stderr)
    return args


def _command(parser):
    return parser.prog.removeprefix("otrain-").replace("-", "_")


def _copied(tables):
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in tables.items()}


def _fail(parser, error):
    if error.exit_code == 2:
        parser.error(str(error))
    parser.exit(error.exit_code, f"{parser.prog}: error: {error}\n")


def _set_defaults(parser, actions, values):
    """Make the values the defaults of their flags."""
    for key, value in values.items():
        action = actions.get(key.replace("-", "_"))
        if action is None:
            known = sorted(name.replace("_", "-") for name in actions)
            parser.error(f"unknown configuration key {key!r}.{nearest(key, known)} "
                         f"Known: {', '.join(known)}.")
        parser.set_defaults(**{action.dest: _converted(parser, action, key, value)})
        action.required = False


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


def _changed(parser, tables, texts, actions):
    """Change the tables of a file as ``--set a.b=c`` says, and return the values of single flags."""
    singles = {}
    for text in texts:
        key, value = _from_text(parser, text)
        if "." in key or (key.replace("-", "_") not in actions and key in tables):
            change_table(tables, key, value, command=_command(parser))
        else:
            singles[key] = value
    return singles


def _own(parser, path, tables, actions):
    """Take what is in the common schema out of the tables of a file and return it."""
    name = parser.prog.removeprefix("otrain-")
    own = tables.pop(name, {})
    if not isinstance(own, dict):
        parser.error(f"--config {path}: {name!r} must be a table [{name}]. Received: {own!r}")
    for key in [key for key, value in tables.items() if isinstance(value, dict) and _is_command(key)]:
        del tables[key]
    plain = [key for key, value in tables.items()
             if not isinstance(value, dict) and key.replace("-", "_") in actions]
    return {key: tables.pop(key) for key in plain} | own


def _refuse(parser, path, tables, actions):
    """Say which key or table of a file nobody knows."""
    name = parser.prog.removeprefix("otrain-")
    for key, value in tables.items():
        if isinstance(value, dict):
            known = known_tables(_command(parser))
            also = f" Known besides: {', '.join(known)}." if known else ""
            parser.error(f"--config {path}: unknown table [{key}].{nearest(key, (name, *known))} "
                         f"Use [{name}] or no table.{also}")
    _set_defaults(parser, actions, tables)


def _is_command(name):
    from otrain.catalogue import WORKFLOWS

    return name.replace("-", "_") in WORKFLOWS


def _from_text(parser, text):
    from otrain.data.files.toml_file import parse_toml

    key, equals, value = text.partition("=")
    if not equals:
        parser.error(f"--set {text}: expected KEY=VALUE")
    try:
        return key.strip(), parse_toml(f"value = {value}")["value"]
    except ValueError:
        return key.strip(), value.strip()  # a bare word is a string


def _converted(parser, action, key, value):
    """Return `value` as the flag itself would have parsed it."""
    if action.nargs == 0 or isinstance(action, argparse.BooleanOptionalAction):
        if not isinstance(value, bool):
            parser.error(f"configuration key {key!r} must be true or false. Received: {value!r}")
        # --no-contact-sheet sets a value of false: `no-contact-sheet = true` is what its flag says.
        return value if getattr(action, "const", True) is not False else not value
    items = value if isinstance(value, list | tuple) else [value]
    try:
        items = [parser._get_value(action, str(item)) for item in items]
        for item in items:
            parser._check_value(action, item)
    except argparse.ArgumentError as error:
        print(f"{parser.prog}: configuration key {key!r}", file=sys.stderr)
        parser.error(str(error))
    if action.nargs in (None, "?"):
        if isinstance(value, list | tuple):
            parser.error(f"configuration key {key!r} takes one value. Received: {value!r}")
        return items[0]
    return items
