from contextlib import contextmanager

import keras
import numpy as np
import pytest

from otrain.workflows.training import epoch_progress as _epoch_progress
from otrain.workflows.training.epoch_progress import EpochProgress


@pytest.fixture
def shown(monkeypatch):
    """What is shown, in order: titles, (done, total), and "end"."""
    seen = []

    @contextmanager
    def progress(title):
        seen.append(title)
        try:
            yield lambda *counts: seen.append(counts)
        finally:
            seen.append("end")

    monkeypatch.setattr(_epoch_progress, "progress", progress)
    return seen


def test_every_batch_of_training_and_validation_is_shown(shown):
    image = keras.Input((2,))
    network = keras.Model(image, keras.layers.Dense(1)(image))
    network.compile("sgd", "mse")
    x, y = np.zeros((6, 2)), np.zeros((6, 1))
    with EpochProgress(1, 3) as signs:
        network.fit(x, y, batch_size=2, validation_data=(x[:4], y[:4]), validation_batch_size=2, callbacks=[signs],
                    verbose=0)
    assert shown == ["epoch 1/1, batches", (1, 3), (2, 3), (3, 3), "end",
                     "validation, batches", (1, None), (2, None), "end"]


def test_nothing_is_shown_after_an_error(shown):
    with pytest.raises(KeyboardInterrupt), EpochProgress(5, 100) as signs:
        signs.on_epoch_begin(2)
        signs.on_train_batch_end(0)
        raise KeyboardInterrupt
    assert shown == ["epoch 3/5, batches", (1, 100), "end"]
