import json
import shutil

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from otrain.answers.events.scorer import maps_path
from otrain.data.files.work_log import WorkLog
from otrain.data.results.map_store import read_map
from otrain.errors import DataError, OutputError, UsageError
from otrain.workflows.convert import convert
from otrain.workflows.infer import infer


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the table goes


@pytest.fixture
def night(curves, tmp_path, write_stars):
    """Eight stars that the network has not seen."""
    write_stars(tmp_path / "night", count=8, first=60)
    return tmp_path


def run(curves, night, source="night", **options):
    return infer(night / source, curves.run.path, **{"jobs": 0, "threshold": 0.5, **options})


def cube_of(night):
    return convert(night / "night", path_datacube=night, jobs=1, contact_sheet=False, length=480, cadence=3600).path


def announced(path, kind="planet"):
    table = Table.read(path)
    return table[table["announced"] & (table["kind"] == kind)]


def test_files_become_a_table_of_events_in_the_current_folder(curves, night):
    done = run(curves, night)
    assert done.path.resolve() == night / "events.ecsv" and done.tally.kept == 8
    table = announced(done.path)
    assert table["object_id"].tolist() == ["s60"] * 3 + ["s64"] * 3
    np.testing.assert_allclose(table["t0"][:3], [3.5, 9.5, 15.5], atol=0.05)
    np.testing.assert_allclose(table["depth"], 0.01, rtol=0.1)
    np.testing.assert_allclose(table["duration"], 12, rtol=0.15)
    assert announced(done.path, "binary")["object_id"].tolist() == ["s62", "s66"]
    assert set(table["model_id"]) == {done.model_id} and set(table["calibration_id"]) == {done.calibration_id}
    assert [len(json.loads(row)) > 12 for row in table["snippet"]] == [True] * 6
    assert done.classes["planet"] == 6 and str(table["t0"].unit) == "d"


def test_map_of_every_light_curve_lies_beside_the_table(curves, night):
    done = run(curves, night)
    table = announced(done.path)
    found, kinds = read_map(maps_path(done.path), table["candid"][0])
    near = np.abs(found["time"] - table["t0"][0]) < 0.2
    assert kinds[0] == "planet" and (found["probability"][0][near] > 0.5).all()
    assert np.isnan(found["probability"][:, np.isnan(found["flux"])]).all()


def test_maps_are_left_out_if_nobody_wants_them(curves, night):
    done = run(curves, night, maps=False)
    assert not maps_path(done.path).exists() and len(announced(done.path)) == 6


def test_cube_gives_the_same_events_as_its_files(curves, night):
    cube = cube_of(night)
    files, rows = Table.read(run(curves, night).path), Table.read(run(curves, night, cube, out=night / "b.ecsv").path)
    assert files["object_id"].tolist() == rows["object_id"].tolist()
    for name in ("t0", "log_odds", "depth"):
        np.testing.assert_allclose(files[name], rows[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("gain", "offset", "depth"), [(3000.0, 0.0, 1.0), (3.0, 1.5, 2 / 3), (1e-4, 0.0, 1.0)])
def test_scale_and_offset_of_the_flux_change_no_event(curves, night, write_star, gain, offset, depth):
    (night / "other").mkdir()
    write_star(night / "other" / "s60_1_lc.fits", 60, events=(3.5, 9.5, 15.5), gain=gain, offset=offset)
    once, other = announced(run(curves, night).path), announced(run(curves, night, "other", out=night / "b.ecsv").path)
    once = once[once["object_id"] == "s60"]
    assert len(other) == 3
    for name in ("t0", "log_odds", "duration"):
        np.testing.assert_allclose(once[name], other[name], rtol=2e-2, atol=1e-3, err_msg=name)
    np.testing.assert_allclose(other["depth"], depth * once["depth"], rtol=2e-2)


def test_values_under_a_quality_flag_change_nothing(curves, night):
    plain = Table.read(run(curves, night).path)
    for path in sorted((night / "night").glob("*.fits")):
        with fits.open(path, mode="update") as file:
            file[1].data["FLUX"][50:56] = 77  # they were missing
            file[1].data["QUALITY"][50:56] = 1
    flagged = Table.read(run(curves, night, overwrite=True).path)
    assert flagged["t0"].tolist() == plain["t0"].tolist()
    assert flagged["log_odds"].tolist() == plain["log_odds"].tolist()


def test_broken_light_curves_are_quarantined_beside_good_ones(curves, night, write_star):
    folder = night / "night"
    whole = (folder / "s60_1_lc.fits").read_bytes()
    (folder / "cut_1_lc.fits").write_bytes(whole[:9000])
    write_star(folder / "dark_1_lc.fits", 1)
    with fits.open(folder / "dark_1_lc.fits", mode="update") as file:
        file[1].data["FLUX"][:] = np.nan
    done = run(curves, night)
    assert done.tally.kept == 8 and done.tally.quarantined == {"truncated": 1, "no-finite-pixel": 1}
    assert set(Table.read(done.quarantine)["file"]) == {"cut_1_lc.fits", "dark_1_lc.fits"}
    assert len(announced(done.path)) == 6


def test_no_usable_light_curve_is_an_error_and_leaves_no_table(curves, night):
    (night / "bad").mkdir()
    (night / "bad" / "cut_lc.fits").write_bytes((night / "night" / "s60_1_lc.fits").read_bytes()[:9000])
    with pytest.raises(DataError, match="no usable"):
        run(curves, night, "bad")
    assert not (night / "events.ecsv").exists() and not list(night.rglob("*.maps.h5"))


def test_events_are_announced_from_the_threshold_of_validation(curves, night):
    table = Table.read(run(curves, night, threshold=None).path)
    for kind, settled in curves.report["search"]["kinds"].items():
        mine = table["kind"] == kind
        assert mine.any()
        assert table["announced"][mine].tolist() == (table["log_odds"][mine] >= settled["threshold"]).tolist()


def test_threshold_decides_what_is_announced_and_nothing_else(curves, night):
    few, all_of_them = (Table.read(run(curves, night, threshold=value, overwrite=True).path) for value in (1.0, 0.0))
    assert not few["announced"].any() and all_of_them["announced"].all()
    assert few["log_odds"].tolist() == all_of_them["log_odds"].tolist()


@pytest.mark.parametrize(("options", "words"), [
    ({"prob_ratio": 0.1}, "--prob-ratio"), ({"uncertainty": 8}, "--uncertainty"), ({"format": "dat"}, "--format ecsv"),
    ({"threshold": 1.5}, "between 0 and 1")])
def test_flags_for_one_score_an_example_are_refused(curves, night, options, words):
    with pytest.raises(UsageError, match=words):
        run(curves, night, **options)


def test_table_is_the_same_for_any_number_of_workers(curves, night):
    alone, two = (run(curves, night, jobs=jobs, out=night / f"{jobs}.ecsv") for jobs in (0, 2))
    assert alone.path.read_bytes() == two.path.read_bytes()


class Killed(BaseException):
    """The process is gone."""


def killed_after(parts, curves, night, monkeypatch, **options):
    real, seen = WorkLog.add, []

    def add(log, arrays, state):
        real(log, arrays, state)
        seen.append(1)
        if len(seen) == parts:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(WorkLog, "add", add)
        run(curves, night, checkpoint_every=0, **options)


@pytest.mark.parametrize("source", ["night", "cube"])
@pytest.mark.parametrize("kills", [[1], [2, 1]])
def test_killed_search_ends_with_the_same_bytes(curves, night, monkeypatch, source, kills):
    monkeypatch.setattr("otrain.answers.events.scorer.WINDOWS", 2)
    source = "night" if source == "night" else cube_of(night)
    if source == "night":
        (night / "night" / "s61a_1_lc.fits").write_bytes((night / "night" / "s61_1_lc.fits").read_bytes()[:9000])
    whole = run(curves, night, source, out=night / "whole.ecsv")
    for number, parts in enumerate(kills):
        killed_after(parts, curves, night, monkeypatch, source=source, out=night / "t.ecsv", resume=number > 0)
    again = run(curves, night, source, out=night / "t.ecsv", resume=True)
    assert again.path.read_bytes() == whole.path.read_bytes()
    assert (again.tally, again.classes) == (whole.tally, whole.classes)
    assert maps_path(again.path).stat().st_size == maps_path(whole.path).stat().st_size
    if source == "night":
        assert again.quarantine.read_bytes() == whole.quarantine.read_bytes()
    assert not [path for path in night.iterdir() if path.name.startswith(".")]


def test_table_that_exists_is_kept_unasked(curves, night):
    run(curves, night)
    with pytest.raises(OutputError, match="exists already"):
        run(curves, night)


def test_long_light_curve_is_searched_in_overlapping_windows(curves, tmp_path, write_star):
    (tmp_path / "long").mkdir()
    events = (3.5, 19.9, 33.0, 40.1)  # on the border of two windows without overlap, too
    write_star(tmp_path / "long" / "l1_1_lc.fits", 5, events=events, days=50)
    done = run(curves, tmp_path, "long")
    np.testing.assert_allclose(announced(done.path)["t0"], events, atol=0.1)


def test_moved_run_still_searches(curves, night):
    shutil.copytree(curves.run.bundle, night / "elsewhere")
    done = infer(night / "night", night / "elsewhere", jobs=0, threshold=0.5)
    assert done.path.read_bytes() and len(announced(done.path)) == 6
