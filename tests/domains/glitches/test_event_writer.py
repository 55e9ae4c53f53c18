import h5py
import numpy as np
import pytest

from otrain.domains.glitches.event_writer import write_events
from otrain.domains.glitches.series import Series
from otrain.errors import DataError


def series(name, seed=0):
    return Series(name, np.random.default_rng(seed).normal(size=32), 16.0, 1e9 + seed)


def test_files_have_the_names_and_attributes_of_glitchflow(tmp_path):
    events = [("event_9", [series("V1:B"), series("V1:A", 1)]), ("event_10", [series("V1:B", 2)])]
    assert write_events(tmp_path / "e.h5", events) == 2
    with h5py.File(tmp_path / "e.h5") as file:
        assert list(file) == ["event_9", "event_10"] and list(file["event_9"]) == ["V1:B", "V1:A"]
        dataset = file["event_9/V1:A"]
        assert dict(dataset.attrs) == {"sample_rate": 16.0, "t0": 1e9 + 1}
        np.testing.assert_array_equal(dataset[()], series("V1:A", 1).values)


def test_same_events_make_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        write_events(tmp_path / name, [("1", [series("x"), series("y", 3)])])
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


@pytest.mark.parametrize("events", [[("", [])], [("a/b", [])], [("a", []), ("a", [])],
                                    [("a", [series("x"), series("x")])], [("a", [series("x/y")])]])
def test_wrong_names_are_refused_and_nothing_is_left(tmp_path, events):
    with pytest.raises(DataError, match="must be new"):
        write_events(tmp_path / "e.h5", events)
    assert list(tmp_path.iterdir()) == []
