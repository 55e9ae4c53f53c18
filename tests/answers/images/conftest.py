from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.answer import Replies
from otrain.data.results.predictions import Predictions

CLASSES = ("quiet", "glitch", "line")


class Cube:
    """Two channels, the image and the class of each pixel, in memory."""

    def __init__(self, images, masks, classes):
        self.images = np.stack([images, masks], axis=-1).astype("f4")
        self.channels, self.classes, self.shape, self.path = ("difference", "mask"), classes, self.images.shape[1:], "made"
        self.labels = np.zeros(len(images), int)

    def read(self, rows):
        return self.images[np.asarray(rows, int)]


@pytest.fixture
def make_replies():
    """Return what makes replies of (N, H, W) classes as they are true and as they are called, sure of each."""

    def make(truth, called, *, classes=CLASSES, subset=None, sure=8.0, columns=None):
        truth, called = np.asarray(truth, float), np.asarray(called, int)
        images = np.where(np.isfinite(truth), np.arange(truth.size).reshape(truth.shape), np.nan)
        raw = sure * np.eye(len(classes))[called]
        if len(classes) == 2:
            raw = raw[..., 1:] - raw[..., :1]
        subset = np.array(["test"] * len(truth) if subset is None else subset)
        predictions = Predictions(columns or {}, np.zeros(len(truth), int), raw, np.full(len(truth), np.nan), subset, {})
        return Replies(Cube(images, np.nan_to_num(truth), classes), np.arange(len(truth)), [0], predictions)

    return make


@pytest.fixture
def task():
    """A task whose classes lie in the second channel."""
    return SimpleNamespace(answer_channel=lambda cube: 1)
