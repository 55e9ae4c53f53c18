import io
import os
import signal
import threading

import pytest

from otrain.cli._command import HarmlessStream
from otrain.workflows import progress as _progress
from otrain.workflows.progress import beat, hushed, line_of, progress, say, working


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Waiting(io.StringIO):
    """A stream that says when a line has been written to it."""

    def __init__(self):
        super().__init__()
        self.written = threading.Event()

    def write(self, text):
        super().write(text)
        self.written.set()


def test_line_is_written_after_every_wait_until_the_work_is_over():
    waits, lines = iter([False, False, True]), []
    beat(lambda: next(waits), lambda: "still here", lines.append)
    assert lines == ["still here"] * 2


def test_work_that_is_over_before_the_first_wait_is_silent():
    stream = io.StringIO()
    with progress("reading", stream=stream) as update:
        update(5, 5)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("kind", ["counted", "not counted"])
def test_long_work_says_how_far_it_is_where_there_is_no_terminal(monkeypatch, kind):
    monkeypatch.setattr(_progress, "EVERY", 0.001)
    stream = Waiting()
    if kind == "counted":
        with progress("reading", stream=stream) as update:
            update(30, 120)
            while "30 of" not in stream.getvalue():  # the alarm rings between two steps
                pass
        assert "reading: 30 of 120 (25 %), 0 s\n" in stream.getvalue()
    else:
        with working("judging", stream=stream):
            assert stream.written.wait(30)
        assert stream.getvalue().startswith("judging: 0 s\n")


def test_only_the_innermost_work_is_spoken_of(monkeypatch):
    monkeypatch.setattr(_progress, "EVERY", 0.001)
    outer, inner = Waiting(), Waiting()
    with working("judging", stream=outer):
        assert outer.written.wait(30)
        with working("searching", stream=inner):
            outer.truncate(0)
            assert inner.written.wait(30) and "judging" not in outer.getvalue()
    terminal = Terminal()
    with working("judging", stream=terminal), progress("searching", stream=terminal) as update:
        update(1, 2)
    assert "searching" not in terminal.getvalue()


def test_alarm_of_somebody_else_is_left_alone(monkeypatch):
    monkeypatch.setattr(_progress, "EVERY", 0.0)
    theirs = signal.signal(signal.SIGALRM, lambda *_: None)
    ours = signal.getsignal(signal.SIGALRM)
    stream = io.StringIO()
    try:
        with progress("reading", stream=stream) as update:
            update(1, 2)
            assert signal.getsignal(signal.SIGALRM) is ours
    finally:
        signal.signal(signal.SIGALRM, theirs)
    assert stream.getvalue() == "reading: 1 of 2 (50 %), 0 s\n"


def test_alarm_is_off_after_the_work():
    with progress("reading", stream=io.StringIO()):
        assert signal.getitimer(signal.ITIMER_REAL)[1] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_no_line_comes_after_the_work(monkeypatch):
    monkeypatch.setattr(_progress, "EVERY", 0.001)
    stream = Waiting()
    with pytest.raises(KeyError), working("judging", stream=stream):
        raise KeyError
    threads = [thread for thread in threading.enumerate() if thread.daemon and thread._target is beat]
    assert threads == []


def test_line_goes_to_the_descriptor_without_a_lock(monkeypatch):
    monkeypatch.setattr(_progress, "EVERY", 0.001)
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w") as stream, working("drawing", stream=stream), os.fdopen(ours) as read:
        assert read.readline() == "drawing: 0 s\n"


@pytest.mark.parametrize("show", [progress, working])
def test_terminal_gets_one_drawing_that_goes_away(show):
    stream = Terminal()
    with show("judging", stream=stream) as update:
        if update:
            update(1, 2)
    assert "judging" in stream.getvalue() and "s\n" not in stream.getvalue()


@pytest.mark.parametrize("show", [progress, working])
def test_drawing_goes_past_the_stream_that_shows_escapes(show):
    terminal = Terminal()
    with show("judging", stream=HarmlessStream(terminal)) as update:
        if update:
            update(1, 2)
    assert "judging" in terminal.getvalue() and "\\x1b" not in terminal.getvalue()


@pytest.mark.parametrize("show", [progress, working])
def test_hushed_work_shows_nothing(show, monkeypatch, capsys):
    monkeypatch.setattr(_progress, "EVERY", 0.0)
    stream = Terminal()
    with hushed(), show("judging", stream=stream) as update:
        if update:
            update(1, 2)
        say("note: this is read")
    assert stream.getvalue() == "" and "this is read" in capsys.readouterr().err


def test_quiet_work_says_nothing_either(capsys):
    with hushed(words=True):
        say("note: nobody reads this")
    say("note: the next one is read")
    assert capsys.readouterr().err == "note: the next one is read\n"


@pytest.mark.parametrize(("done", "total", "text"), [
    (0, 10, "reading: 0 of 10 (0 %), 12 s"), (7, 0, "reading: 7, 12 s"), (None, None, "reading: 12 s")])
def test_line_says_what_is_known(done, total, text):
    assert line_of("reading", done, total, 12.4) == text
