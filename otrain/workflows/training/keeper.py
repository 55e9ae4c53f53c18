"""Training that can be stopped at any instant and goes on as if it had not been.

The state is everything that decides the next step and all that follows: weights,
slots of the optimiser, seed generators (which ``.keras`` does not store), the running
metrics of the epoch, what the callbacks remember, and the position in the order of
examples, which `otrain.feed.batches` draws from seed and epoch alone.
"""

import time

import keras
import numpy as np
import tensorflow as tf

from otrain.errors import IntegrityError
from otrain.workflows.training.stopping import held_signals

__all__ = ["Keeper", "fit_epochs"]

OFTEN = 0.1  # of the time between two checkpoints must have passed for one at the end of an epoch
SHORT = 3.0  # s that a request to stop waits for the end of validation
_PLATEAU = ("best", "wait", "cooldown_counter")


def fit_epochs(trainer, batches, validation, *, epochs, steps, callbacks, keeper=None):
    """Train a compiled network from where its checkpoint is, or from the beginning.

    Parameters
    ----------
    trainer : keras.Model
        Compiled.
    batches : callable
        ``batches(start_step) -> tf.data.Dataset`` of all epochs from that step on.
    validation : tf.data.Dataset
    epochs, steps : int
        How many, and updates in each.
    callbacks : list of keras.callbacks.Callback
    keeper : Keeper, optional
        Saves the state, and had a look for an older one.
    """
    if keeper is None:
        trainer.fit(batches(0), validation_data=validation, epochs=epochs, steps_per_epoch=steps,
                    callbacks=callbacks, shuffle=False, verbose=0)
        return
    with held_signals() as request:
        keeper.attach(trainer, steps, epochs, callbacks, request)
        if keeper.continues:
            _create_variables(trainer, batches(0))
        for first, last, count in keeper.parts():
            trainer.fit(batches(keeper.position), validation_data=validation, initial_epoch=first,
                        epochs=last, steps_per_epoch=count, callbacks=[*callbacks, keeper], shuffle=False,
                        verbose=0)


def _create_variables(trainer, batches):
    """Create what Keras creates in the first step, which begins with the values of a checkpoint here."""
    if not trainer.optimizer.built:
        trainer.optimizer.build(trainer.trainable_variables)
    if not tf.distribute.has_strategy():  # else `fit` does it before its first step
        x, y, weights = keras.utils.unpack_x_y_sample_weight(next(iter(batches)))
        answers = trainer(x, training=False)
        trainer.compute_loss(x, y, answers, weights, training=False)
        trainer.compute_metrics(x, y, answers, weights)


class Keeper(keras.callbacks.Callback):
    """The last of the callbacks: saves the state of a training, and puts it back.

    Parameters
    ----------
    checkpoint : Checkpoint
    snapshot : Snapshot or None
        Where to go on.
    every : float
        Seconds of work between two checkpoints; 0: after every step.

    Attributes
    ----------
    position : int
        Steps that are done, counted from the first epoch.
    """

    def __init__(self, checkpoint, snapshot, *, every):
        super().__init__()
        self._checkpoint, self._snapshot, self._every = checkpoint, snapshot, every
        self._saved = time.monotonic()
        self._validation = self._validation_began = 0.0
        self._plateau = {}
        state = snapshot.state if snapshot else {"position": 0, "seconds": 0.0, "finished": False}
        self.position, self._finished = state["position"], state["finished"]
        self._begun = time.monotonic() - state["seconds"]

    @property
    def seconds(self):
        """Time that was spent until now, by earlier processes as well [s]."""
        return time.monotonic() - self._begun

    @property
    def trained(self):
        """Whether the training is complete."""
        return self._finished

    @property
    def continues(self):
        """Whether steps are left to be done after those of a checkpoint."""
        return self._snapshot is not None and not self._finished

    def attach(self, trainer, steps, epochs, callbacks, request):
        """Say what is trained, and who remembers something meanwhile.

        The callback that has ``state() -> (dict, list of ndarray)`` and ``restore(dict, list)`` holds what
        must survive besides the network.
        """
        self._trainer, self._steps, self._epochs, self._stop = trainer, steps, epochs, request
        self._watch = next(callback for callback in callbacks if hasattr(callback, "restore"))
        self._reducer = next((callback for callback in callbacks
                              if isinstance(callback, keras.callbacks.ReduceLROnPlateau)), None)

    def parts(self):
        """Yield ``(first epoch, last, steps)`` of each call of ``fit`` that is left to do."""
        if self._finished:
            self._watch.set_model(self._trainer)
            self._watch.restore(*self._remembered())
            return
        first, done = divmod(self.position, self._steps)
        if done:  # the rest of an epoch
            yield first, first + 1, self._steps - done
            first += 1
        if first < self._epochs and not self._finished:
            yield first, self._epochs, self._steps

    def on_train_begin(self, logs=None):
        """Give a forgetful callback its memory back."""
        if self._reducer is not None:  # which has just forgotten everything
            for name, value in self._plateau.items():
                setattr(self._reducer, name, value)

    def on_epoch_begin(self, epoch, logs=None):
        """Go on in the middle of an epoch with the state of then."""
        if self._snapshot is not None:
            self._put_back()
            self._snapshot = None

    def on_train_batch_end(self, batch, logs=None):
        """Count the batch; save when it is time, and stop when asked."""
        self.position += 1
        left = -self.position % self._steps
        self._stop.held = True
        if self._stop and left:
            self.save()
            self._stop.obey()
        due = self._every if left != 1 else self._every - self._validation
        if left and time.monotonic() - self._saved >= due:
            self.save()

    def on_test_begin(self, logs=None):
        """Note when the validation begins."""
        self._validation_began = time.monotonic()

    def on_test_batch_end(self, batch, logs=None):
        """Stop when asked, if the validation is long."""
        # In validation there is nothing to be saved; what the epoch has learnt is saved after it.
        if self._stop and time.monotonic() - self._stop.since > SHORT:
            self._stop.obey()

    def on_epoch_end(self, epoch, logs=None):
        """Save what the epoch has learnt, if it is time."""
        self._validation = time.monotonic() - self._validation_began
        if self._reducer is not None:
            self._plateau = {name: getattr(self._reducer, name) for name in _PLATEAU}
        self._finished = self._trainer.stop_training or epoch + 1 == self._epochs
        if self._finished or self._stop or time.monotonic() - self._saved >= OFTEN * self._every:
            self.save()
        self._stop.obey()

    def save(self):
        """Write a checkpoint."""
        remembered, kept = self._watch.state()
        arrays = {f"network-{n}": _array(value) for n, value in enumerate(_variables(self._trainer))}
        arrays |= {f"kept-{n}": value for n, value in enumerate(kept)}
        self._checkpoint.save(
            {"position": self.position, "seconds": self.seconds, "finished": self._finished,
             "plateau": {name: _number(value) for name, value in self._plateau.items()},
             "watch": remembered}, arrays)
        self._saved = time.monotonic()

    def keep_network(self, weights, history):
        """Write a checkpoint of a network that was trained elsewhere: what follows can be done again."""
        self._finished = True
        self._checkpoint.save(
            {"position": 0, "seconds": self.seconds, "finished": True, "history": history},
            {f"network-{n}": value for n, value in enumerate(weights)})

    def kept_network(self):
        """Return weights and history that `keep_network` kept, or None and None."""
        if self._snapshot is None:
            return None, None
        arrays = self._snapshot.arrays
        return [arrays[f"network-{n}"] for n in range(len(arrays))], self._snapshot.state["history"]

    def _put_back(self):
        """Give every variable and callback the state of the snapshot."""
        arrays, variables = self._snapshot.arrays, _variables(self._trainer)
        if len(variables) != sum(name.startswith("network-") for name in arrays):
            raise IntegrityError("the checkpoint holds another number of variables than this network has. "
                                 "Begin anew with --overwrite and without --resume.")
        for n, variable in enumerate(variables):
            variable.assign(arrays[f"network-{n}"])
        if self.position % self._steps == 0:  # the values of the epoch before, which is over
            self._trainer.reset_metrics()
        self._plateau = self._snapshot.state["plateau"]
        self.on_train_begin()
        self._watch.restore(*self._remembered())

    def _remembered(self):
        arrays, kept = self._snapshot.arrays, []
        while f"kept-{len(kept)}" in arrays:
            kept.append(arrays[f"kept-{len(kept)}"])
        return self._snapshot.state["watch"], kept


def _variables(trainer):
    """Everything that a step of training changes, in the same order for the same network."""
    return [*trainer.variables, *trainer.optimizer.variables, *trainer.metrics_variables]


def _array(variable):
    return variable.numpy()


def _number(value):
    return None if value is None else float(value) if isinstance(value, (float, np.floating)) else int(value)
