import csv
import json
import shutil

import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube
from otrain.errors import DataError, UsageError
from otrain.workflows.lightcurves import lightcurves

CONFIG = """
path_data = "{top}/data"
path_prepared = "{top}/prepared"
path_output = "{top}/output"
seed = 1
training_epochs = 1
[model]
name = "unet3p"
[model.general]
channels_out = {classes}
[convert]
cadence = 3600
length = 480
"""


@pytest.fixture
def project(tmp_path, write_stars):
    """A configuration and data of eight stars."""
    write_stars(tmp_path / "data", count=8)

    def do(*verbs, classes=3, **options):
        (tmp_path / "c.toml").write_text(CONFIG.format(top=tmp_path, classes=classes))
        return lightcurves(verbs, cfg=tmp_path / "c.toml", jobs=0, **options).lines

    do.top = tmp_path
    return do


@pytest.fixture
def finished(project, curves):
    """The project with the prepared cube and the run of the tests."""
    shutil.copytree(curves.run.path, project.top / "output" / "CNN_training" / "small")
    (project.top / "prepared" / "datacube").mkdir(parents=True)
    for path in curves.cube.parent.glob("stars*"):
        shutil.copy(path, project.top / "prepared" / "datacube" / path.name.replace("stars", "prepared"))
    return project


def test_labels_are_a_table_of_what_the_stars_have(project):
    lines = project("labels")
    assert "4 planets and binaries of 4 stars" in lines[-1]
    assert (project.top / "prepared" / "labels" / "ephemerides.ecsv").is_file()


def test_prepare_makes_the_cube_that_is_trained_on(project):
    project("labels")
    lines = project("prepare", augment=True)
    assert "8 examples, 8 inverted" in lines[-1]
    with open_cube(project.top / "prepared" / "datacube" / "prepared.npz") as cube:
        assert len(cube) == 16 and cube.shape[0] == 480 and np.bincount(cube.labels).tolist() == [8, 4, 4]


def test_one_channel_out_is_planets_alone(project):
    project("labels", "prepare", classes=1)
    with open_cube(project.top / "prepared" / "datacube" / "prepared.npz") as cube:
        assert list(cube.classes) == ["continuum", "planet"]


def test_light_curves_with_holes_are_left_out_where_they_are_not_masked(project):
    with pytest.raises(DataError, match="with missing points"):
        project("labels", "prepare", filter_inf=False)


def test_info_says_what_is_there_and_what_is_not(project, finished, curves):
    assert any("light curves of 480 points" in line for line in finished("info"))
    assert finished("info")[-1].startswith("1 runs, the latest ")
    shutil.rmtree(project.top / "prepared")
    assert any("no prepared light curves" in line for line in project("info"))


def test_eval_judges_a_run_on_the_stars_it_has_not_seen(finished, curves):
    lines = finished("eval")
    recall = curves.report["events"]["planet"]["network"]["recall"]["value"]
    assert f"planet events: recall {recall:.4f}" in lines[1]
    assert (finished.top / "output" / "eval" / "small" / "report.html").is_file()


def test_analysis_holds_figures_and_tables_of_a_run(finished, curves):
    lines = finished("analyze", analyze=["small"])
    folder = finished.top / "output" / "CNN_training" / "small" / "analysis"
    assert str(folder) in lines[0]
    names = {path.name for path in folder.iterdir()}
    for stem in ("iou", "thresholds", "confusion", "recovery", "discovery", "loss", "by_depth"):
        assert {f"{stem}.png", f"{stem}.pdf"} <= names
    with open(folder / "summary.csv", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["run"] == "small" and row["model_id"] == curves.report["model_id"] and float(row["point_iou"]) > 0.3
    with open(folder / "rec_far.csv", newline="") as file:
        assert {row["search"] for row in csv.DictReader(file)} == set(curves.report["events"]["planet"])
    with open(folder / "thresholds.csv", newline="") as file:
        counts = [sum(int(row[name]) for name in ("tp", "fp", "fn", "tn")) for row in csv.DictReader(file)]
    assert len(set(counts)) == 1 and counts[0] == 474 * 11, "every known point of validation, at every threshold"


def test_curves_are_drawn_by_star_file_or_of_the_latest_run(finished):
    one, other = finished("plot", plot=["s02", "s04_1_lc.fits"])
    assert "plots/s02" in one and "plots/s04" in other
    last = finished("plot", plot=["last"])
    assert len(last) == 9 and all("plots/curves" in line for line in last)


@pytest.mark.parametrize(("verb", "options", "words"), [
    ("plot", {"plot": ["s99"]}, "no light curve of the name 's99'"),
    ("analyze", {"analyze": ["smal"]}, "Did you mean 'small'")])
def test_unknown_names_are_told_with_near_ones(finished, verb, options, words):
    with pytest.raises(UsageError, match=words):
        finished(verb, **options)


def test_unknown_verb_is_refused(project):
    with pytest.raises(UsageError, match=r"unknown verb 'lables'\. Did you mean 'labels'"):
        project("lables")


def test_folder_without_data_is_told(project):
    shutil.rmtree(project.top / "data")
    with pytest.raises(DataError, match="no such folder"):
        project("labels")


def test_run_says_what_it_was_asked_for(curves):
    assert json.loads(curves.run.run_json.read_text())["recipe"]["architecture"] == "unet3p"
