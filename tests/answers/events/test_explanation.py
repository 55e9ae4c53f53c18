import json
import shutil

import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube
from otrain.data.results.heat_maps import read_heat_maps
from otrain.errors import DataError, UsageError
from otrain.workflows.grad_cam import grad_cam


@pytest.fixture(scope="module")
def done(curves, tmp_path_factory):
    return grad_cam(curves.cube, curves.run.path, out=tmp_path_factory.mktemp("heat"), n_random=4,
                    method="saliency")


def test_found_events_are_explained_point_by_point(done, curves):
    maps = read_heat_maps(done.path / "heat_maps.npz")
    assert maps["maps"].shape == (sum(done.counts.values()), 480) and done.counts["TP"] == 4
    assert np.isfinite(maps["maps"]).all() and (maps["maps"].max(axis=1) > 0).all()
    with open_cube(curves.cube) as cube:
        columns = cube.columns_of(maps["row"])
        assert columns["candid"].tolist() == maps["candid"].tolist()
        image = cube.read(maps["row"])
        time = image[..., cube.channels.index("time")] + columns["time_start"][:, None]
        label = image[..., cube.channels.index("label")]
    for place in np.flatnonzero(maps["outcome"] == "TP"):
        inside = np.abs(time[place] - maps["t0"][place]) < 0.2
        assert (label[place, inside] == 1).all() and inside.sum() >= 8
        hottest = time[place, np.argmax(maps["maps"][place])]
        assert abs(hottest - maps["t0"][place]) < 1.5, "the heat is at the event that was asked about"


def test_each_event_has_a_figure_in_the_folder_of_its_outcome(done):
    for outcome, folder in (("TP", "True Positive"), ("FP", "False Positive"), ("FN", "False Negative")):
        assert len(list((done.path / folder).glob("curve_CAM_*.png"))) == done.counts[outcome]


def test_what_was_asked_and_where_the_heat_lies_is_told(done):
    content = json.loads((done.path / "explanation.json").read_text())
    assert (content["method"], content["class"], content["counts"]) == ("saliency", "planet", done.counts)
    assert "within one duration of the centre of the planet event" in done.words[0]
    assert float(done.words[0].split(" %")[0]) > 20


def test_missed_events_are_explained_too(curves, tmp_path):
    done = grad_cam(curves.cube, curves.run.path, out=tmp_path, n_random=1, threshold=0.999)
    assert done.counts == {"TP": 0, "FP": 0, "FN": 1}
    assert json.loads((done.path / "explanation.json").read_text())["method"] == "grad-cam"


def test_nothing_found_and_nothing_wanted_is_an_error(curves, tmp_path):
    with pytest.raises(DataError, match="no planet event is found or missed"):
        grad_cam(curves.cube, curves.run.path, out=tmp_path, n_random=0)
    assert not (tmp_path / "grad_cam").exists()


def test_network_without_its_search_is_refused(curves, tmp_path):
    shutil.copy(curves.run.model_keras, tmp_path / "alone.keras")
    with pytest.raises(UsageError, match="run directory of otrain-train"):
        grad_cam(curves.cube, tmp_path / "alone.keras", out=tmp_path)
