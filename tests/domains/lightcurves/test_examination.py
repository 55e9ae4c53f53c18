import numpy as np
import pytest

from otrain.domains.lightcurves.door import NO_ROW
from otrain.domains.lightcurves.examination import EXAMINATION, find_faults, measure_windows

CHANNELS = ("flux", "residual", "flux_err", "time", "segment", "label")


def windows(count=4, length=480):
    images = np.zeros((count, length, 6), np.float32)
    images[..., 3] = np.arange(length) / 48
    return images


def columns(count=4, **changed):
    return {"object_id": np.array([f"TIC {row}" for row in range(count)]), "file": np.array([f"{row}.fits" for row in range(count)]),
            "time_start": np.full(count, 2000.0), "time_scale": np.full(count, "BTJD"), "noise": np.full(count, 300.0),
            "native_cadence": np.full(count, 1800.0), "cadence": np.full(count, 1800.0), "flagged": np.zeros(count, int),
            "samples": np.full(count, 480), "mission": np.full(count, "TESS"), **changed}


def found(table, images=None, labels=None, remarks=None):
    images = windows(len(table["file"])) if images is None else images
    labels = np.zeros(len(images), int) if labels is None else labels
    return {one.code: one for one in find_faults(table, measure_windows(images, CHANNELS), labels, remarks or {})}


def test_good_light_curves_give_nothing():
    assert found(columns()) == {}


def test_windows_are_measured_between_first_and_last_flux():
    images = windows(2)
    images[0, :48, 0], images[0, 96:336, 0], images[1, :, 0] = np.nan, np.nan, np.nan
    seen = measure_windows(images, CHANNELS)
    assert (seen["first"][0], seen["last"][0]) == (1.0, pytest.approx(479 / 48))
    assert seen["gap"][0] == pytest.approx(241 / 48) and seen["filled"][0] == pytest.approx(192 / 432)
    assert np.isnan(seen["gap"][1])


@pytest.mark.parametrize("scale, start", [("BTJD", 2003.0), ("BJD", 2459003.0)])
def test_two_files_of_one_star_over_one_time_are_told(scale, start):
    table = columns(object_id=np.array(["TIC 1", "tic 001", "TIC 3", "TIC 4"]), time_scale=np.array(["BTJD", scale, "BTJD", "BTJD"]),
                    time_start=np.array([2000.0, start, 2000.0, 2000.0]))
    one = found(table)["star-twice"]
    assert sorted(one.rows) == [0, 1] and "1 pairs" in one.words and one.values[0] == "7 d shared"
    table["time_start"][1] += 10
    assert "star-twice" not in found(table)


@pytest.mark.parametrize("code, changed, rows", [
    ("several-bands", {"band": np.array(["", "g", "r", ""])}, [1, 2]), ("flux-near-zero", {"noise": np.array([1.0, 3e5, 2, 4e5])}, [3, 1]),
    ("cadence", {"native_cadence": np.array([1800.0, 120, 1800, 1800])}, [1]), ("cadence", {"cadence": np.full(4, 600.0)}, [0, 1, 2, 3]),
    ("flagged", {"flagged": np.array([0, 100, 10, 4000])}, [3, 1]), ("no-clock", {"time_scale": np.array(["d", "BTJD", "BTJD", "d"])}, [0, 3])])
def test_what_is_wrong_names_its_light_curves_worst_first(code, changed, rows):
    assert list(found(columns(**changed))[code].rows) == rows


def test_long_gaps_are_told():
    images = windows()
    images[2, 100:400, 0] = np.nan
    one = found(columns(), images)["gaps"]
    assert list(one.rows) == [2] and one.values[0].startswith("6.3 d")


def test_table_of_labels_that_matches_nothing_is_a_fault():
    assert found(columns(), remarks={NO_ROW: [4, "TIC 1"]})["no-row"].level == "fault"
    some = found(columns(), labels=np.array([1, 0, 0, 0]), remarks={NO_ROW: [3, "TIC 1"]})["no-row"]
    assert (some.level, some.count, some.of) == ("notice", 3, 4)


def test_flags_of_an_unknown_mission_name_the_remedy():
    one = found(columns(flagged=np.array([0, 300, 0, 0]), mission=np.array(["TESS", "", "TESS", "TESS"])))["flagged"]
    assert "1 have no mission" in one.words and "--mission" in one.words and one.values == ["38 %"]


def test_every_finding_is_a_check():
    table = columns(band=np.array(["g"] * 4), noise=np.full(4, 1e6), flagged=np.full(4, 400), time_scale=np.full(4, "d"),
                    object_id=np.full(4, "a"), native_cadence=np.array([1.0, 1800, 1800, 1e5]))
    images = windows()
    images[:, 50:400, 0] = np.nan
    codes = set(found(table, images, remarks={NO_ROW: [1, ""], "looks like magnitudes": [2, "a.dat"]}))
    assert codes == set(EXAMINATION.checks)
