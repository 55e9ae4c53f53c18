"""What every command does alike: parse, configure, run, report errors, choose the exit code."""

import contextlib
import errno
import os
import sys

from otrain import __version__
from otrain.cli._config import apply_config
from otrain.cli._dialects import prepare
from otrain.cli._parser import Parser
from otrain.cli._signals import Stopped, stopped_by_signals
from otrain.errors import OtrainError, ResourceError, UnknownSystemError

try:
    import fcntl  # noqa: F401 - Windows has none; before anything else fails there
except ImportError:
    print(f"otrain: error: {UnknownSystemError()}", file=sys.stderr)
    raise SystemExit(UnknownSystemError.exit_code) from None

__all__ = ["COMMON", "HarmlessStream", "harmless_streams", "make_parser", "print_notes", "print_outcome",
           "run", "visible"]

EXIT_CODES = """exit codes:
  0 done; 2 wrong usage; 3 done, some inputs quarantined; 4 no usable input;
  5 output exists, is locked or cannot be written; 6 integrity; 7 disk or memory;
  8 a check that was asked for found something;
  69 an optional package is missing, or the system is not Linux or macOS;
  129, 130, 131, 143 stopped by a signal; 1 unexpected"""

# What every command takes, and no verb.
COMMON = ("config", "set_", "passed", "beforehand", "tables", "debug", "json", "quiet")

LEAST_ADDRESSES = 512 << 20  # bytes; numpy and the libraries of images take most of them
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}


def make_parser(prog: str, description: str, examples: str = "") -> Parser:
    """Return a parser with the flags that every command has.

    Parameters
    ----------
    prog, description : str
        Name of the command and the sentence that says what it does.
    examples : str
        Commands that work as they stand, one per line; a test parses each.
    """
    epilog = (f"examples:\n{examples.rstrip()}\n\n" if examples else "") + EXIT_CODES
    parser = Parser(prog=prog, description=description, epilog=epilog)
    common = parser.add_argument_group("common to all commands")
    common.add_argument("--config", "--toml", metavar="FILE",
                        help="TOML file with values for any flag, or in a dialect that a domain knows "
                             "(flag > --set > file > default)")
    common.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="set_",
                        help="one value, written as in the TOML file; TABLE.KEY=VALUE changes a table of it; "
                             "may be repeated")
    common.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    common.add_argument("--json", action="store_true", help="print the outcome as one JSON document")
    common.add_argument("--quiet", action="store_true", help="no notes and no progress on standard error")
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def run(parser, execute, argv=None) -> int:
    """Parse `argv`, call ``execute(args)`` and return the exit code of the command.

    ``execute`` returns None or an exit code. Errors of otrain become one line on
    standard error; Ctrl-C, SIGTERM, SIGHUP and SIGQUIT unwind the stack, so that temporary
    outputs are removed, and exit with 128 and the number of the signal.
    """
    with harmless_streams():
        return _run(parser, execute, argv)


def _run(parser, execute, argv):
    args = apply_config(parser, argv)
    try:
        with stopped_by_signals(), _hushed(args):
            from otrain.data.inputs.address_space import require_address_space

            require_address_space(LEAST_ADDRESSES, parser.prog)
            print_notes(parser.prog, args, [f"note: {note}" for note in prepare(args)])
            return execute(args) or 0
    except OtrainError as error:
        if args.debug:
            raise
        return _fail(parser, error, error.exit_code)
    except KeyboardInterrupt:
        return _fail(parser, "stopped by Ctrl-C", 130)
    except Stopped as stop:
        return _fail(parser, stop, stop.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0  # the reader of our output has seen enough
    except MemoryError as error:
        if args.debug:
            raise
        return _fail(parser, f"out of memory ({error})", ResourceError.exit_code)
    except OSError as error:
        if args.debug or error.errno not in _FULL | _FORBIDDEN:
            raise
        return _fail(parser, error, 7 if error.errno in _FULL else 5)


def _hushed(args):
    """Print no signs of life where a program reads along, and no notes either where none are wanted."""
    if not (args.json or args.quiet):
        return contextlib.nullcontext()
    from otrain.workflows.progress import hushed

    return hushed(words=args.quiet)


def print_outcome(args, outcome, lines=()):
    """Print what a command did and return its exit code.

    Parameters
    ----------
    args : argparse.Namespace
    outcome : otrain.workflows.outcome.Outcome
        Printed as one JSON document on standard output with ``--json``.
    lines : iterable of str
        What a person gets there instead.
    """
    if args.json:
        import json

        print(json.dumps(outcome.to_dict(), allow_nan=False))
    else:
        for line in lines:
            print(visible(line))
    return outcome.exit_code


def print_notes(parser_name, args, notes):
    """Print sentences on standard error, unless ``--quiet`` says that nobody reads them."""
    if not args.quiet:
        for note in notes:
            print(f"{parser_name}: {visible(note)}", file=sys.stderr)


def _fail(parser, message, code):
    print(f"{parser.prog}: error: {visible(message)}", file=sys.stderr)
    return code


def visible(text):
    """Return a text in which what a terminal would obey is shown: files bring such names and bands."""
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


class HarmlessStream:
    """A text stream that shows what a terminal would obey, whoever writes: we, a library, a traceback.

    Parameters
    ----------
    stream : text file
        Where it goes; ``plain`` gives it to who draws on the terminal on purpose.
    """

    def __init__(self, stream):
        self.plain = stream

    def write(self, text):
        """Write a text, visible."""
        self.plain.write(visible(text))
        return len(text)

    def writelines(self, lines):
        """Write several texts, visible."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        return getattr(self.plain, name)


@contextlib.contextmanager
def harmless_streams():
    """Within, nothing that is printed can make the terminal do more than show it."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (stream if stream is None or isinstance(stream, HarmlessStream)
                              else HarmlessStream(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
