import json

import numpy as np
import pytest
from astropy.table import Table

from otrain.catalogue import SIMULATORS
from otrain.domains.glitches.readers.event_hdf5 import open_events
from otrain.domains.glitches.simulators.folder import SIMULATOR, check, simulate_events
from otrain.errors import UsageError
from otrain.workflows.simulate import simulate

SMALL = {"events": 3, "witnesses": 1, "decoys": 1, "others": 1, "duration": 8.0, "sample_rate": 256.0,
         "channel_rates": [64.0], "frequencies": [12.0, 24.0], "chirps": 0.5}


def test_files_hold_the_events_and_the_tables_their_truth(tmp_path):
    done = simulate(tmp_path / "e", domain="glitches", seed=4, jobs=0, **SMALL)
    assert {path.name for path in (tmp_path / "e").iterdir()} == {
        "event_00000.h5", "event_00001.h5", "event_00002.h5", "glitches.ecsv", "channels.ecsv", "simulate.json"}
    made = simulate_events(seed=4, **SMALL)
    with open_events(tmp_path / "e") as events:
        assert events.events == made.events
        for name in made.channels("event_00002"):
            np.testing.assert_array_equal(events.read("event_00002", name).values, made.read("event_00002", name).values)
    glitches = Table.read(tmp_path / "e" / "glitches.ecsv", format="ascii.ecsv")
    # GPS times to the last bit.
    assert list(glitches["gps"]) == [row["gps"] for row in made.glitches] and glitches["gps"].unit == "s"
    assert list(glitches["class"]) == [row["class"] for row in made.glitches]
    channels = Table.read(tmp_path / "e" / "channels.ecsv", format="ascii.ecsv")
    assert list(channels["role"]) == ["witness", "decoy", "other"] and list(channels["kind"]) == ["linear", "noisy", "noise"]
    assert sum(done.kinds.values()) == 3 and "3 events of 4 channels, 1 witnesses and 1 decoys" in str(done)


def test_event_does_not_depend_on_how_many_there_are_nor_on_the_workers(tmp_path):
    simulate(tmp_path / "a", domain="glitches", seed=4, jobs=0, **SMALL)
    simulate(tmp_path / "b", domain="glitches", seed=4, jobs=2, **SMALL | {"events": 2})
    for name in ("event_00000.h5", "event_00001.h5"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_unlabelled_events_have_tables_of_another_name(tmp_path):
    simulate(tmp_path / "e", domain="glitches", unlabelled=True, jobs=0, **SMALL | {"events": 1})
    assert {path.name for path in (tmp_path / "e").glob("*.ecsv")} == {"truth.ecsv", "truth_channels.ecsv"}


def test_request_is_complete_and_plain():
    request = check(events=2, classes=["blip"])
    assert request["events"] == 2 and request["classes"] == ["blip"] and request["seed"] == 0
    assert request["reference"] == "V1:Hrec_hoft_16384Hz" and json.loads(json.dumps(request)) == request
    assert check(**request) == request


@pytest.mark.parametrize("wrong, words", [({"eventss": 3}, "Did you mean 'events'"), ({"seed": -1}, "seed"),
                                          ({"classes": ["blib"]}, "Did you mean 'blip'"), ({"snr": [5, 1]}, "ranges")])
def test_impossible_requests_are_refused(wrong, words):
    with pytest.raises(UsageError, match=words):
        check(**wrong)


def test_catalogue_knows_the_simulator():
    assert SIMULATORS.load("glitches") is SIMULATOR
