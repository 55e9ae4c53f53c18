import json
from contextlib import contextmanager

import numpy as np
import pytest

from otrain.catalogue import MODELS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.results.heat_maps import read_heat_maps
from otrain.errors import DataError, IntegrityError, OutputError, UsageError
from otrain.explain.explain import explain
from otrain.explain.network import CutNetwork
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec
from otrain.workflows import grad_cam as module
from otrain.workflows.grad_cam import grad_cam


def write(path, labels, side=16):
    rng = np.random.default_rng(0)
    n = len(labels)
    images = rng.normal(size=(n, side, side, 1)).astype("f4")
    images[::2, 6:10, 6:10] += 8
    images[0, :2] = np.nan
    columns = {"candid": np.array([f"c{i}" for i in range(n)]), "file": np.array([f"{i}.fits" for i in range(n)]),
               "mag": rng.uniform(15, 21, n)}
    meta = {"channels": ["difference"], "classes": ["bogus", "real"]}
    write_cube(path, [images], labels=labels, columns=columns, meta=meta).close()
    return path


@pytest.fixture(scope="module", autouse=True)
def _small_test_of_the_maps():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("otrain.answers.scores.explanation.TESTED", 6)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a cube and an untrained network that calls about half of it real."""
    folder = tmp_path_factory.mktemp("explained")
    cube = write(folder / "cube.npz", np.arange(40) // 2 % 2)
    network = MODELS.load("compact")([InputSpec("cutout", (16, 16, 1))], OutputSpec(1, "sigmoid"), seed=2)
    cut = CutNetwork(network)
    logits = cut.logits(cut.inputs(open_cube(cube).read(np.arange(40)))).numpy()
    kernel, bias = network.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([kernel * 20, bias - 20 * np.median(logits)])
    network.save(folder / "network.keras")
    return folder


@pytest.fixture(scope="module")
def done(place):
    return grad_cam(place / "cube.npz", place / "network.keras", out=place, n_random=3)


@pytest.fixture(scope="module")
def maps(done):
    return read_heat_maps(done.path / "heat_maps.npz")


def test_all_misclassified_and_some_others_of_each_class_are_drawn(done, place):
    assert done.path == place / "grad_cam"
    assert done.counts["TP"] == done.counts["TN"] == 3
    assert done.counts["FP"] > 3 and done.counts["FN"] > 3
    for outcome, name in (("TP", "True Positive"), ("TN", "True Negative"), ("FP", "False Positive"),
                          ("FN", "False Negative")):
        names = {path.name for path in (done.path / name).iterdir()}
        assert names == {f"cutout_CAM_{i}.png" for i in range(done.counts[outcome])}


def test_maps_stand_beside_what_they_belong_to(maps, place):
    cube = open_cube(place / "cube.npz")
    assert len(maps["maps"]) == sum(np.unique(maps["outcome"], return_counts=True)[1])
    np.testing.assert_array_equal(maps["candid"], cube.columns["candid"][maps["row"]])
    np.testing.assert_array_equal(maps["label"], cube.labels[maps["row"]])
    np.testing.assert_array_equal(maps["towards"], (maps["score"] >= 0.5).astype(int))
    right = np.isin(maps["outcome"], ["TP", "TN"])
    np.testing.assert_array_equal(right, maps["towards"] == maps["label"])


def test_stored_maps_are_those_of_the_network_for_the_called_class(maps, place):
    network = CutNetwork(load_network(place / "network.keras"))
    images = open_cube(place / "cube.npz").read(maps["row"])
    expected = explain(network, images, maps["towards"])
    np.testing.assert_allclose(maps["maps"], expected, rtol=1e-4, atol=1e-5 * expected.max())


def test_test_of_the_maps_is_written_in_numbers_words_and_a_figure(done):
    content = json.loads((done.path / "explanation.json").read_text())
    assert content["method"] == "grad-cam" and content["layer"] and content["threshold"] == 0.5
    assert set(content["deletion"]) == set(content["insertion"]) == {"bogus", "real"}
    assert content["words"] == list(done.words) and len(content["words"]) >= 5
    assert content["counts"] == done.counts and content["cube"]["examples"] == 40
    assert (done.path / "explanation.png").read_bytes().startswith(b"\x89PNG")


def test_person_is_told_what_the_network_lacks(done):
    assert any("scores are not calibrated" in note for note in done.notes)


def test_existing_folder_stays_unless_it_may_be_replaced(done, place):
    with pytest.raises(OutputError, match="exists already"):
        grad_cam(place / "cube.npz", place / "network.keras", out=place)


def test_network_other_than_that_of_the_scores_is_refused_and_nothing_is_left(place, tmp_path, monkeypatch):
    original = module.scored

    @contextmanager
    def shifted(*args, **options):
        with original(*args, **options) as (replies, network, facts):
            replies.predictions.logits = replies.predictions.logits + 0.5
            yield replies, network, facts

    monkeypatch.setattr(module, "scored", shifted)
    with pytest.raises(IntegrityError, match="not the same network"):
        grad_cam(place / "cube.npz", place / "network.keras", out=tmp_path / "x")
    assert not (tmp_path / "x" / "grad_cam").exists()


def test_cube_without_labels_has_no_outcomes(place, tmp_path):
    cube = write(tmp_path / "unknown.npz", np.full(6, -1))
    with pytest.raises(DataError, match="no example of the cube has a label"):
        grad_cam(cube, place / "network.keras", out=tmp_path)


@pytest.mark.parametrize(("options", "words"), [
    ({"threshold": 1.0}, "between 0 and 1"), ({"n_random": -1}, "must not be negative"),
    ({"method": "grad_cam"}, "Did you mean 'grad-cam'"), ({"layer": "nowhere"}, "no layer 'nowhere' with maps"),
])
def test_wrong_request_is_answered_at_once(place, tmp_path, options, words):
    with pytest.raises(UsageError, match=words):
        grad_cam(place / "cube.npz", place / "network.keras", out=tmp_path, **options)


def test_bundle_without_its_keras_file_does_not_suffice(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(DataError, match="a bundle does not suffice"):
        grad_cam("cube.npz", tmp_path, out=tmp_path)


@pytest.mark.slow
def test_threshold_that_calls_everything_bogus_is_explained_for_one_class(place, tmp_path):
    done = grad_cam(place / "cube.npz", place / "network.keras", out=tmp_path, n_random=2,
                    threshold=1 - 1e-12, method="saliency")
    assert done.counts["TP"] == done.counts["FP"] == 0 and done.counts["FN"] == 20
    assert set(json.loads((done.path / "explanation.json").read_text())["deletion"]) == {"bogus"}
