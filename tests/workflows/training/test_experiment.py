import csv
import json

import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.workflows.training import experiment


class Network:
    answer, classes, channels, shape, settings = "numbers", (), ("image",), (2, 2, 1), "settings"

    def logits(self, images):
        return images.reshape(len(images), -1)[:, :2]


class Run:
    def __init__(self, folder):
        self.path, self.split_csv, self.name = folder, folder / "split.csv", "e1"


@pytest.fixture
def run(tmp_path, monkeypatch):
    images = np.arange(16, dtype=np.float32).reshape(4, 2, 2, 1)
    meta = {"channels": ["image"], "classes": ["bogus", "real"]}
    write_cube(tmp_path / "c.npz", [images], labels=np.zeros(4, int), columns={"candid": np.array(list("abcd"))},
               meta=meta).close()
    run = Run(tmp_path)
    with run.split_csv.open("w", newline="") as file:
        csv.writer(file).writerows([["row", "subset"], [0, "training"], [1, ""], [2, "test"], [3, "validation"]])
    monkeypatch.setattr(experiment, "open_network", lambda path: Network())
    monkeypatch.setattr(experiment, "network_channels", lambda cube, network: [0])
    return run


def test_answer_gets_the_replies_about_every_subset(run, tmp_path, monkeypatch):
    seen = {}

    class Answer:
        def write_experiment(self, folder, replies, settings, history, *, name, predictions):
            seen.update(folder=folder, raw=replies.raw.tolist(), subset=replies.subset.tolist(), name=name,
                        columns=replies.columns["candid"].tolist(), history=history, predictions=predictions)
            return [tmp_path / "log.csv"]

    monkeypatch.setattr(experiment, "ANSWERS", type("Answers", (), {"load": staticmethod(lambda name: Answer())}))
    done = experiment.write_experiment(run, {"history": {"loss": [1]}}, tmp_path / "c.npz",
                                       predictions={"test": "t.csv"})
    assert done == [tmp_path / "log.csv"] and seen["folder"] == run.path
    assert seen["subset"] == ["training", "test", "validation"] and seen["columns"] == ["a", "c", "d"]
    assert seen["raw"] == [[0, 1], [8, 9], [12, 13]]
    assert json.dumps([seen["name"], seen["history"], seen["predictions"]]) == '["e1", {"loss": [1]}, {"test": "t.csv"}]'


def test_answer_without_such_files_writes_none(run, tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "ANSWERS", type("Answers", (), {"load": staticmethod(lambda name: object())}))
    assert experiment.write_experiment(run, {"history": {}}, tmp_path / "c.npz") == []
