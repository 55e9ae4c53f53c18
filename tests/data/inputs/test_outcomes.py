import gzip
from types import SimpleNamespace

import pytest

from otrain.data.inputs.outcomes import Quarantined, choose_reader, explain
from otrain.data.inputs.quarantine import InputRejected
from otrain.errors import DataError

PROBE = SimpleNamespace(head=b"SIMPLE  = T")


def reader(name, answer):
    return SimpleNamespace(name=name, recognises=lambda probe: answer)


def test_the_only_reader_that_recognises_a_file_is_chosen():
    readers = [reader("a", False), reader("b", True)]
    assert choose_reader(readers, PROBE) is readers[1]


@pytest.mark.parametrize("answers, reason, words", [
    ((True, True), "ambiguous-format", "several readers recognise the file: r0, r1. Choose one"),
    ((False, False), "unknown-format", "no reader recognises the file .*SIMPLE.* Known: r0, r1")])
def test_none_or_several_readers_are_a_reason(answers, reason, words):
    with pytest.raises(InputRejected, match=words) as caught:
        choose_reader([reader(f"r{i}", answer) for i, answer in enumerate(answers)], PROBE)
    assert caught.value.reason == reason


@pytest.mark.parametrize("error, reason", [
    (InputRejected("too-small", "w"), "too-small"), (MemoryError(), "out-of-memory"), (EOFError("x"), "truncated"),
    (gzip.BadGzipFile("x"), "bad-compression"), (PermissionError(13, "x"), "unreadable"), (KeyError("x"), "corrupt"),
    (DataError("x"), "corrupt")])
def test_every_exception_has_a_reason(error, reason):
    found = explain(error, 3)
    assert isinstance(found, Quarantined) and (found.reason, found.position) == (reason, 3) and found.words
