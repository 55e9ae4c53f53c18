"""Values of flags that several commands take: counts and fractions, with words for wrong ones."""

import math
import textwrap
from argparse import ArgumentTypeError, BooleanOptionalAction
from functools import partial

from otrain.catalogue import DOMAINS, FLAGS

__all__ = ["add_cube", "add_domain_flags", "add_engine", "add_judged", "add_model", "add_out", "add_resume",
           "add_threshold", "count", "domain_examples", "domain_values", "fraction", "named_domain",
           "not_negative", "positive", "probability", "spelt"]


def add_domain_flags(parser, command, *, chosen=None):
    """Add the flags that domains bring to a command, those of each under its heading.

    Where two domains call a flag the same, that of the chosen one counts, else the first.

    Parameters
    ----------
    parser : ArgumentParser
    command : str
        ``"convert"``, ``"infer"`` or ``"simulate"``.
    chosen : str, optional
        The domain whose flags come first.
    """
    seen = set()
    for name in sorted(FLAGS, key=lambda name: name != chosen):
        brought = FLAGS.load(name)
        flags = [flag for flag in getattr(brought, command) if flag.name not in seen]
        seen.update(flag.name for flag in flags)
        if flags or command in brought.about:
            about = textwrap.fill(brought.about.get(command, ""), 78)
            group = parser.add_argument_group(brought.title, about)
            for flag in flags:
                add_flag(group.add_argument, flag)


def add_flag(add, flag):
    """Add one flag of a domain, in both of its spellings and its short one."""
    spellings = dict.fromkeys([f"--{flag.name.replace('_', '-')}", f"--{flag.name}"]
                              + [f"-{flag.short}"] * bool(flag.short))
    options = {"default": flag.default, "help": flag.help}
    if flag.kind is bool:
        action = f"store_{flag.value}".lower()
        add(*spellings, action=BooleanOptionalAction if flag.both_ways else action, **options)
        return
    if flag.many is not None or flag.alone is not None:
        options["nargs"] = "?" if flag.many is None else flag.many
    if flag.alone is not None:
        options["const"] = flag.alone
    if flag.choices is not None:
        options["choices"] = flag.choices
    kind = flag.kind
    if flag.least is not None:
        kind = partial(_number, kind=kind, good=lambda value: value >= flag.least,
                       words=f"a whole number from {flag.least}")
    add(*spellings, type=kind, metavar=flag.metavar, **options)


def domain_values(args, command):
    """Return the values of flags of domains that were given, by the name of the parameter that takes each.

    A parameter of `convert` is the name of the flag itself: only its domain knows what that sets.
    """
    flags = {flag.name: flag for name in FLAGS for flag in getattr(FLAGS.load(name), command)}
    return {name if command == "convert" else flags[name].target: value for name, value in vars(args).items()
            if name in flags and value is not None}


def domain_examples(command):
    """Return the examples that every domain has for a command, as lines."""
    return "".join(FLAGS.load(name).examples.get(command, "") for name in FLAGS)


def named_domain(argv):
    """Return the domain that ``--domain`` names in a command line, else None."""
    pairs = zip(argv, [*argv[1:], ""], strict=False)
    named = [word.partition("=")[2] if "=" in word else after for word, after in pairs
             if word.partition("=")[0] == "--domain"]
    return named[-1] if named and named[-1] in DOMAINS else None


def add_cube(add, *seeds, required=True, help="data cube with its ending (.npz, .h5 or a folder)", **options):
    """Add ``--cube``, the data cube that a command reads; `seeds` are the names that the seeds gave it."""
    add("--cube", *spelt(*seeds), required=required, metavar="CUBE", help=help, **options)


def add_model(add, *seeds, required=True, help="run directory, bundle, .keras or .h5", **options):
    """Add ``--model``, the trained network that a command uses, given by its path."""
    add("--model", *spelt(*seeds), required=required, metavar="PATH", help=help, **options)


def add_out(add, *seeds, help, metavar="DIR", **options):
    """Add ``--out``, the file or folder that a command writes."""
    add("--out", *spelt(*seeds), metavar=metavar, help=help, **options)


def add_threshold(add, *, default=0.5, words="0.5"):
    """Add ``--threshold``, the score from which an example counts as called."""
    add("--threshold", type=probability, default=default, metavar="P",
        help=f"an example with at least this score counts as real (second class), 0 to 1 (default: {words})")


def spelt(*names):
    """Return names of flags in both spellings, with hyphens and with underscores.

    Examples
    --------
    >>> spelt("--model-path", "--outdir")
    ['--model-path', '--model_path', '--outdir']
    """
    return list(dict.fromkeys(spelling for name in names
                              for spelling in (name, "--" + name[2:].replace("-", "_"))))


def add_engine(add):
    """Add the flags that say where files are read."""
    add("--engine", choices=("local", "ray"), default="local",
        help="where files are read: processes of this computer, or a Ray cluster (default: local)")
    add("--ray-address", "--ray_address", metavar="ADDRESS",
        help="address of a running Ray cluster, or auto (default: start one on this computer)")


def add_judged(parser, *, threshold=0.5, words="0.5"):
    """Add the flags that name a labelled cube, the network that is judged on it, and the threshold."""
    add = parser.add_argument
    add_cube(add, "--path-cube-validation",
             help="data cube with labels; use one that had no part in the training")
    add_model(add, "--model-path")
    add_threshold(add, default=threshold, words=words)


def add_resume(add):
    """Add the flags of a long job that can be continued."""
    add("--resume", action="store_true",
        help="continue after a stop or a kill; starts from the beginning if nothing was done yet")
    add("--checkpoint-every", "--checkpoint_every", type=not_negative, default=30.0, metavar="SECONDS",
        help="save progress every so many seconds; after a kill at most this much work is lost (default: 30)")


def count(text):
    """Return a whole number from 0."""
    return _number(text, kind=int, good=lambda value: value >= 0, words="a whole number from 0")


def positive(text):
    """Return a whole number from 1."""
    return _number(text, kind=int, good=lambda value: value >= 1, words="a whole number from 1")


def fraction(text):
    """Return a number from 0 to below 1."""
    return _number(text, kind=float, good=lambda value: 0 <= value < 1, words="a number from 0 to below 1")


def probability(text):
    """Return a number from 0 to 1."""
    return _number(text, kind=float, good=lambda value: 0 <= value <= 1, words="a number from 0 to 1")


def not_negative(text):
    """Return a finite number from 0."""
    return _number(text, kind=float, good=lambda value: 0 <= value < math.inf,
                   words="a finite number, not negative")


def _number(text, *, kind, good, words):
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not good(value):
        raise ArgumentTypeError(f"must be {words}. Received: {text!r}")
    return value
