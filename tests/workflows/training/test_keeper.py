import os
import signal
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from otrain.data.files.checkpoint import Checkpoint
from otrain.workflows.training.fitting import _optimizer, _Watch
from otrain.workflows.training.keeper import Keeper, fit_epochs
from otrain.workflows.training.recipe import Recipe

EPOCHS, STEPS = 3, 4


class Killed(BaseException):
    """The process is gone."""


def network(scheduler):
    """A network with everything that has a state: dropout, batch normalisation, slots, a falling rate."""
    keras.utils.set_random_seed(5)
    image = keras.Input((6,))
    x = keras.layers.Dropout(0.5, seed=1)(keras.layers.Dense(5, activation="relu")(image))
    trainer = keras.Model(image, keras.layers.Dense(1)(keras.layers.BatchNormalization()(x)))
    if scheduler == "accumulated":  # three batches to an update: epochs and updates end at different steps
        optimizer = _optimizer(Recipe(epochs=EPOCHS, learning_rate=0.05, accumulate=3), STEPS)
    else:
        optimizer = keras.optimizers.Adam(0.05 if scheduler == "plateau" else keras.optimizers.schedules.CosineDecay(
            0.05, EPOCHS * STEPS))
    trainer.compile(optimizer, "mse", metrics=["mae"])
    return trainer


def batches(start_step):
    def batch(step):
        rng = np.random.default_rng(int(step))
        return rng.normal(size=(8, 6)).astype("f4"), rng.normal(size=(8, 1)).astype("f4")

    def read(step):
        x, y = tf.numpy_function(batch, [step], (tf.float32, tf.float32))
        return tf.ensure_shape(x, (8, 6)), tf.ensure_shape(y, (8, 1))

    return tf.data.Dataset.range(start_step, EPOCHS * STEPS).map(read)


class Record(keras.callbacks.Callback):
    """Keep the weights and the running loss after every step; end the process before a given one."""

    def __init__(self, end=None):
        super().__init__()
        self.steps, self.end = [], end

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append((float(logs["loss"]), *[value.tobytes() for value in self.model.get_weights()]))
        if len(self.steps) == self.end:
            raise Killed


def run(folder, scheduler="cosine", end=None, every=0.0, patience=None):
    """Train until the end, or until a step that is not saved any more; return what was seen."""
    trainer, record = network(scheduler), Record(end)
    watch = _Watch(Recipe(epochs=EPOCHS, patience=patience), lambda *logs: None)
    # A learning rate that falls after every epoch without a large gain.
    reducer = [keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=1, min_delta=1)] * (scheduler == "plateau")
    checkpoint = Checkpoint(folder / ".n.checkpoint", {}, {})
    keeper = Keeper(checkpoint, checkpoint.begin(resume=True, overwrite=False), every=every)
    try:
        fit_epochs(trainer, batches, batches(8), epochs=EPOCHS, steps=STEPS, callbacks=[watch, *reducer, record],
                   keeper=keeper)
    except Killed:
        return record.steps, None
    watch.restore_best()
    history = {name: values for name, values in watch.history.items() if name != "seconds"}
    return record.steps, (history, [value.tobytes() for value in trainer.get_weights()])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What uninterrupted runs give, by scheduler."""
    return {name: run(tmp_path_factory.mktemp("whole"), name) for name in ("cosine", "plateau", "accumulated")}


@pytest.mark.parametrize(("scheduler", "ends"), [("cosine", [1, STEPS + 1]), ("cosine", [STEPS]),
                                                 ("plateau", [3, 3, 4]), ("accumulated", [3, 1, 3])])
def test_killed_training_goes_on_as_if_it_had_not_been(tmp_path, whole, scheduler, ends):
    for end in ends:
        _, result = run(tmp_path, scheduler, end)
        assert result is None
    steps, result = run(tmp_path, scheduler)
    all_steps, expected = whole[scheduler]
    assert steps == all_steps[-len(steps):] and len(steps) == EPOCHS * STEPS - sum(ends) + len(ends)
    assert result == expected


def test_metrics_of_the_interrupted_epoch_include_its_first_part(tmp_path, whole):
    run(tmp_path, end=3)
    steps, _ = run(tmp_path, end=2)
    assert [step[0] for step in steps] == [step[0] for step in whole["cosine"][0][2:4]]


def test_complete_training_is_not_done_again(tmp_path, whole):
    run(tmp_path)
    steps, result = run(tmp_path)
    assert steps == [] and result == whole["cosine"][1]


def test_patience_counts_the_epochs_before_the_kill(tmp_path):
    alone = run(tmp_path / "a", patience=1)
    run(tmp_path / "b", patience=1, end=STEPS + 2)
    assert run(tmp_path / "b", patience=1)[1] == alone[1]


def test_checkpoints_come_by_time(tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(Keeper, "save", lambda keeper: saved.append(keeper.position))
    run(tmp_path, every=1e9)
    assert saved == [EPOCHS * STEPS]


@pytest.mark.parametrize("step", [2, STEPS])
def test_request_to_stop_is_answered_with_a_checkpoint(tmp_path, whole, step):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if keeper.position == step - 1:
                os.kill(os.getpid(), signal.SIGINT)

    watch = _Watch(Recipe(epochs=EPOCHS), lambda *logs: None)
    checkpoint = Checkpoint(tmp_path / ".n.checkpoint", {}, {})
    keeper = Keeper(checkpoint, None, every=1e9)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fit_epochs(network("cosine"), batches, batches(8), epochs=EPOCHS, steps=STEPS, callbacks=[watch, Stop()],
                   keeper=keeper)
    assert time.monotonic() - begun < 10 and keeper.position == step
    steps, result = run(tmp_path)
    assert len(steps) == EPOCHS * STEPS - step and result == whole["cosine"][1]


def test_keeper_needs_no_plateau():
    keeper = Keeper(None, None, every=30.0)
    trainer = SimpleNamespace(optimizer=SimpleNamespace(built=True))
    keeper.attach(trainer, 4, 2, [SimpleNamespace(restore=None)], None)
    assert list(keeper.parts()) == [(0, 2, 4)]
