import numpy as np
import pytest

from otrain.domains.glitches.scan.channel_scan import ScanSettings, scan_events
from otrain.domains.glitches.scan.peak_maps import MapSettings
from otrain.domains.glitches.series import Series
from otrain.errors import DataError, UsageError

RATE, DURATION, STRAIN = 256.0, 12.0, "H1:Strain"
T = np.arange(round(RATE * DURATION)) / RATE


def burst(t0, f0):
    return 12 * np.exp(-(2 * np.pi * f0 * (T - t0) / 8) ** 2) * np.sin(2 * np.pi * f0 * (T - t0))


class Events:
    """Events with one glitch each, at its own time; the channels' names say what they are."""

    def __init__(self, count=6, names=("same", "late", "square", "other", "quiet", "noisy")):
        self.events, self.names = [str(event) for event in range(count)], names
        self.reads = []

    def channels(self, event):
        return (STRAIN, *self.names)

    def read(self, event, channel):
        self.reads.append((event, channel))
        rng = np.random.default_rng(int(event))
        t0, f0 = rng.uniform(3, 8), rng.uniform(14, 20)
        mine = np.random.default_rng([int(event), len(channel), ord(channel[0])])
        values = mine.normal(size=len(T))
        if channel in (STRAIN, "same"):
            values += burst(t0, f0)
        elif channel == "late":
            values += burst(t0 + 0.5, f0)
        elif channel == "square":
            values += burst(t0, f0) ** 2 / 6
        elif channel == "other":
            values += burst(mine.uniform(3, 8), f0)
        elif channel == "noisy":
            values += sum(burst(time, 25.0) for time in np.arange(0.5, 12, 0.4) + mine.uniform(0, 0.3, 29))
        elif channel == "broken":
            raise DataError("e.h5: broken")
        return Series(channel, values, RATE, 1e9 + 100 * int(event))


def rows(scan):
    return {name: {key: values[place] for key, values in scan.columns.items()}
            for place, name in enumerate(scan.columns["channel"])}


@pytest.fixture(scope="module")
def scan():
    return scan_events(Events(), STRAIN)


def test_witnesses_of_several_couplings_are_found_and_no_decoy(scan):
    assert set(scan.witnesses) == {"same", "late", "square"}
    assert (scan.events, scan.quiet_events, scan.problems) == (6, 0, [])
    assert set(scan.columns["channel"][:3]) == set(scan.witnesses)


def test_delay_of_a_channel_that_follows_is_told(scan):
    found = rows(scan)
    assert found["late"]["delay"] == pytest.approx(0.5, abs=0.11)
    assert abs(found["same"]["delay"]) <= 0.1


def test_use_of_a_veto_tells_a_witness_from_an_always_noisy_channel(scan):
    found = rows(scan)
    assert found["same"]["efficiency"] == 1 and found["same"]["use"] == 1
    # Three bins of 100 of each event.
    assert found["same"]["dead_time"] == pytest.approx(0.03, abs=0.011)
    assert found["noisy"]["dead_time"] > 0.5 and found["noisy"]["use"] < 0.2
    assert found["quiet"]["peaks"] == 0 and np.isnan(found["quiet"]["use"])
    assert found["quiet"]["dead_time"] == 0 and found["quiet"]["probability"] == 1


def test_expected_number_is_what_chance_gives(scan):
    found = rows(scan)["same"]
    # One peak in each of six events, three bins wide, among 100 lags.
    assert found["expected"] == pytest.approx(6 * 3 / 100, rel=0.4) and found["coincidences"] == 6


def test_scores_of_annalisa_need_the_same_bins_unless_there_is_a_tolerance():
    events = Events(3, ("same",))
    strict = rows(scan_events(events, STRAIN))["same"]
    wide = rows(scan_events(events, STRAIN, settings=ScanSettings(tolerance=(0.1, 2.0))))["same"]
    assert wide["corr"] == 1 and wide["iou"] == 1 and wide["selected"]
    assert strict["corr"] <= wide["corr"]
    times = rows(scan_events(events, STRAIN, settings=ScanSettings(tolerance=(0.1, 0), time_only=True)))["same"]
    assert times["corr"] == 1


def test_blocks_do_not_change_anything():
    once = rows(scan_events(Events(2), STRAIN))
    for block in (1, 4):
        again = rows(scan_events(Events(2), STRAIN, settings=ScanSettings(block=block)))
        assert list(once) == list(again)
        for name, row in once.items():
            np.testing.assert_equal(again[name], row)


def test_each_channel_is_read_once_and_progress_is_told():
    events, told = Events(2), []
    scan_events(events, STRAIN, settings=ScanSettings(block=4), progress=lambda *done: told.append(done))
    assert len(events.reads) == len(set(events.reads)) == 2 * 7
    assert told == [(4, 6), (6, 6)]


def test_channel_that_cannot_be_read_is_told_and_harms_no_other():
    scan = scan_events(Events(5, ("same", "broken")), STRAIN)
    assert scan.witnesses == ["same"]
    assert [problem[:2] for problem in scan.problems] == [(str(event), "broken") for event in range(5)]
    broken = rows(scan)["broken"]
    assert broken["events"] == 0 and np.isnan(broken["probability"]) and not broken["witness"]
    # The one that cannot be read is no trial.
    assert rows(scan)["same"]["family_wise"] == rows(scan)["same"]["probability"]


def test_chosen_channels_alone_are_compared():
    assert scan_events(Events(2), STRAIN, channels=["late", "quiet"]).columns["channel"].tolist() in (
        ["late", "quiet"], ["quiet", "late"])


def test_quiet_strain_is_told_and_counts_as_published_if_asked():
    class Quiet(Events):
        def read(self, event, channel):
            return super().read(event, "quiet" if channel == STRAIN else channel)

    scan = scan_events(Quiet(2, ("quiet",)), STRAIN)
    assert (scan.events, scan.quiet_events) == (0, 2) and np.isnan(rows(scan)["quiet"]["corr"])
    assert not scan.witnesses and not scan.selected
    published = scan_events(Quiet(2, ("quiet",)), STRAIN, settings=ScanSettings(quiet="published"))
    assert rows(published)["quiet"]["corr"] == 1 and published.selected == ["quiet"] and not published.witnesses


def test_missing_strain_and_nothing_to_compare_are_refused():
    with pytest.raises(DataError, match=r"no event has a usable 'H1:Strain'. The first reason: e.h5"):
        class Broken(Events):
            def read(self, event, channel):
                raise DataError("e.h5: no such channel")
        scan_events(Broken(), STRAIN)
    with pytest.raises(DataError, match="no channel to compare"):
        scan_events(Events(1, ()), STRAIN)


@pytest.mark.parametrize("wrong", [{"quiet": "no"}, {"window": -1}, {"alpha": 0}, {"alpha": 1}, {"block": 0},
                                   {"tolerance": (-1, 0)}, {"largest_delay": np.nan}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(UsageError, match="Received"):
        ScanSettings(**wrong)


def test_settings_of_the_maps_are_used():
    loud = ScanSettings(maps=MapSettings(threshold=1e6))
    assert scan_events(Events(2), STRAIN, settings=loud).quiet_events == 2
