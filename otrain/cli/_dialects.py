"""Configuration files in the tables of another program: which domain knows them, and their translation."""

from importlib import import_module

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["Tables", "change_table", "chosen_dialect", "known_tables", "prepare", "read_tables",
           "told_domain", "translated"]


class Tables(dict):
    """What a TOML file holds, and how the command line has changed it.

    Parameters
    ----------
    tables : dict
    """

    def __init__(self, tables=()):
        super().__init__(tables)
        self.changes = []

    def apply_changes(self, tables):
        """Change other tables, in place, as ``--set a.b=c`` has changed these."""
        for names, value in self.changes:
            _change(tables, names, value)


def read_tables(path):
    """Return what a TOML file holds, as `Tables`.

    Raises
    ------
    UsageError
        If it cannot be read, or is none.
    """
    from otrain.data.files.toml_file import load_toml

    try:
        return Tables(load_toml(path))
    except (OSError, ValueError) as error:  # no TOML, no text, too many digits, too deep
        raise UsageError(f"--config {path}: {error}") from None


def change_table(tables, key, value, *, command):
    """Set one value in the tables of a file, in place.

    Parameters
    ----------
    tables : Tables
    key : str
        Names of tables and of the key, with dots between; a table of a known name is made.
    value : object
    command : str
        Whose dialects know further names of tables.

    Raises
    ------
    UsageError
        If no table of that name is there and no dialect of the command knows it.
    """
    first, *others = key.split(".")
    known = [*tables, command.replace("_", "-"), *known_tables(command)]
    if first not in known:
        raise UsageError(f"--set {key}: the file has no table {first!r}.{nearest(first, known)} "
                         f"Known: {', '.join(dict.fromkeys(known))}.")
    _change(tables, [first, *others], value)
    tables.changes.append(([first, *others], value))


def _change(table, names, value):
    """Set the value at the end of some names of tables, one in another."""
    for name in names[:-1]:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"--set {'.'.join(names)}: {name!r} is a value, not a table. "
                             f"Received: {table!r}")
    table[names[-1]] = value


def known_tables(command):
    """Return the names of the tables in all dialects of a command."""
    return list(dict.fromkeys(name for _, dialect in _dialects(command) for name in dialect.known))


def chosen_dialect(command, tables, domain=None):
    """Return the domain that knows the tables of a file, and its dialect; twice None if there is none.

    Parameters
    ----------
    command : str
        Name of the workflow.
    tables : dict
        What the file holds besides the common schema.
    domain : str, optional
        The only one that is asked.

    Raises
    ------
    UsageError
        If several domains know such tables, or the one that does has no name for some of them.
    """
    found = [(name, dialect) for name, dialect in _dialects(command)
             if domain in (None, name) and any(section in tables for section in dialect.sections)]
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise UsageError(f"the configuration file could be one for {names}. Choose with --domain.")
    if not found:
        return None, None
    name, dialect = found[0]
    for key, value in tables.items():
        if key not in dialect.known:
            what = f"table [{key}]" if isinstance(value, dict) else f"key {key!r}"
            raise UsageError(f"the configuration file for {name} has an unknown {what}."
                             f"{nearest(key, dialect.known)} Known: {', '.join(dialect.known)}.")
    return name, dialect


def translated(dialect, tables, path):
    """Return the values that a dialect gives, by names with underscores, and its notes."""
    values, notes = _load(dialect.translate)(tables, path)
    return {key.replace("-", "_"): value for key, value in values.items()}, tuple(notes)


def prepare(args):
    """Let the domain write what the command needs, and put what it returns into `args`.

    Returns
    -------
    tuple of str
        Sentences for the user.
    """
    if not args.beforehand:
        return ()
    ours = ("passed", "beforehand", "tables")
    flags = {name: value for name, value in vars(args).items() if name not in ours}
    values, notes = _load(args.beforehand)(args.passed, flags)
    args.passed = {name: value for name, value in values.items() if name not in flags}
    for name in values.keys() & flags.keys():
        setattr(args, name, values[name])
    return tuple(notes)


def _load(target):
    module, _, function = target.partition(":")
    return getattr(import_module(module), function)


def told_domain(command, argv):
    """Return the domain whose dialect the configuration file of a command line is in, else None."""
    pairs = zip(argv, [*argv[1:], ""], strict=False)
    paths = [word.partition("=")[2] if "=" in word else after for word, after in pairs
             if word.partition("=")[0] in ("--config", "--toml")]
    try:
        return chosen_dialect(command, read_tables(paths[-1]))[0] if paths else None
    except UsageError:
        return None  # is said when the flags are parsed


def _dialects(command):
    """Yield the domains that have a dialect for a command, and the dialects."""
    from otrain.catalogue import FLAGS

    for name in FLAGS:
        brought = getattr(FLAGS.load(name), "dialects", {})
        if command in brought:
            yield name, brought[command]
