from pathlib import Path

import h5py
import numpy as np
import pytest

import otrain
from otrain.domains.glitches.event_writer import write_events
from otrain.domains.glitches.readers.event_hdf5 import open_events
from otrain.domains.glitches.series import Series
from otrain.errors import DataError, IntegrityError

GPS = 1126259446.0


def series(name, seed=0, rate=16.0, t0=GPS):
    return Series(name, np.random.default_rng(seed).normal(size=64), rate, t0)


def hand_made(path, name="1/V1:A", values=None, **attributes):
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset(name, data=np.arange(32.0) if values is None else values)
        for key, value in attributes.items():
            dataset.attrs[key] = value
    return path


def only(path):
    with open_events(path) as events:
        event, = events.events
        channel, = events.channels(event)
        return events.read(event, channel)


def test_written_events_are_read_back_unchanged(tmp_path):
    written = {"9": [series("V1:B"), series("V1:A", 1, 4096.0, GPS + 0.25)], "10": [series("V1:C", 2)]}
    write_events(tmp_path / "e.h5", written.items())
    with open_events(tmp_path / "e.h5") as events:
        assert events.events == ("9", "10") and events.channels("9") == ("V1:B", "V1:A")
        read = events.read("9", "V1:A")
    np.testing.assert_array_equal(read.values, written["9"][1].values)
    assert (read.channel, read.sample_rate, read.t0) == ("V1:A", 4096.0, GPS + 0.25)


def test_folder_of_files_is_one_set_of_events(tmp_path):
    for name, event in (("b.hdf5", "2"), ("a.h5", "1"), (".c.h5", "3")):
        write_events(tmp_path / name, [(event, [series(f"V1:{event}")])])
    (tmp_path / "notes.txt").write_text("no")
    with open_events(tmp_path) as events:
        assert events.events == ("1", "2")
        assert [events.read(event, f"V1:{event}").channel for event in "212"] == ["V1:2", "V1:1", "V1:2"]


def test_channels_without_an_event_are_one_named_after_the_file(tmp_path):
    with open_events(hand_made(tmp_path / "gps123.h5", "V1:A", sample_rate=8, t0=5)) as events:
        assert events.events == ("gps123",) and events.read("gps123", "V1:A").t0 == 5


@pytest.mark.parametrize("attributes", [{"sample_rate": 8, "t0": GPS}, {"dx": 0.125, "x0": GPS},
                                        {"Xspacing": 0.125, "Xstart": int(GPS)},
                                        {"sample_rate": "8.0 Hz", "t0": "1126259446.0 s"},
                                        {"sample_rate": np.array([8.0]), "t0": b"1126259446"}])
def test_rate_and_time_are_known_in_the_words_of_several_writers(tmp_path, attributes):
    read = only(hand_made(tmp_path / "e.h5", **attributes))
    assert (read.sample_rate, read.t0) == (8.0, GPS)


def test_spacing_of_a_whole_rate_is_that_rate(tmp_path):
    assert only(hand_made(tmp_path / "e.h5", dx=1 / 49, x0=0)).sample_rate == 49.0


@pytest.mark.parametrize("attributes, words", [({"t0": 1}, "no attribute 'sample_rate'"),
                                               ({"sample_rate": 8}, "no attribute 't0'"),
                                               ({"sample_rate": "fast", "t0": 1}, "'sample_rate' is not a number"),
                                               ({"sample_rate": [8, 8], "t0": 1}, "not a number"),
                                               ({"sample_rate": "", "t0": 1}, "not a number"),
                                               ({"sample_rate": 8, "t0": np.nan}, "not a number"),
                                               ({"sample_rate": -8, "t0": 1}, "positive sample rate")])
def test_channel_without_rate_or_time_is_refused(tmp_path, attributes, words):
    with pytest.raises(DataError, match=f"e.h5: 1/V1:A: .*{words}"):
        only(hand_made(tmp_path / "e.h5", **attributes))


@pytest.mark.parametrize("values", [np.zeros((2, 3)), np.zeros(0), 3.0])
def test_channel_that_is_not_a_row_of_values_is_refused(tmp_path, values):
    with pytest.raises((DataError, IntegrityError), match=r"1/V1:A"):
        only(hand_made(tmp_path / "e.h5", values=values, sample_rate=8, t0=1))


def test_missing_event_and_channel_name_the_nearest(tmp_path):
    write_events(tmp_path / "e.h5", [("event_1", [series("V1:Hrec_hoft"), series("V1:LSC")])])
    with open_events(tmp_path / "e.h5") as events:
        with pytest.raises(DataError, match=r"no channel 'V1:Hrec'. Did you mean 'V1:Hrec_hoft'"):
            events.read("event_1", "V1:Hrec")
        with pytest.raises(DataError, match=r"no event 'event_2'. Did you mean 'event_1'"):
            events.read("event_2", "V1:LSC")


def test_event_in_two_files_is_refused(tmp_path):
    for name in ("a.h5", "b.h5"):
        write_events(tmp_path / name, [("1", [series("x")])])
    with pytest.raises(DataError, match=r"b.h5: the event '1' stands in .*a.h5 too"):
        open_events(tmp_path)


def test_nothing_to_read_is_said(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        open_events(tmp_path / "no.h5")
    with pytest.raises(DataError, match="no HDF5 file in this folder"):
        open_events(tmp_path)
    h5py.File(tmp_path / "empty.h5", "w").close()
    with pytest.raises(DataError, match=r"empty.h5: no event. Expected"):
        open_events(tmp_path)
    (tmp_path / "empty.h5").write_bytes(b"\x89HDF\r\n\x1a\n broken")
    with pytest.raises(IntegrityError, match=r"empty.h5: cannot be opened as HDF5"):
        open_events(tmp_path)


def test_links_to_other_files_are_not_followed(tmp_path):
    hand_made(tmp_path / "secret", sample_rate=8, t0=1)
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file.create_group("1")["V1:A"] = h5py.ExternalLink("secret", "/1/V1:A")
    with pytest.raises(IntegrityError, match="is a link"):
        only(tmp_path / "e.h5")


def gwosc(path, bits=None):
    with h5py.File(path, "w") as file:
        strain = file.create_dataset("strain/Strain", data=np.arange(64.0))
        strain.attrs.update({"Xspacing": 1 / 16, "Xstart": int(GPS)})
        file["meta/Detector"] = b"H1"
        if bits is not None:
            file["quality/simple/DQmask"] = np.array(bits, np.uint32)
    return path


def test_strain_of_gwosc_is_one_event(tmp_path):
    with open_events(gwosc(tmp_path / "g.hdf5")) as events:
        assert events.events == ("H1:Strain-1126259446",) and events.channels(events.events[0]) == ("H1:Strain",)
    read = only(tmp_path / "g.hdf5")
    assert (read.sample_rate, read.t0, len(read.values)) == (16.0, GPS, 64)
    assert np.isfinite(read.values).all()


def test_seconds_without_data_are_gaps(tmp_path):
    values = only(gwosc(tmp_path / "g.hdf5", [127, 126, 1])).values
    assert np.flatnonzero(np.isnan(values)).tolist() == list(range(16, 32))


def test_real_strain_is_read():
    path = Path(otrain.__file__).parents[1] / "../shared/data/glitches/gw150914/H-H1_LOSC_4_V2-1126259446-32.hdf5"
    if not path.is_file():
        pytest.skip("../shared/data is absent")
    read = only(path)
    assert (read.channel, read.sample_rate, read.t0, len(read.values)) == ("H1:Strain", 4096.0, GPS, 131072)


def test_channels_of_events_that_take_turns_are_told_apart(tmp_path):
    write_events(tmp_path / "e.h5", [("1", [series("a")]), ("2", [series("b")])])
    with open_events(tmp_path / "e.h5") as events:
        assert [events.channels(event) for event in "1221"] == [("a",), ("b",), ("b",), ("a",)]
        with pytest.raises(DataError, match="no channel 'b'"):
            events.read("1", "b")
