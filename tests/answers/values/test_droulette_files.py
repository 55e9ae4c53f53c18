import csv

import numpy as np
import pytest

from otrain.answers.values.droulette_files import write_experiment
from otrain.data.results.value_encoding import ValueEncoding
from otrain.data.results.value_settings import ValueSettings

TRUTH = np.array([[1.0, 10], [3, 30], [5, 20], [7, 40]])


class Replies:
    raw = np.hstack([TRUTH + np.array([[1, 0], [-1, 0], [2, 10], [0, 0]]), np.ones((4, 2))])
    subset = np.array(["training", "training", "validation", "test"])
    columns = {"file": np.array(["a.png", "b.png", "c.png", "d.png"])}


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setattr("otrain.answers.values.droulette_files.true_values", lambda replies, names: TRUTH)
    encoding = ValueEncoding(("x", "y"), ("", ""), ("linear", "linear"), (1.0, 1.0), (4.0, 20.0), (2.0, 10.0))
    history = {"loss": [3.0, 2.0], "val_loss": [4.0, 5.0], "r2": [0.1, 0.2], "val_r2": [0.0, -0.5]}
    paths = write_experiment(tmp_path / "e", Replies, ValueSettings(encoding, None), history, name="e1",
                             predictions={"test": "test.csv"})
    assert all(path.is_file() for path in paths)
    return tmp_path / "e"


def rows(path):
    return list(csv.reader(path.open()))


def test_log_has_droulettes_columns(written):
    assert rows(written / "training_log.csv") == [
        ["epoch", "train_loss", "valid_loss", "train_r2", "valid_r2"],
        ["1", "3.0", "4.0", "0.1", "0.0"], ["2", "2.0", "5.0", "0.2", "-0.5"]]
    assert "<svg" in (written / "training.svg").read_text()


def test_predictions_are_those_of_the_network_and_not_the_truth(written):
    assert rows(written / "pred-training.csv") == [["filename", "x", "y"], ["a.png", "2.0", "10.0"],
                                                   ["b.png", "2.0", "30.0"]]
    assert rows(written / "test.csv")[1] == ["d.png", "7.0", "40.0"]


def test_table_tells_every_subset_and_the_test_too(written):
    table = {row[1]: row for row in rows(written / "eval.csv")[1:]}
    assert table["training"][:3] == ["e1", "training", "2"] and set(table) == {"training", "validation", "testing"}
    # x is off by 1 and -1, which is half of its scale; y is right: R2 of x is 1 - 2 / 2, of y 1
    assert [float(cell) for cell in table["training"][3:]] == [0.125, 0.5, 0.25]
    assert table["testing"][3:] == ["0.0", "", "0.0"]


def test_every_image_has_its_loss(written):
    assert rows(written / "validation-loss.csv")[1:] == [["c.png", "1.0", "1.0"]]
    assert [row[0] for row in rows(written / "training-loss.csv")[1:]] == ["a.png", "b.png"]
