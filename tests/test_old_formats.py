"""What versions 1.0 and 1.1 wrote is read today, and gives what it gave then."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from otrain.bundle.bundle import Bundle
from otrain.data.cubes.datacube import open_cube
from otrain.workflows.diagnostics import diagnostics
from otrain.workflows.infer import infer
from otrain.workflows.plot_results import plot_results

OLD = Path(__file__).with_name("old_formats")
CUTOUTS, CURVES = OLD / "v1.0", OLD / "v1.1"
EXACT = ("file", "object_id", "candid", "class", "label", "kind", "announced", "model_id", "calibration_id")


@pytest.fixture
def old(tmp_path):
    """A copy that may be written into."""
    shutil.copytree(OLD, tmp_path / "old")
    return tmp_path / "old"


def same(now, then):
    """Compare two tables: words and identities to the letter, numbers to the last digits of float32."""
    assert len(now) == len(then) > 0 and set(then.colnames) <= set(now.colnames)
    for name in then.colnames:
        if name in EXACT:
            assert now[name].tolist() == then[name].tolist(), name
        elif then[name].dtype.kind == "f":
            np.testing.assert_allclose(now[name].filled(np.nan) if hasattr(now[name], "filled") else now[name],
                                       then[name].filled(np.nan) if hasattr(then[name], "filled") else then[name],
                                       rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("name", ["small.npz", "h5.h5", "shards"])
def test_cubes_of_every_store_are_read(name):
    with open_cube(CUTOUTS / name) as cube, open_cube(CUTOUTS / "small.npz") as other:
        assert (len(cube), cube.shape, cube.classes) == (40, (15, 15, 1), ("bogus", "real"))
        assert (cube.labels == 1).sum() == 20 and cube.identity == other.identity
        np.testing.assert_array_equal(cube.read(np.arange(40)), other.read(np.arange(40)))


def test_bundles_of_format_1_keep_their_identities_and_settings():
    for folder, answer in ((CUTOUTS / "net", "scores"), (CURVES / "transits", "events")):
        told = json.loads((folder / "bundle" / "bundle.json").read_text())
        bundle = Bundle.open(folder / "bundle")
        assert told["format"] == 1 and bundle.answer == answer
        assert (bundle.identity, bundle.calibration_id) == (told["model_id"], told["calibration_id"])
        assert bundle.threshold == told["threshold"]
        if answer == "scores":
            assert bundle.settings.calibration.to_dict() == told["calibration"]
            assert bundle.settings.train_prior == told["train_prior"] and bundle.thresholds == told["thresholds"]
        else:
            assert bundle.settings.search.to_dict() == told["events"]
        bundle.verify()


def test_scores_of_a_1_0_network_are_what_they_were(old, tmp_path):
    done = infer(old / "v1.0" / "small.npz", old / "v1.0" / "net", out=tmp_path / "scores.ecsv", jobs=0)
    same(Table.read(done.path), Table.read(CUTOUTS / "scores.ecsv"))


def test_events_of_a_1_1_network_are_what_they_were(old, tmp_path):
    done = infer(old / "v1.1" / "curves.npz", old / "v1.1" / "transits", out=tmp_path / "events.ecsv", jobs=0)
    same(Table.read(done.path), Table.read(CURVES / "events.ecsv"))


def test_stored_scores_of_a_1_0_run_are_judged(old, tmp_path):
    done = diagnostics(old / "v1.0" / "small.npz", old / "v1.0" / "net", out=tmp_path / "out")
    then = json.loads((CUTOUTS / "net" / "report.json").read_text())
    assert done.report["counts"]["test"] == then["counts"]["test"]
    for name in ("accuracy", "roc_auc"):
        assert done.report["metrics"]["test"][name]["value"] == pytest.approx(then["metrics"]["test"][name]["value"])


def test_stored_maps_of_a_1_1_run_are_judged_and_drawn(old, tmp_path):
    done = diagnostics(old / "v1.1" / "curves.npz", old / "v1.1" / "transits", out=tmp_path / "out")
    then = json.loads((CURVES / "transits" / "report.json").read_text())
    assert done.report["counts"]["test"] == then["counts"]["test"]
    now, before = (report["events"]["planet"]["network"] for report in (done.report, then))
    assert now["counts"] == before["counts"] and now["threshold"] == before["threshold"]
    drawn = plot_results(old / "v1.1" / "curves.npz", old / "v1.1" / "transits", out=tmp_path / "plots")
    assert "recovery.png" in drawn.figures
