import numpy as np
import pytest

from otrain.answers.scores import figures as drawing
from otrain.data.cubes.datacube import write_cube
from otrain.errors import DataError, OutputError, UsageError
from otrain.plots.results import FIGURES, result_figures
from otrain.workflows.plot_results import plot_results

META = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients", "task": "classification",
        "recipe": {"kind": "cutout", "size": 16, "channels": ["difference"], "pad": False, "nonfinite": "fill"}}
COUNT = 240


def columns():
    rng = np.random.default_rng(1)
    return {"candid": np.array([f"c{i}" for i in range(COUNT)]), "mag": rng.uniform(16, 20, COUNT),
            "mag_err": rng.uniform(0.01, 0.3, COUNT), "fwhm": rng.uniform(2, 4, COUNT),
            "fwhm_psf": np.full(COUNT, 3.0), "band": np.tile(["g", "r"], COUNT // 2),
            "kind": np.tile(["", "dipole"], COUNT // 2), "file": np.array([f"c{i}.fits" for i in range(COUNT)])}


@pytest.fixture
def make_cube(tmp_path):
    """Write a cube whose reals are brighter; the network's logit is 0.1 x the mean."""

    def make(name="night.npz", *, labels=None, **changes):
        rng = np.random.default_rng(0)
        labels = np.arange(COUNT) % 2 if labels is None else labels
        images = rng.normal(size=(COUNT, 16, 16, 1)) + (rng.normal(20 * labels - 10, 8))[:, None, None, None]
        table = {key: value for key, value in (columns() | changes).items() if value is not None}
        write_cube(tmp_path / name, [images.astype(np.float32)], labels=labels, columns=table, meta=META).close()
        return tmp_path / name

    return make


@pytest.fixture
def bundle(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    """Make no figures, which takes long, and write them as empty files: tests of plots/ look at them."""
    monkeypatch.setattr("otrain.plots.style.save_figure", lambda path, figure: path.write_bytes(b"png"))
    monkeypatch.setattr(drawing, "result_figures", lambda *judged, classes: {"confusion": None, "by_kind": None})


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.setattr(drawing, "result_figures", result_figures)


def test_every_figure_is_written_under_its_name(make_cube, bundle, tmp_path, figures):
    done = plot_results(make_cube(), bundle, out=tmp_path / "plots")
    assert {path.stem for path in done.path.glob("*.png")} == set(FIGURES)
    assert sorted(done.figures) == sorted(f"{name}.png" for name in FIGURES)


def test_best_threshold_separates_the_classes(make_cube, bundle, tmp_path):
    summary = plot_results(make_cube(), bundle, out=tmp_path / "plots").summary
    assert 0.3 < summary["best"]["threshold"] < 0.7 and summary["best"]["f1"] > 0.8
    assert summary["examples"] == {"real": 120, "bogus": 120, "without a class": 0}
    assert len(summary["bins"]["mag"]["roc"]) == 6
    assert all(row["threshold"] is not None for row in summary["bins"]["mag"]["roc"])


def test_magnitudes_that_mean_nothing_are_counted(make_cube, bundle, tmp_path):
    mag = np.where(np.arange(COUNT) < 30, np.repeat([0.0, 99.0, np.nan], [10, 10, COUNT - 20]), columns()["mag"])
    bins = plot_results(make_cube(mag=mag), bundle, out=tmp_path / "plots").summary["bins"]["mag"]
    assert bins["left_out"] == {"0": 10, "99": 10, "not finite": 10}
    assert sum(row["real"] + row["bogus"] for row in bins["roc"]) == COUNT - 30


def test_bins_reach_as_far_as_asked(make_cube, bundle, tmp_path):
    bins = plot_results(make_cube(), bundle, out=tmp_path / "plots", bins=3, mag_max=18,
                        errmag_max=0.1).summary["bins"]
    assert len(bins["mag"]["roc"]) == 3 and bins["mag"]["roc"][-1]["to"] <= 18
    assert bins["errmag"]["left_out"] == {"above 0.1": int(np.sum(columns()["mag_err"] > 0.1))}


def test_cube_without_columns_still_has_the_figures_of_the_scores(make_cube, bundle, tmp_path, figures):
    cube = make_cube(**dict.fromkeys(("mag", "mag_err", "fwhm", "fwhm_psf", "band", "kind")))
    done = plot_results(cube, bundle, out=tmp_path / "plots")
    assert {"prob_distribution.png", "mag_ROC.png", "confusion.png"} <= set(done.figures)
    assert not [name for name in done.figures if name.startswith(("by_", "score_"))]


def test_few_candidates_make_no_curve_and_no_crash(make_cube, bundle, tmp_path, figures):
    labels = np.full(COUNT, -1)
    labels[:3] = [1, 1, 0]
    summary = plot_results(make_cube(labels=labels), bundle, out=tmp_path / "plots").summary
    assert summary["examples"] == {"real": 2, "bogus": 1, "without a class": COUNT - 3}
    rows = [row for table in summary["bins"].values() for row in (*table["roc"], *table["precision_recall"])]
    assert rows and all(row["threshold"] is None for row in rows)


def test_one_class_alone_can_be_drawn(make_cube, bundle, tmp_path, figures):
    summary = plot_results(make_cube(labels=np.ones(COUNT, int)), bundle, out=tmp_path / "plots").summary
    assert summary["best"]["mcc"] is None


def test_cube_without_labels_is_refused(make_cube, bundle, tmp_path):
    with pytest.raises(DataError, match="no example has a known class"):
        plot_results(make_cube(labels=np.full(COUNT, -1)), bundle, out=tmp_path / "plots")


def test_figures_are_replaced_only_if_asked_and_other_files_stay(make_cube, bundle, tmp_path, monkeypatch):
    folder = tmp_path / "plots"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    plot_results(make_cube(), bundle, out=folder)
    with pytest.raises(OutputError, match="replace them with --overwrite"):
        plot_results(make_cube("other.npz"), bundle, out=folder)
    monkeypatch.setattr(drawing, "result_figures", lambda *judged, classes: {"confusion": None})
    plot_results(make_cube("third.npz"), bundle, out=folder, overwrite=True)
    assert (folder / "mine.txt").read_text() == "mine"
    assert not (folder / "by_kind.png").exists()  # of the first cube


def test_stored_scores_are_not_predicted_again(make_cube, bundle, tmp_path, monkeypatch):
    cube = make_cube()
    first = plot_results(cube, bundle, out=tmp_path / "plots").summary
    monkeypatch.setattr("otrain.workflows.scoring.scored._predict", None)
    assert plot_results(cube, bundle, out=tmp_path / "plots", overwrite=True).summary == first


@pytest.mark.parametrize("options", [{"threshold": 1.5}, {"bins": 0}, {"mag_max": 0}, {"errmag_max": -1}])
def test_impossible_values_are_refused_before_anything_is_read(options, tmp_path):
    flag = f"--{next(iter(options)).replace('_', '-')}"
    with pytest.raises(UsageError, match=flag):
        plot_results("none.npz", "none", out=tmp_path, **options)


def test_network_that_finds_events_has_figures_of_events(curves, tmp_path):
    done = plot_results(curves.cube, curves.run.path, out=tmp_path / "plots")
    assert {"recovery.png", "discovery.png", "finds.png"} <= set(done.figures)
    searches = done.summary["searches"]
    assert searches["network"]["recall"] == curves.report["events"]["planet"]["network"]["recall"]
    assert any("magnitudes" in note for note in done.summary["notes"])


def test_figures_of_an_earlier_run_stay_until_all_new_ones_are_there(make_cube, bundle, tmp_path, monkeypatch):
    plot_results(make_cube(), bundle, out=tmp_path / "plots")
    (tmp_path / "plots" / "mine.png").write_bytes(b"mine")
    monkeypatch.setattr(drawing, "result_figures", lambda *judged, classes: {"by_kind": None, "confusion": None})

    def half(path, figure):
        if path.stem == "confusion":
            raise KeyboardInterrupt
        path.write_bytes(b"new")

    monkeypatch.setattr("otrain.plots.style.save_figure", half)
    with pytest.raises(KeyboardInterrupt):
        plot_results(tmp_path / "night.npz", bundle, out=tmp_path / "plots", overwrite=True)
    found = {path.stem: path.read_bytes() for path in (tmp_path / "plots").glob("*.png")}
    assert found == {"by_kind": b"png", "confusion": b"png", "mine": b"mine"}
