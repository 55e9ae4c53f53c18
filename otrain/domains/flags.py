"""The flags that a domain brings to the commands, as plain data that loads nothing heavy."""

from dataclasses import dataclass, field

__all__ = ["Dialect", "DomainFlags", "Flag"]


@dataclass(frozen=True)
class Flag:
    """One flag of a command, whose value a domain understands.

    Parameters
    ----------
    name : str
        Of the option with underscores: ``median_window`` is written ``--median-window`` as well.
    help : str
        A lower-case fragment with unit and, in brackets, the default.
    kind : type
        ``str``, ``float``, ``int``, or ``bool`` for a flag without a value.
    metavar : str or tuple of str, optional
        What stands for its value in the help.
    least : int, optional
        Smallest value of a whole number.
    choices : tuple of str, optional
        All the values that there are.
    many : "+" or int, optional
        That it takes several values, or so many.
    alone : object, optional
        Value of the flag where nothing follows it; without it something must follow.
    default : object, optional
        Value where the flag is not given; None: the function that takes it has its own.
    parameter : str, optional
        Name of the value in the function that takes it; by default `name`.
    value : bool
        What a flag of kind ``bool`` stands for.
    both_ways : bool
        Whether a flag of kind ``bool`` has a twin ``--no-...``.
    short : str
        One letter or digit: with ``"z"`` the flag is written ``-z``, too.
    """

    name: str
    help: str
    kind: type = str
    metavar: str | tuple[str, ...] | None = None
    least: int | None = None
    choices: tuple[str, ...] | None = None
    many: str | int | None = None
    alone: object = None
    default: object = None
    parameter: str = ""
    value: bool = True
    both_ways: bool = False
    short: str = ""

    @property
    def target(self):
        """Name of the value in the function that takes it."""
        return self.parameter or self.name


@dataclass(frozen=True)
class Dialect:
    """A form of TOML file, of another program perhaps, that a domain translates to values for one command.

    Parameters
    ----------
    translate : str
        ``"module:function"`` of ``translate(tables, path) -> (values, notes)``, imported on use. `tables` is
        the file as TOML reads it, changed by ``--set a.b=c``, without what is in the common schema; `path` is
        the path of the file, or None. `values` holds, by its name with underscores, the value of every flag
        and of every parameter of the domain that is no flag; `notes` are sentences for the user. It refuses a
        key that it does not know with a UsageError that names the nearest one. It writes nothing. Where it
        reads further files that overrule the first, ``tables.apply_changes(merged)`` says ``--set`` again.
    sections : tuple of str
        Tables of which one at least tells that a file is of this dialect.
    further : tuple of str
        Tables and single keys at the top of the file that may stand there too.
    prepare : str, optional
        ``"module:function"`` of ``prepare(values, flags) -> (values, notes)``, called once before the command
        does its work: what has to be written first. `values` are those that are no flags, `flags` those
        that are, by name; what it returns takes the place of both.
    """

    translate: str
    sections: tuple[str, ...]
    further: tuple[str, ...] = ()
    prepare: str = ""

    @property
    def known(self):
        """All that may stand at the top of a file."""
        return *self.sections, *self.further


@dataclass(frozen=True)
class DomainFlags:
    """The flags of one domain, command by command.

    Parameters
    ----------
    title : str
        Heading of the domain's flags in the help, e.g. ``"light curves"``.
    convert : tuple of Flag
        How files are read and prepared: parameters of the domain's `make_recipe`.
    infer : tuple of Flag
        How raw files are scored.
    simulate : tuple of Flag
        What is made up: parameters of `check` of the simulator of the same name.
    about : dict of str to str
        By the name of a command what else its flags mean for this domain, in a sentence or two.
    examples : dict of str to str
        By the name of a command, lines for the end of its help; a test parses each.
    dialects : dict of str to Dialect
        By the name of a command the form of configuration file that it takes besides the common schema.
    """

    title: str
    convert: tuple[Flag, ...] = ()
    infer: tuple[Flag, ...] = ()
    simulate: tuple[Flag, ...] = ()
    about: dict[str, str] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    dialects: dict[str, Dialect] = field(default_factory=dict)

    def parameters(self, command):
        """Return the parameter that each flag of a command sets, by the name of the flag."""
        return {flag.name: flag.target for flag in getattr(self, command)}
