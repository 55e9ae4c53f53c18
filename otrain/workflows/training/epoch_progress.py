"""Signs of life within an epoch of a training, and in its validation."""

from contextlib import ExitStack

import keras

from otrain.workflows.progress import progress

__all__ = ["EpochProgress"]


class EpochProgress(keras.callbacks.Callback):
    """Show how many batches of an epoch are done; a context, so that nothing is shown after an error.

    Parameters
    ----------
    epochs, steps : int
        How many, and updates in each.
    """

    def __init__(self, epochs, steps):
        super().__init__()
        self._epochs, self._steps = epochs, steps
        self._stack, self._update, self._tested = ExitStack(), None, 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stack.close()

    def on_epoch_begin(self, epoch, logs=None):
        """Begin to show an epoch, in Keras's count from 0."""
        self._show(f"epoch {epoch + 1}/{self._epochs}, batches")

    def on_train_batch_end(self, batch, logs=None):
        """Show one more batch; `batch` counts from 0."""
        self._update(batch + 1, self._steps)

    def on_test_begin(self, logs=None):
        """Begin to show the validation, of which Keras does not say how long it is."""
        self._show("validation, batches")
        self._tested = 0

    def on_test_batch_end(self, batch, logs=None):
        """Show one more batch of the validation."""
        self._tested += 1
        self._update(self._tested, None)

    def on_epoch_end(self, epoch, logs=None):
        """Show nothing any more."""
        self._stack.close()

    def _show(self, title):
        self._stack.close()
        self._update = self._stack.enter_context(progress(title))
