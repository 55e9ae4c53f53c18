"""Transits in a user's curves, searched by a network without training: its log odds are -flux - 6."""

import json

import numpy as np
import pytest

from otrain.answers.events.injection import Injections, injections_path
from otrain.bundle.writing import write_bundle
from otrain.cli.infer import main
from otrain.data.cubes.side_table import _plain
from otrain.data.results.calibration import Calibration
from otrain.data.results.event_search import EventSearch, EventSettings, KindOfEvent
from otrain.domains.lightcurves.preparation import make_recipe
from otrain.errors import UsageError

LENGTH = 720  # 15 d


def network():
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("IsNaN", ["cutout"], ["nan"]),
             helper.make_node("Where", ["nan", "zero", "cutout"], ["known"]),
             helper.make_node("MatMul", ["known", "kernel"], ["dip"]),
             helper.make_node("Add", ["dip", "bias"], ["logits"]),
             helper.make_node("ReduceMean", ["known"], ["features"], axes=[1], keepdims=0)]
    weights = {"zero": np.float32(0), "kernel": np.array([[-1], [0]], np.float32), "bias": np.float32(-6)}
    graph = helper.make_graph(
        nodes, "dips", [helper.make_tensor_value_info("cutout", TensorProto.FLOAT, ["N", LENGTH, 2])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", LENGTH, 1]),
         helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 2])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    golden = np.random.default_rng(0).normal(size=(3, LENGTH, 2)).astype(np.float32)
    meta = {"channels": ["flux", "residual"], "classes": ["continuum", "planet"], "domain": "lightcurves",
            "task": "segmentation", "counts": {}, "source": "stars",
            "recipe": make_recipe(length=LENGTH, channels=["flux", "residual"])}
    search = EventSearch("peak_log_odds", 0.02, 1.0, {"planet": KindOfEvent(2.0, Calibration())})
    write_bundle(folder / "bundle", network(), golden, cube_meta=meta, name="dips",
                 settings=EventSettings(search))
    return folder


@pytest.fixture
def curves(tmp_path):
    folder = tmp_path / "curves"
    folder.mkdir()
    for number in range(2):
        time = (np.arange(LENGTH) + 0.5) / 48
        flux = 1 + np.random.default_rng(number).normal(0, 1e-4, LENGTH)
        np.savetxt(folder / f"star{number}.csv", np.column_stack([time, flux]), delimiter=",", header="time,flux",
                   comments="", fmt="%.9f")
    (folder / "broken.csv").write_text("time,flux\n1,a\n")
    return folder


def injected(curves, run, *more):
    from astropy.table import Table

    out = curves.parent / "events.ecsv"
    code = main(["--cutouts", str(curves), "--model", str(run), "--out", str(out), "--jobs", "0", *more])
    assert code == 3  # one file is broken
    table = Table.read(injections_path(out))
    return {name: _plain(table[name]) for name in table.colnames}, table.meta


def test_deep_transits_are_found_and_shallow_ones_are_not(curves, run, capsys):
    rows, meta = injected(curves, run, "--inject", "2", "--inject-depths", "30", "3000", "--inject-durations", "5", "9")
    assert len(rows["t0"]) == 2 * 2 * 2 * 2 and set(rows["file"]) == {"star0.csv", "star1.csv"}
    deep = rows["depth"] > 1e-3
    assert rows["found"][deep].all() and rows["found_by_matched_filter"][deep].all()
    assert not rows["found"][~deep].any() and not rows["found_by_matched_filter"][~deep].any()
    assert np.all(rows["score"][deep] > 0.9) and np.all(rows["snr"][deep] > 50)
    assert json.loads(meta["least_statistic"]) == {"matched filter": 7.0}
    assert (curves.parent / "events.injections.png").stat().st_size > 1000
    assert "network 8 of 16 (50 %" in capsys.readouterr().err


def test_threshold_of_the_matched_filter_is_that_of_the_report(curves, run, tmp_path):
    import shutil

    copy = shutil.copytree(run, tmp_path / "copy")
    (copy / "report.json").write_text(json.dumps({"events": {"planet": {"matched filter": {"threshold": 1e6}}}}))
    rows, meta = injected(curves, copy, "--inject", "1", "--inject-depths", "3000", "--inject-durations", "6")
    assert json.loads(meta["least_statistic"]) == {"matched filter": 1e6}
    assert rows["found"].all() and not rows["found_by_matched_filter"].any()


def test_same_seed_injects_the_same(curves, run):
    ask = ("--inject", "1", "--inject-depths", "900", "--inject-durations", "6", "--overwrite", "--seed")
    first, again, other = (injected(curves, run, *ask, seed)[0]["t0"] for seed in ("1", "1", "2"))
    np.testing.assert_array_equal(first, again)
    assert np.all(first != other)


def test_transit_without_a_place_counts_nowhere(curves, run, capsys):
    rows, _ = injected(curves, run, "--inject", "1", "--inject-depths", "3000", "--inject-durations", "6", "900")
    assert np.isnan(rows["t0"]).sum() == 2 and not rows["found"][np.isnan(rows["t0"])].any()
    assert "network 2 of 2" in (said := capsys.readouterr().err) and "no place for 2" in said


def test_events_are_the_same_with_and_without_injections(curves, run):
    out = curves.parent / "events.ecsv"
    texts = []
    for more in ([], ["--inject", "1", "--inject-depths", "3000", "--inject-durations", "6"]):
        main(["--cutouts", str(curves), "--model", str(run), "--out", str(out), "--jobs", "0", "--overwrite", *more])
        texts.append(out.read_text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("more", "words"), [
    (["--inject-depths", "100"], "Add --inject"),
    (["--inject", "1", "--inject-depths", "-5"], "--inject-depths must be above 0"),
    (["--inject", "1", "--inject-durations", "nan"], "--inject-durations must be above 0"),
])
def test_unclear_requests_are_refused(curves, run, capsys, more, words):
    assert main(["--cutouts", str(curves), "--model", str(run), *more]) == 2
    assert words in capsys.readouterr().err


def test_older_injections_stay_without_overwrite(curves, run):
    older = curves.parent / "events.injections.png"
    older.write_text("older")
    assert main(["--cutouts", str(curves), "--model", str(run), "--out", str(curves.parent / "events.ecsv"),
                 "--inject", "1"]) == 5
    assert older.read_text() == "older"


def test_network_for_candidates_is_refused(curves, make_bundle, tmp_path, capsys):
    bundle = make_bundle(tmp_path / "bundle")
    assert main(["--cutouts", str(curves), "--model", str(bundle.path), "--inject", "1"]) == 2
    assert "gives one score an example" in " ".join(capsys.readouterr().err.split())


def test_data_cube_is_refused_before_the_long_job(curves, run, capsys):
    from otrain.cli.convert import main as convert

    place = ["--cutouts", str(curves), "--path", str(curves.parent), "--cube", "stars", "--length", str(LENGTH)]
    assert convert(["--domain", "lightcurves", *place, "--jobs", "0", "--no-contact-sheet"]) == 3
    cube = curves.parent / "datacube" / "stars.npz"
    assert main(["--cutouts", str(cube), "--model", str(run), "--inject", "1"]) == 2
    assert "light curves as they were read" in " ".join(capsys.readouterr().err.split())
    assert not (cube.parent / "events.ecsv").exists()


def test_at_least_one_transit_is_asked_for():
    with pytest.raises(UsageError, match="at least 1"):
        Injections(0)
