import numpy as np
import pytest
import yaml
from astropy.table import Table

from otrain.domains.glitches.event_writer import write_events
from otrain.domains.glitches.series import Series
from otrain.domains.glitches.simulators.events import EventSettings, SimulatedEvents
from otrain.errors import DataError, OutputError, UsageError
from otrain.workflows.scan_channels import FIELDS, scan_channels

STRAIN = EventSettings().reference
WITNESSES = {"V1:AUX_0000", "V1:AUX_0001", "V1:AUX_0002", "V1:AUX_0003"}


def write(path, events=5, others=3, change=None):
    made = SimulatedEvents(EventSettings(
        events=events, witnesses=4, decoys=3, others=others, duration=10.0, sample_rate=256.0, channel_rates=(128.0, 256.0),
        classes=("sine-gaussian",), frequencies=(14.0, 25.0), snr=(20.0, 30.0), witness_snr=(25.0, 40.0)))
    write_events(path, ((event, [change(series) if change else series for series in (
        made.read(event, name) for name in made.channels(event))]) for event in made.events))
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write(tmp_path_factory.mktemp("events") / "events.h5")


@pytest.fixture(scope="module")
def done(source, tmp_path_factory):
    return scan_channels(source, reference=STRAIN, out=tmp_path_factory.mktemp("scan") / "first")


def test_witnesses_stand_first_in_the_table(done):
    table = Table.read(done.table, format="ascii.ecsv")
    assert table.colnames == list(FIELDS) and len(table) == 10
    assert set(table["channel"][:4]) == WITNESSES == set(table["channel"][table["witness"]])
    assert (np.diff(table["probability"]) >= 0).all() and table["delay"].unit == "s"
    assert table.meta["reference"] == STRAIN
    assert (done.exit_code, done.notes, done.count) == (0, (), 5)


def test_results_have_the_keys_of_annalisa_in_the_order_of_the_file(done):
    results = yaml.safe_load((done.path / "results.yaml").read_text())
    assert set(results["metadata"]) == {"timestamp", "id", "tag"} and results["metadata"]["tag"] == "first"
    listed = results["configuration"]["channels"]
    assert listed == [f"V1:AUX_{number:04d}" for number in range(10)]
    parameters = results["configuration"]["parameters"]
    assert parameters["refchan"] == STRAIN and parameters["maps"]["frequency_range"] == [8.0, 50.0]
    found = results["results"]
    table = {row["channel"]: row for row in Table.read(done.table, format="ascii.ecsv")}
    assert found["selected"] == [listed[place] for place in found["indeces"]] and found["selected"]
    np.testing.assert_allclose(found["correlations"], [table[name]["corr"] for name in listed])
    np.testing.assert_allclose(found["iou"], [table[name]["iou"] for name in listed])
    assert set(results["significance"]["witnesses"]) == WITNESSES


def test_figures_are_drawn_and_no_problems_are_no_file(done):
    assert {path.name for path in done.path.iterdir()} == {"channels.ecsv", "results.yaml", "corr.png", "iou.png",
                                                           "veto.png"}
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in done.path.glob("*.png"))


def test_same_scan_writes_the_same_bytes(done, source, tmp_path):
    again = scan_channels(source, reference=STRAIN, out=tmp_path / "first", block=3)
    for path in done.path.iterdir():
        mine, theirs = (other.read_bytes().replace(b"block: 3", b"block: 26") for other in (again.path / path.name, path))
        assert mine == theirs, path.name


def test_chosen_channels_and_other_thresholds(source, tmp_path):
    done = scan_channels(source, reference=STRAIN, out=tmp_path / "s", channels=["V1:AUX_0008", "V1:AUX_0000"],
                         threshold_corr=0.99, tolerance=(0.1, 3))
    assert done.scan.columns["channel"].tolist() == ["V1:AUX_0000", "V1:AUX_0008"]
    assert done.scan.selected in ([], ["V1:AUX_0000"]) and done.scan.witnesses == ["V1:AUX_0000"]


def test_few_events_are_told(source, tmp_path):
    write(tmp_path / "one.h5", events=1)
    done = scan_channels(tmp_path / "one.h5", reference=STRAIN, out=tmp_path / "s")
    # 10 channels and 21 delays, 80 lags: log(10 * 21 / 0.01) / log(80) = 2.3
    assert not done.scan.witnesses and "at least 3 are needed" in done.notes[-1]


def test_channel_that_cannot_be_used_is_listed_and_ends_with_3(tmp_path):
    def change(series):
        if series.channel == "V1:AUX_0008":
            return Series(series.channel, series.values[:50], series.sample_rate, series.t0)
        return series

    write(tmp_path / "e.h5", change=change)
    done = scan_channels(tmp_path / "e.h5", reference=STRAIN, out=tmp_path / "s")
    assert done.exit_code == 3 and set(done.scan.witnesses) == WITNESSES
    lines = (done.path / "problems.csv").read_text().splitlines()
    assert lines[0] == "event,channel,reason" and len(lines) == 6
    assert lines[1].startswith("event_00000,V1:AUX_0008") and "covers" in lines[1]
    assert "5 channels of events could not be used" in done.notes[0]
    row = next(row for row in Table.read(done.table, format="ascii.ecsv") if row["channel"] == "V1:AUX_0008")
    assert row["events"] == 0 and np.isnan(row["corr"])


def test_quiet_events_are_told(tmp_path, source):
    done = scan_channels(source, reference=STRAIN, out=tmp_path / "s", threshold=1e9)
    assert not done.scan.witnesses and "no peak in 5 events" in done.notes[0]


def test_wrong_names_name_the_nearest(source, tmp_path):
    with pytest.raises(DataError, match="Did you mean 'V1:Hrec_hoft_16384Hz'"):
        scan_channels(source, reference="V1:Hrec_hoft", out=tmp_path / "s")
    with pytest.raises(UsageError, match=r"no event has the channel 'V1:AUX_00'. Did you mean 'V1:AUX"):
        scan_channels(source, reference=STRAIN, out=tmp_path / "s", channels=["V1:AUX_00"])
    assert not (tmp_path / "s").exists()


def test_folder_of_somebody_else_is_not_replaced(source, done, tmp_path):
    with pytest.raises(OutputError, match="exists already"):
        scan_channels(source, reference=STRAIN, out=done.path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(OutputError, match="not written by this command"):
        scan_channels(source, reference=STRAIN, out=tmp_path / "mine", overwrite=True)


def test_lines_say_what_was_found(done):
    lines = list(done.lines())
    assert "10 channels in 5 events, 4 witnesses" in lines[0] and len(lines) == 5
    assert "family-wise" in lines[1] and repr(done) == f"<ChannelSelection {done.path}: 4 witnesses>"
