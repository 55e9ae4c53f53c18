import json
import re
import subprocess
import sys

import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.data.results.calibration import ScoreSettings, sigmoid
from otrain.errors import DataError, OutputError
from otrain.evaluation.metrics import binary_metrics
from otrain.plots import outcomes
from otrain.workflows.diagnostics import diagnostics

META = {"channels": ["difference"], "classes": ["bogus", "real"]}


@pytest.fixture
def night(tmp_path, make_bundle, request, monkeypatch):
    """A function that writes a cube of flat images, whose value is their number and decides the score."""
    make_bundle(tmp_path / "bundle")
    if "page" not in request.node.name:  # drawing it takes seconds
        monkeypatch.setattr("otrain.answers.scores.run_files.write_training_report",
                            lambda path, *_, **__: path.write_text("a page"))

    def write(count=100, *, labels=None, seed=0, **columns):
        values = np.arange(count) - count / 2.0
        images = values[:, None, None, None].astype(np.float32) * np.ones((1, 16, 16, 1), np.float32)
        rng = np.random.default_rng(seed)
        if labels is None:
            labels = (rng.random(count) < sigmoid(0.05 * values)).astype(int)
        columns = {"candid": np.array([f"value{value:g}" for value in values]), **columns}
        write_cube(tmp_path / "night.npz", [images], labels=labels, columns=columns, meta=META,
                   overwrite=True).close()
        return 0.1 * values, np.asarray(labels)

    return write


def judge(tmp_path, **options):
    return diagnostics(tmp_path / "night.npz", tmp_path / "bundle", out=tmp_path / "out", **options)


def test_metrics_are_those_of_the_scores(night, tmp_path):
    logits, labels = night()
    done = judge(tmp_path, threshold=0.6)
    values = {name: row["value"] for name, row in done.report["metrics"]["test"].items()}
    assert values == pytest.approx(binary_metrics(labels, sigmoid(logits), threshold=0.6), abs=1e-6)
    assert all(row["low"] <= row["value"] <= row["high"] for row in done.report["metrics"]["test"].values())
    assert done.report["counts"] == {"test": {"bogus": int(np.sum(labels == 0)), "real": int(labels.sum())}}
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == done.report


@pytest.mark.slow
def test_report_page_names_the_cube_and_needs_no_network(night, tmp_path):
    night()
    judge(tmp_path)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "night.npz" in page and "Average precision of bogus" in page
    assert not re.search(r"(src|href)=.http", page)


def test_folders_hold_all_errors_and_thirty_of_each_right_class(night, tmp_path):
    logits, labels = night()
    done = judge(tmp_path)
    wrong = (logits >= 0) != (labels == 1)
    expected = {"FP": np.sum(wrong & (labels == 0)), "FN": np.sum(wrong & (labels == 1)), "TP": 30, "TN": 30}
    assert done.pictures == expected
    for outcome, kind in (("FP", "misclassified"), ("FN", "misclassified"), ("TP", "well_classified"),
                          ("TN", "well_classified")):
        folder = tmp_path / "out" / kind / f"images_{outcome}"
        assert len(list(folder.glob("cutout_*.png"))) == expected[outcome]
        assert (folder / "contact_sheet.png").is_file()


def test_title_belongs_to_the_cutout_under_it(night, tmp_path, monkeypatch):
    labels = np.random.default_rng(1).integers(-1, 2, 200)  # unlabelled rows must not shift the others
    logits, _ = night(200, labels=labels, mag=np.linspace(17, 22, 200))
    single, sheets = [], []
    monkeypatch.setattr(outcomes, "write_cutouts",
                        lambda folder, images, titles, *, start=0: single.extend(zip(images, titles)))
    monkeypatch.setattr(outcomes, "write_contact_sheet",
                        lambda path, parts, *, tile: sheets.extend(zip(parts[0][1], parts[0][2])))
    judge(tmp_path)
    score = {f"value{10 * z:g}": sigmoid(z) for z in logits}
    assert len(single) == len(sheets) > 100
    for image, title in [*single, *((image, "   ".join(lines)) for image, lines in sheets)]:
        candid, mag, words = title.split("   ")
        value = float(image[0, 0, 0])
        assert candid == f"value{value:g}"
        assert mag == f"{np.interp(value, [-100, 99], [17, 22]):.2f} mag"
        assert words.startswith("score ") and float(sum_of(words)) == pytest.approx(score[candid], abs=6e-4)


def sum_of(words):
    """The number in "score 0.25" or "score 1 - 3e-07"."""
    parts = words.removeprefix("score ").split(" - ")
    return float(parts[0]) - sum(map(float, parts[1:]))


def test_unlabelled_rows_are_said_and_left_out(night, tmp_path):
    labels = np.arange(100) % 2
    labels[:7] = -1
    night(labels=labels)
    done = judge(tmp_path)
    assert sum(done.report["counts"]["test"].values()) == 93
    assert "7 of 100 examples have no known class and are left out." in done.report["notes"]


def test_cube_without_a_label_is_refused_and_leaves_nothing(night, tmp_path):
    night(labels=np.full(100, -1))
    with pytest.raises(DataError, match="none of its 100 examples has a known class"):
        judge(tmp_path)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("label, absent", [(0, "real"), (1, "bogus")])
def test_cube_of_one_class_is_judged(night, tmp_path, label, absent):
    night(labels=np.full(100, label))
    report = judge(tmp_path).report
    metrics = report["metrics"]["test"]
    assert metrics["roc_auc"] == {"value": None, "low": None, "high": None}
    assert metrics["accuracy"]["value"] == pytest.approx(0.5)
    assert any(note.startswith(f"There is no {absent} among the examples") for note in report["notes"])


def test_one_hot_cube_of_otrain_is_judged(night, tmp_path):
    logits, labels = night()
    with np.load(tmp_path / "night.npz", allow_pickle=False) as file:
        images = file["cube"]
    np.savez(tmp_path / "night.npz", cube=images, labels=np.eye(2)[labels], mags=np.full(100, -99.0),
             errmags=np.full(100, -99.0), filters=np.full(100, "r"), fwhms=np.full(100, np.nan),
             candids=np.array([f"c{n}" for n in range(100)]))
    report = judge(tmp_path).report
    assert np.diag(report["confusion"]["test"]).sum() == np.sum((logits >= 0) == (labels == 1))


def test_existing_folder_is_refused(night, tmp_path):
    night(20)
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="exists already"):
        judge(tmp_path)


def test_overwrite_replaces_our_files_and_keeps_those_of_others(night, tmp_path):
    night()
    judge(tmp_path, threshold=0.3)
    folder = tmp_path / "out" / "misclassified" / "images_FP"
    for name in ("notes.txt", "cutout_best.png"):
        (folder / name).write_text("mine")
    (tmp_path / "out" / "mine").mkdir()
    done = judge(tmp_path, threshold=0.9, overwrite=True)
    assert len(list(folder.glob("cutout_[0-9]*.png"))) == done.pictures["FP"]
    assert (folder / "notes.txt").read_text() == (folder / "cutout_best.png").read_text() == "mine"
    assert (tmp_path / "out" / "mine").is_dir()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["threshold"] == 0.9


def test_failure_with_overwrite_leaves_the_older_files(night, tmp_path):
    night()
    judge(tmp_path)
    before = sorted(path.name for path in (tmp_path / "out").rglob("*.png"))
    night(labels=np.full(100, -1))
    with pytest.raises(DataError):
        judge(tmp_path, overwrite=True)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.png")) == before
    assert not list(tmp_path.glob(".out*"))


def test_same_seed_gives_the_same_numbers(night, tmp_path):
    night()
    first = judge(tmp_path, seed=5).report["metrics"]
    assert judge(tmp_path, seed=5, overwrite=True).report["metrics"] == first
    assert judge(tmp_path, seed=6, overwrite=True).report["metrics"] != first


def test_network_without_thresholds_chooses_on_one_half_and_is_judged_on_the_other(night, tmp_path):
    night(2000)
    report = judge(tmp_path).report
    row = report["threshold_table"][3]
    assert row["limit"] == 0.1 and row["validation"]["reals"] + row["test"]["reals"] == report["counts"]["test"]["real"]
    assert any("one half of the candidates" in note for note in report["notes"])


def test_thresholds_of_the_bundle_are_judged_on_the_cube(night, tmp_path, make_bundle):
    from otrain.evaluation.thresholds import threshold_table

    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 4000), rng.random(4000)
    logits, truth = night()
    import shutil

    shutil.rmtree(tmp_path / "bundle")
    rows = threshold_table(scores, labels, scores, labels)
    make_bundle(tmp_path / "bundle", settings=ScoreSettings(thresholds=tuple(rows)))
    rows = judge(tmp_path).report["threshold_table"]
    lost = rows[3]["test"]["lost"]["value"]
    assert lost == pytest.approx(np.mean(sigmoid(logits)[truth == 1] < rows[3]["threshold"]))
    assert rows[0]["support"] == f"needs at least 381 reals (has {truth.sum()})"


@pytest.mark.slow
def test_tensorflow_is_not_loaded_for_a_bundle(night, tmp_path):
    night(20, labels=np.ones(20, int))
    code = ("import sys; import otrain.workflows.diagnostics as d; from otrain.cli.diagnostics import main; "
            "d.write_training_report = lambda path, *_, **__: path.write_text(''); "
            "main(['--path-cube-validation', 'night.npz', '--model-path', 'bundle', '--path-diagnostics', 'out']); "
            "print(sorted({'tensorflow', 'keras', 'tf2onnx'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert out.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_network_of_somebody_else_is_judged_by_keras_and_its_scores_are_kept(night, tmp_path, monkeypatch):
    keras = pytest.importorskip("keras")
    from otrain.workflows.scoring.network import KerasNetwork

    _, labels = night()
    image = keras.Input((16, 16, 1))
    x = keras.layers.GlobalAveragePooling2D()(image)
    network = keras.Model(image, keras.layers.Dense(2, activation="softmax")(x))
    network.layers[-1].set_weights([np.array([[-0.1, 0.1]]), np.array([0.2, -0.2])])
    network.save(tmp_path / "old.h5")
    options = {"out": tmp_path / "out"}
    report = diagnostics(tmp_path / "night.npz", tmp_path / "old.h5", **options).report
    expected = sigmoid(0.2 * (np.arange(100) - 50) - 0.4)
    assert report["metrics"]["test"]["log_loss"]["value"] == pytest.approx(
        binary_metrics(labels, expected)["log_loss"], rel=1e-4)
    assert any("not calibrated" in note for note in report["notes"]) and report["name"] == "old"
    monkeypatch.setattr(KerasNetwork, "logits", lambda *_: pytest.fail("scored twice"))
    again = diagnostics(tmp_path / "night.npz", tmp_path / "old.h5", overwrite=True, **options).report
    assert again["metrics"] == report["metrics"]


def test_heat_maps_and_the_night_reach_the_report(night, tmp_path, monkeypatch):
    from otrain.data.results.heat_maps import write_heat_maps

    night()
    maps = np.full((1, 16, 16), 3, np.float32)
    write_heat_maps(tmp_path / "maps.npz", [maps], maps.shape,
                    {"candid": np.array(["value7"]), "file": np.array(["night.npz"])})
    given = {}
    monkeypatch.setattr("otrain.answers.scores.run_files.write_training_report",
                        lambda path, *_, explain: (given.update(explain=explain), path.write_text("")))
    done = judge(tmp_path, night=500, heat_maps=tmp_path / "maps.npz")
    assert done.report["night"]["candidates"] == 500
    assert given["explain"]([57, 58])[:, 0, 0].tolist() == [3, 0]
