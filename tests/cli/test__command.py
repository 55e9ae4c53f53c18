import errno
import os
import signal
import subprocess
import sys

import pytest

from otrain.cli._command import make_parser, run
from otrain.errors import (
    CheckFailed,
    DataError,
    IntegrityError,
    MissingExtraError,
    OutputError,
    ResourceError,
    UsageError,
)


@pytest.fixture
def parser():
    return make_parser("otrain-test", "test")


def failing(error):
    def execute(args):
        raise error

    return execute


@pytest.mark.parametrize(("error", "code"), [
    (UsageError("u"), 2), (DataError("d"), 4), (OutputError("o"), 5), (IntegrityError("i"), 6),
    (ResourceError("r"), 7), (CheckFailed("c"), 8), (MissingExtraError("fastavro", "alerts"), 69),
    (KeyboardInterrupt(), 130), (MemoryError("big"), 7),
    (OSError(errno.ENOSPC, "No space left"), 7), (OSError(errno.EROFS, "Read-only"), 5),
])
def test_errors_become_one_line_and_an_exit_code(parser, capsys, error, code):
    assert run(parser, failing(error), []) == code
    message = capsys.readouterr().err
    assert message.startswith("otrain-test: error: ") and message.count("\n") == 1


def test_missing_extra_names_the_command_that_installs_it():
    assert "pip install 'otrain[alerts]'" in str(MissingExtraError("fastavro", "alerts"))


def test_debug_shows_the_traceback(parser):
    with pytest.raises(DataError):
        run(parser, failing(DataError("d")), ["--debug"])


def test_defects_of_ours_are_not_hidden(parser):
    with pytest.raises(ZeroDivisionError):
        run(parser, failing(ZeroDivisionError()), [])


def test_exit_code_of_the_command_is_passed_on(parser):
    assert run(parser, lambda args: 3, []) == 3
    assert run(parser, lambda args: None, []) == 0


@pytest.mark.parametrize(("number", "code"), [
    (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131), (signal.SIGINT, 130)])
def test_signal_unwinds_the_stack_and_exits_with_its_number(parser, number, code):
    cleaned = []

    def execute(args):
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            cleaned.append(True)

    # Ignored where the tests are started by nohup, or in the background by a shell.
    found = signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    try:
        before = signal.getsignal(number)
        assert run(parser, execute, []) == code
        assert cleaned == [True] and signal.getsignal(number) == before
    finally:
        signal.signal(number, found)


def test_name_that_a_terminal_would_obey_is_shown_instead(capsys):
    def execute(args):
        raise DataError("c\x1b[2J\x07.fits: broken.\nSecond line.")

    assert run(make_parser("otrain-x", "Do."), execute, []) == 4
    assert capsys.readouterr().err == "otrain-x: error: c\\x1b[2J\\x07.fits: broken.\nSecond line.\n"


@pytest.mark.parametrize("code", ["from otrain.cli.convert import main", "import otrain.data.files.atomic"])
def test_windows_gets_one_plain_sentence(code):
    hidden = f"import sys; sys.modules['fcntl'] = None; {code}"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True)
    assert "otrain runs on Linux and macOS. On Windows run it in the Windows Subsystem for Linux" in done.stderr
    if "cli" in code:
        assert (done.returncode, done.stderr.count("\n")) == (69, 1)


def test_nothing_that_is_printed_reaches_the_terminal_as_a_command(parser, capsys):
    import sys

    def execute(args):
        print("file \x1b]0;owned\x07.fits")
        print("note: band \x1b[31mred\u202e", file=sys.stderr)
        sys.stderr.write("header \x9b2J")
        sys.stdout.writelines(["a\r", "b\tc\n"])
        raise DataError("gone\x08\x1b[2J")

    assert run(parser, execute, []) == 4
    printed = capsys.readouterr()
    assert printed.out == "file \\x1b]0;owned\\x07.fits\na\\rb\tc\n"
    assert r"band \x1b[31mred\u202e" in printed.err and r"header \x9b2J" in printed.err
    assert not any(c in printed.out + printed.err for c in "\x1b\x07\x08\x9b\r\u202e")


def test_streams_are_given_back_after_a_command(parser):
    import sys

    before = sys.stdout, sys.stderr
    run(parser, lambda args: None, [])
    assert (sys.stdout, sys.stderr) == before
