import numpy as np
import pytest

from otrain.domains.glitches.event_writer import write_events
from otrain.domains.glitches.readers.event_hdf5 import open_events
from otrain.domains.glitches.scan.channel_scan import scan_events
from otrain.domains.glitches.simulators.events import EventSettings, SimulatedEvents
from otrain.domains.glitches.simulators.noise import design_psd, optimal_snr
from otrain.errors import DataError, UsageError

SMALL = {"events": 3, "witnesses": 4, "decoys": 3, "others": 2, "duration": 10.0, "sample_rate": 512.0,
         "channel_rates": (128.0, 256.0), "frequencies": (14.0, 30.0), "snr": (15.0, 30.0)}
STRAIN = EventSettings().reference


def simulated(seed=0, **settings):
    return SimulatedEvents(EventSettings(**SMALL | settings), seed)


def test_any_channel_is_the_same_however_often_and_in_whatever_order_it_is_read():
    first, second = simulated(), simulated()
    names = first.channels(first.events[1])
    forwards = {name: first.read("event_00001", name).values for name in names}
    for name in reversed(names):
        second.read("event_00000", name)
        np.testing.assert_array_equal(second.read("event_00001", name).values, forwards[name])
    assert not np.array_equal(simulated(1).read("event_00001", STRAIN).values, forwards[STRAIN])


def test_events_and_channels_have_their_own_noise():
    made = simulated()
    read = [made.read(event, name).values for event in made.events for name in ("V1:AUX_0007", "V1:AUX_0008")]
    for one in range(6):
        for other in range(one):
            count = min(len(read[one]), len(read[other]))
            assert abs(np.corrcoef(read[one][:count], read[other][:count])[0, 1]) < 0.3


def test_glitch_stands_at_its_time_with_its_snr():
    made = simulated(classes=("sine-gaussian",))
    for row, event in zip(made.glitches, made.events):
        glitch = made.glitch(event)
        series = made.read(event, STRAIN)
        assert optimal_snr(glitch, 512.0, lambda f: design_psd("advanced-ligo", f)) == pytest.approx(row["snr"])
        assert 15 <= row["snr"] <= 30 and 14 <= row["frequency"] <= 30
        # Within a cycle.
        assert series.times[np.abs(glitch).argmax()] == pytest.approx(row["gps"], abs=0.04)
        assert series.t0 <= row["gps"] - 3 and row["gps"] + 3 <= series.t0 + series.duration
    assert len({row["gps"] - made.read(row["event"], STRAIN).t0 for row in made.glitches}) == 3


def test_channels_are_what_the_truth_says():
    made = simulated()
    kinds = [(row["role"], row["kind"]) for row in made.channel_rows]
    assert kinds == [("witness", "linear"), ("witness", "quadratic"), ("witness", "delayed"),
                     ("witness", "saturating"), ("decoy", "noisy"), ("decoy", "quiet"), ("decoy", "chance"),
                     ("other", "noise"), ("other", "noise")]
    delays = [row["delay"] for row in made.channel_rows]
    assert [delay != 0 for delay in delays] == [False, False, True, *[False] * 6]
    assert 0.2 <= abs(delays[2]) <= 0.5
    assert [row["sample_rate"] for row in made.channel_rows[:3]] == [128, 256, 128]
    for row in made.channel_rows:
        series = made.read("event_00000", row["channel"])
        assert series.sample_rate == row["sample_rate"] and series.duration == 10
    assert np.ptp(made.read("event_00000", "V1:AUX_0005").values) == 0


def test_witnesses_see_the_glitches_that_are_witnessed_and_no_others():
    seen, unseen = simulated(witnessed=1.0), simulated(witnessed=0.0)
    for number, row in enumerate(seen.channel_rows):
        before, after = (made.read("event_00002", row["channel"]).values for made in (unseen, seen))
        assert np.array_equal(before, after) == (row["role"] != "witness"), number
    np.testing.assert_array_equal(seen.read("event_00002", STRAIN).values, unseen.read("event_00002", STRAIN).values)


def test_inspiral_is_in_the_strain_alone():
    without, made = simulated(), simulated(chirps=1.0)
    for row, event in zip(made.glitches, made.events):
        psd = lambda f: design_psd("advanced-ligo", f)  # noqa: E731
        assert optimal_snr(made.chirp(event), 512.0, psd) == pytest.approx(row["chirp_snr"])
        np.testing.assert_allclose(made.read(event, STRAIN).values - without.read(event, STRAIN).values,
                                   made.chirp(event), atol=1e-27)
        np.testing.assert_array_equal(made.read(event, "V1:AUX_0000").values, without.read(event, "V1:AUX_0000").values)
    assert not without.chirp("event_00000").any() and np.isnan(without.glitches[0]["chirp_snr"])


def test_written_events_are_those_that_were_simulated(tmp_path):
    made = simulated()
    write_events(tmp_path / "e.h5", ((event, (made.read(event, name) for name in made.channels(event)))
                                     for event in made.events))
    with open_events(tmp_path / "e.h5") as events:
        assert events.events == made.events and events.channels("event_00001") == made.channels("event_00001")
        read, expected = events.read("event_00001", "V1:AUX_0002"), made.read("event_00001", "V1:AUX_0002")
    np.testing.assert_array_equal(read.values, expected.values)
    assert (read.t0, read.sample_rate) == (expected.t0, expected.sample_rate)


def test_scan_finds_the_witnesses_of_every_coupling_and_no_other():
    made = simulated(events=6, classes=("sine-gaussian", "blip"), witness_snr=(25.0, 40.0))
    scan = scan_events(made, STRAIN)
    assert set(scan.witnesses) == {row["channel"] for row in made.channel_rows if row["role"] == "witness"}
    found = dict(zip(scan.columns["channel"], scan.columns["delay"]))
    assert found["V1:AUX_0002"] == pytest.approx(made.channel_rows[2]["delay"], abs=0.15)


def test_unknown_event_and_channel_name_the_nearest():
    with pytest.raises(DataError, match="Did you mean 'event_0000"):
        simulated().read("event_0000", STRAIN)
    with pytest.raises(DataError, match="Did you mean 'V1:AUX_000"):
        simulated().read("event_00000", "V1:AUX_00")


@pytest.mark.parametrize("wrong", [{"events": 0}, {"others": -1}, {"classes": ()}, {"classes": ("blib",)},
                                   {"psd": "pink"}, {"snr": (0, 5)}, {"snr": (9, 5)}, {"witnessed": 1.1},
                                   {"chirps": -0.1}, {"duration": 4}, {"frequencies": (14, 400)},
                                   {"largest_delay": 3}, {"channel_rates": ()}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(UsageError, match=r"Received|Known"):
        EventSettings(**SMALL | wrong)


def test_as_much_time_as_an_event_takes_lies_between_two():
    made = SimulatedEvents(EventSettings(events=3, witnesses=0, decoys=0, others=1, duration=8.0, sample_rate=512.0,
                                         frequencies=(12.0, 100.0), start=1000.0))
    for channel in made.channels(made.events[0]):
        assert [made.read(event, channel).t0 for event in made.events] == [1000.0, 1016.0, 1032.0]
    assert all(0 < row["gps"] - start < 8 for row, start in zip(made.glitches, (1000.0, 1016.0, 1032.0), strict=True))
