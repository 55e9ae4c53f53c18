import json
import shutil

import pytest
from astropy.table import Table

from otrain.bundle.bundle import Bundle
from otrain.data.results.run_directory import DiagnosticsFolder
from otrain.errors import DataError
from otrain.workflows.convert import convert
from otrain.workflows.diagnostics import diagnostics

SAME = {"length": 480, "cadence": 3600}


@pytest.fixture
def run(curves, tmp_path):
    """The run, where it may be changed."""
    shutil.copytree(curves.run.path, tmp_path / "CNN_training" / "small")
    return tmp_path / "CNN_training" / "small"


@pytest.fixture
def asked(monkeypatch):
    """How many curves the network is asked about."""
    counts, real = [], Bundle.logits
    monkeypatch.setattr(Bundle, "logits", lambda self, images: counts.append(len(images)) or real(self, images))
    return counts


def convert_stars(folder, **options):
    return convert(folder, path_datacube=folder.parent, jobs=1, contact_sheet=False, **{**SAME, **options}).path


def test_training_cube_is_judged_from_the_stored_maps(curves, run, tmp_path, asked):
    done = diagnostics(curves.cube, run, out=tmp_path / "out")
    assert not asked
    for kind in ("planet", "binary"):
        for name in ("recall", "fdr", "false_alarms"):
            assert done.report["events"][kind]["network"][name] == curves.report["events"][kind]["network"][name]
    folder = DiagnosticsFolder(tmp_path / "out")
    assert json.loads(folder.report_json.read_text()) == done.report
    assert Table.read(folder.events)["t0"].tolist() == Table.read(curves.run.events)["t0"].tolist()
    assert "stars.npz" in folder.report_html.read_text() and len(Table.read(folder.true_events))


def test_another_cube_is_scored_once(run, tmp_path, write_stars, asked):
    cube = convert_stars(write_stars(tmp_path / "more", count=8, first=60))
    first = diagnostics(cube, run, out=tmp_path / "one")
    assert sum(asked) == 8
    again = diagnostics(cube, run, out=tmp_path / "two")
    assert sum(asked) == 8
    assert first.report["events"] == again.report["events"]
    assert any("dealt to two halves" in note for note in again.report["notes"])
    judged = first.report["events"]["planet"]["network"]
    assert judged["threshold"] == first.report["search"]["kinds"]["planet"]["threshold"]
    found = Table.read(DiagnosticsFolder(tmp_path / "one").events)
    assert set(found["subset"]) == {"validation", "test"}
    for star in set(found["object_id"]):
        assert len(set(found["subset"][found["object_id"] == star])) == 1, "stars are dealt, not windows"


def test_cube_of_unknown_stars_cannot_be_judged(run, tmp_path, write_stars):
    folder = write_stars(tmp_path / "more", count=4, first=60)
    (folder / "ephemerides.ecsv").unlink()
    with pytest.raises(DataError, match="--labels TABLE of ephemerides"):
        diagnostics(convert_stars(folder), run, out=tmp_path / "one")
    assert not (tmp_path / "one").exists()


def test_cube_of_another_length_is_refused(run, tmp_path, write_stars):
    cube = convert_stars(write_stars(tmp_path / "more", count=4, first=60), length=240)
    with pytest.raises(DataError, match=r"takes examples of 480 points, the cube has 240.*--length"):
        diagnostics(cube, run, out=tmp_path / "one")


def test_validation_cube_of_the_run_is_judged_from_the_stored_maps(curves, run, tmp_path, asked):
    done = diagnostics(curves.run.validation_cube, run, out=tmp_path / "out")
    assert sum(asked) <= 64, "a few to see that it is the one"
    judged, then = (report["events"]["planet"]["network"]["counts"] for report in (done.report, curves.report))
    assert judged["validation"]["events"] + judged["test"]["events"] == then["validation"]["events"] > 0
