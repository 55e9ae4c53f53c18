from pathlib import Path

import pytest

from otrain.errors import DataError, OutputError, UsageError
from otrain.workflows.reading.made_cube import made_cube


class Done:
    path, notes, tally = Path("a.npz"), (), "seen 1"


def test_cube_is_taken_or_made_anew_only_where_another_lies(monkeypatch):
    calls, errors = [], []

    def convert(cutouts, **request):
        calls.append(request)
        if errors and "resume" in request:
            raise errors[-1]
        return Done

    monkeypatch.setattr("otrain.workflows.reading.made_cube.convert", convert)
    assert made_cube("images", cube="a") == Path("a.npz") and calls == [{"cube": "a", "resume": True}]
    for error in (OutputError("exists"), UsageError("made of other inputs")):
        calls.clear()
        errors.append(error)
        assert made_cube("images", cube="a") == Path("a.npz")
        assert calls == [{"cube": "a", "resume": True}, {"cube": "a", "overwrite": True}]
    errors.append(DataError("nothing left"))
    with pytest.raises(DataError):
        made_cube("images", cube="a")
