import csv
import json

import numpy as np
import pytest

from otrain.bundle.bundle import Bundle
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.results.calibration import sigmoid
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import DataError, IntegrityError
from otrain.workflows.scoring.scored import scored as opened
from otrain.workflows.training.run_files import write_validation_cube

META = {"channels": ["difference"], "classes": ["bogus", "real"]}


_open = []


def scored(*asked, **options):
    """Return predictions, a reader of images and facts; the cube stays open."""
    manager = opened(*asked, **options)
    replies, _, facts = manager.__enter__()
    _open.append(manager)
    return replies.predictions, replies.read_images, facts


def write_night(path, means, *, labels=None, channels=("difference",), **columns):
    """A cube of images that are flat: the logit of the handmade network is a tenth of their value."""
    means = np.asarray(means, np.float32)
    images = means[:, None, None, None] * np.ones((1, 16, 16, len(channels)), np.float32)
    labels = np.arange(len(means)) % 2 if labels is None else labels
    columns = {"candid": np.array([f"c{n}" for n in range(len(means))]), **columns}
    write_cube(path, [images], labels=labels, columns=columns, meta=META | {"channels": list(channels)},
               overwrite=True).close()
    return path


@pytest.fixture
def run(tmp_path, make_bundle):
    """A run directory, as otrain-train leaves it, of 20 candidates: 10 training, 6 validation, 4 test."""
    directory = RunDirectory(tmp_path / "CNN_training" / "net")
    bundle = make_bundle(directory.bundle)
    means = np.linspace(-30, 30, 20)
    cube = open_cube(write_night(tmp_path / "sim.npz", means, mag=np.linspace(17, 22, 20)))
    subset = np.array(["training", "validation"] * 6 + ["training", "test"] * 4)
    rows = np.concatenate([np.flatnonzero(subset == name) for name in ("validation", "test")])
    with open(directory.split_csv, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "subset"])
        writer.writerows(enumerate(subset))
    Predictions({name: values[rows] for name, values in cube.columns.items()}, cube.labels[rows],
                0.1 * means[rows], sigmoid(0.1 * means[rows]), subset[rows],
                {"cube": cube.identity, "calibration": bundle.calibration.to_dict()}).save(directory.predictions)
    write_validation_cube(directory, cube, rows[:6], channels=[0])
    directory.report_json.write_text(json.dumps({"history": {"loss": [1.0]}, "seeds": {"seed": 3}}))
    directory.run_json.write_text(json.dumps({"model_id": bundle.identity}))
    return directory


@pytest.fixture
def no_prediction(monkeypatch):
    """Make the network refuse to score more than a few probes."""
    logits = Bundle.logits

    def guarded(self, images):
        assert len(images) <= 6, "predicted again what is stored"
        return logits(self, images)

    monkeypatch.setattr(Bundle, "logits", guarded)


def values_of(images):
    return images[:, 0, 0, 0]


def test_cube_is_scored_once_and_kept_in_the_run_directory(run, tmp_path, no_prediction, monkeypatch):
    night = write_night(tmp_path / "night.npz", [-10.0, 0.0, 10.0])
    first, _, context = scored(night, run.path)
    assert not context["stored"] and context["judged"] == "test"
    np.testing.assert_allclose(first.logits, [-1, 0, 1], atol=1e-6)
    monkeypatch.setattr(Bundle, "logits", lambda *_: pytest.fail("scored twice"))
    again, read_images, context = scored(night, run.path)
    assert context["stored"]
    assert np.array_equal(first.scores, again.scores) and list(again.columns["candid"]) == ["c0", "c1", "c2"]
    assert list(values_of(read_images([2, 0]))) == [10.0, -10.0]
    Predictions.load(run.predictions)  # the scores of the training are untouched


def test_bundle_alone_keeps_its_scores_in_the_output_folder(tmp_path, make_bundle, monkeypatch):
    make_bundle(tmp_path / "bundle")
    night = write_night(tmp_path / "night.npz", [1.0, 2.0])
    scored(night, tmp_path / "bundle", store=str(tmp_path / "out"))
    monkeypatch.setattr(Bundle, "logits", lambda *_: pytest.fail("scored twice"))
    assert scored(night, tmp_path / "bundle", store=tmp_path / "out")[2]["stored"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["predictions"]


def test_changed_cube_is_scored_again(run, tmp_path):
    night = write_night(tmp_path / "night.npz", [1.0, 2.0])
    scored(night, run.path)
    predictions, _, context = scored(write_night(night, [1.0, 3.0]), run.path)
    assert not context["stored"]
    np.testing.assert_allclose(predictions.logits, [0.1, 0.3], atol=1e-6)


def test_changed_calibration_is_scored_again(tmp_path, make_bundle):
    from otrain.data.results.calibration import Calibration

    night = write_night(tmp_path / "night.npz", [10.0, 20.0])
    make_bundle(tmp_path / "one")
    make_bundle(tmp_path / "two", calibration=Calibration("temperature", 2.0))
    scored(night, tmp_path / "one", store=tmp_path / "out")
    predictions, _, context = scored(night, tmp_path / "two", store=tmp_path / "out")
    assert not context["stored"]
    np.testing.assert_allclose(predictions.scores, sigmoid([0.5, 1.0]), atol=1e-6)


@pytest.mark.parametrize("name", ["", "bundle", "bundle/bundle.json"])
def test_scores_of_the_training_cube_are_those_of_validation_and_test(run, tmp_path, no_prediction, name):
    predictions, read_images, context = scored(tmp_path / "sim.npz", run.path / name)
    assert context["stored"] and context["judged"] == "test" and context["name"] == "net"
    assert list(predictions.subset) == ["validation"] * 6 + ["test"] * 4
    np.testing.assert_allclose(values_of(read_images(np.arange(10))), 10 * predictions.logits, rtol=1e-5)
    assert "10 of its 20 examples" in context["notes"][0]
    assert context["history"] == {"loss": [1.0]} and context["seeds"] == {"seed": 3}


def test_validation_cube_of_the_run_is_not_scored_again(run, no_prediction):
    predictions, read_images, context = scored(run.validation_cube, run.path)
    assert context["stored"] and context["judged"] == "validation" and len(predictions) == 6
    np.testing.assert_allclose(values_of(read_images(np.arange(6))), 10 * predictions.logits, rtol=1e-5)
    assert "too good" in context["notes"][-1]


def test_validation_cube_with_other_pixels_is_scored_again(run):
    with open_cube(run.validation_cube) as cube:
        images, labels, columns, meta = -cube.read(np.arange(6)), cube.labels, cube.columns, cube.meta
    write_cube(run.validation_cube, [images], labels=labels, columns=columns, meta=meta, overwrite=True).close()
    predictions, _, context = scored(run.validation_cube, run.path)
    assert not context["stored"] and context["judged"] == "validation"
    np.testing.assert_allclose(predictions.logits, 0.1 * values_of(images), atol=1e-5)


def test_replaced_bundle_makes_the_scores_of_the_training_worthless(run, tmp_path):
    run.run_json.write_text(json.dumps({"model_id": "another"}))
    assert not scored(tmp_path / "sim.npz", run.path)[2]["stored"]


def test_example_without_a_finite_pixel_has_no_score_and_shifts_nothing(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    night = write_night(tmp_path / "night.npz", [1.0, np.nan, 3.0])
    for _ in range(2):  # predicted, then stored
        predictions, read_images, context = scored(night, tmp_path / "bundle", store=tmp_path / "out")
        assert list(predictions.columns["candid"]) == ["c0", "c2"]
        assert list(values_of(read_images([0, 1]))) == [1.0, 3.0]
        assert context["notes"] == ["1 of 3 examples have no finite pixel, and so no score."]


def test_images_come_in_the_channels_of_the_network(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    night = write_night(tmp_path / "night.npz", [1.0, 2.0], channels=("science", "difference"))
    _, read_images, _ = scored(night, tmp_path / "bundle")
    assert read_images([0]).shape == (1, 16, 16, 1)


def test_cube_without_the_channel_of_the_network_is_refused(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    night = write_night(tmp_path / "night.npz", [1.0], channels=("science",))
    with pytest.raises(DataError, match=r"no channel difference\. It has: science"):
        scored(night, tmp_path / "bundle")


def test_cube_of_other_classes_is_refused(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    write_cube(tmp_path / "c.npz", [np.zeros((2, 16, 16, 1), np.float32)], labels=[0, 1], columns={},
               meta=META | {"classes": ["a", "b", "c"]}).close()
    with pytest.raises(DataError, match="classes a, b, c"):
        scored(tmp_path / "c.npz", tmp_path / "bundle")


def test_cube_of_nothing_but_nan_is_refused(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    with pytest.raises(DataError, match="no example has a finite pixel"):
        scored(write_night(tmp_path / "night.npz", [np.nan, np.nan]), tmp_path / "bundle")


def test_stored_scores_that_changed_are_refused(tmp_path, make_bundle):
    make_bundle(tmp_path / "bundle")
    night = write_night(tmp_path / "night.npz", [1.0, 2.0])
    scored(night, tmp_path / "bundle", store=tmp_path / "out")
    table = next((tmp_path / "out" / "predictions").glob("*/predictions.npz"))
    table.write_bytes(table.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match="changed since they were written"):
        scored(night, tmp_path / "bundle", store=tmp_path / "out")
