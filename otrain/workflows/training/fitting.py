"""How a network is trained: device, optimiser, the watch over its weights."""

import math
import time
from contextlib import contextmanager
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from otrain.catalogue import MODELS
from otrain.errors import IntegrityError, ResourceError, UsageError
from otrain.feed.batches import evaluation_batches, steps_per_epoch, training_batches
from otrain.models import (  # noqa: F401 - register our losses, which tasks call by name
    losses,
    value_losses,
)
from otrain.models.ensemble import build_ensemble
from otrain.models.first_weights import begin_with
from otrain.models.member_losses import MemberLoss, MixtureMetric
from otrain.models.ports import InputSpec
from otrain.workflows.training.architecture import encoding_for
from otrain.workflows.training.epoch_progress import EpochProgress
from otrain.workflows.training.keeper import fit_epochs

__all__ = ["build", "compute", "fit", "lesson_of", "logits_of"]

WARM_UP = 0.1  # of all updates
PLATEAU_PATIENCE = 3  # epochs
OPTIMIZERS = {  # with weight decay, all of them decouple it from the gradient (AdamW)
    "adam": keras.optimizers.Adam,
    "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
    "rmsprop": keras.optimizers.RMSprop,
}


@contextmanager
def compute(device, *, seed, deterministic=False):
    """Choose the device and seed everything; yield the strategy, or None for one device.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        ``auto``: every GPU there is, else the CPU.
    seed : int
    deterministic : bool
        Operations that give the same bits every time, on one thread.

    Raises
    ------
    ResourceError
        If a GPU is asked for and there is none.
    UsageError
        If TensorFlow has been used in this process, so that its threads are set.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise ResourceError("--device gpu: TensorFlow sees no GPU. Install the GPU build "
                            "(pip install 'otrain[gpu]') or use --device cpu.")
    if device == "cpu":
        gpus = []
        tf.config.set_visible_devices([], "GPU")
    keras.utils.set_random_seed(seed)
    if deterministic:
        _one_thread()
        tf.config.experimental.enable_op_determinism()
    strategy = tf.distribute.MirroredStrategy() if len(gpus) > 1 else None
    if strategy is None:
        yield None
    else:
        with strategy.scope():
            yield strategy


def _one_thread():
    if (tf.config.threading.get_intra_op_parallelism_threads(),
            tf.config.threading.get_inter_op_parallelism_threads()) == (1, 1):
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        raise UsageError("`deterministic` must be asked for before TensorFlow is used "
                         "in a process.") from None


def build(recipe, shape, head):
    """Return the untrained network of a recipe, computing in float32.

    Parameters
    ----------
    recipe : Recipe
    shape : tuple of int
        Of one example, channels last.
    head : OutputSpec
    """
    builder = MODELS.load(recipe.architecture)
    options = {name: value for name, value in (("normalise", recipe.normalise), ("dropout", recipe.dropout))
               if value is not None}
    inputs = [InputSpec("cutout", tuple(shape))]

    def build_one(seed):
        try:
            return builder(inputs, head, seed=seed, **options, **recipe.options)
        except TypeError as error:
            if "unexpected keyword argument" not in str(error):
                raise
            raise UsageError(f"--option: the architecture {recipe.architecture!r} has no such option "
                             f"({error}).") from None

    if recipe.ensemble == 1:
        return build_one(recipe.seed)
    return build_ensemble(build_one, recipe.ensemble, head, seed=recipe.seed)


def fit(recipe, cube, split, task, *, channels, augmentations, on_epoch, keeper=None, share=(0, 1)):
    """Train a network and return it with the history of its epochs.

    Parameters
    ----------
    recipe : Recipe
    cube : DataCube
    split : Split
    task : ClassificationTask
    channels : sequence of int
        Channels of the cube that the network gets.
    augmentations : dict of str to callable
        What `recipe.augment` may name, each ``(images, targets, weights, rng)`` to the first three.
    on_epoch : callable
        ``on_epoch(epoch, epochs, logs)`` after each, counted from 1.
    keeper : Keeper, optional
        Saves the state now and then, and knows where to go on.
    share : (int, int)
        Which part of how many parts of every batch this process reads.

    Returns
    -------
    network : keras.Model
        With the weights of the epoch of least validation loss, float32.
    history : dict of str to list of float
        ``loss val_loss learning_rate seconds`` and each metric of the task with its ``val_`` twin.

    Raises
    ------
    IntegrityError
        If a weight or a loss is not finite after an epoch.
    UsageError
        If several batches are to make one update on several GPUs.
    ResourceError
        If a batch does not fit the memory.
    """
    if recipe.accumulate > 1 and tf.distribute.has_strategy():
        # Keras meets the other GPUs within a condition, which TensorFlow refuses.
        raise UsageError(f"--accumulate {recipe.accumulate} is for one GPU, and there are several, which "
                         "share every batch already. Leave it out, or choose one by "
                         "CUDA_VISIBLE_DEVICES=0.")
    lesson = lesson_of(recipe, cube, split, task)
    head = task.head(lesson)
    shape = (*cube.shape[:-1], len(channels))
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16" if recipe.precision == "bfloat16" else "float32")
    try:
        network = build(recipe, shape, head)
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    if recipe.first_weights is not None:
        begin_with(network, recipe.first_weights, recipe.architecture)
    trainer = _on_logits(network)
    # Some have a unit for each of two classes.
    lesson = lesson.given_by(trainer.output_shape[-1] // recipe.ensemble)
    batches, validation = _batches(recipe, cube, split, task, lesson, channels, augmentations, share)
    steps = steps_per_epoch(len(split.train), recipe.batch_size, recipe.accumulate)
    loss, metrics = _judged_by(recipe, task, lesson, network)
    watched = {"weighted_metrics" if task.weights_are_a_mask else "metrics": metrics}
    trainer.compile(optimizer=_optimizer(recipe, steps), loss=loss, **watched)
    watch = _Watch(recipe, on_epoch)
    callbacks = [watch]
    if recipe.scheduler == "plateau":
        callbacks.append(keras.callbacks.ReduceLROnPlateau(
            factor=recipe.schedule.get("factor", 0.3),
            patience=int(recipe.schedule.get("patience", PLATEAU_PATIENCE))))
    with (EpochProgress(recipe.epochs, steps) as signs,  # the first: it is over when an epoch is spoken of
          _memory_for(recipe, shape)):
        fit_epochs(trainer, batches, validation, epochs=recipe.epochs, steps=steps,
                   callbacks=[signs, *callbacks], keeper=keeper)
    watch.restore_best()
    return _in_float32(recipe, network, shape, head), watch.history


@contextmanager
def _memory_for(recipe, shape):
    """Say what to do where a batch does not fit the memory of the device."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        size, examples = recipe.batch_size, "x".join(map(str, shape))
        smaller = (f"--batch-size {size // 2} --accumulate {2 * recipe.accumulate} makes the same updates in "
                   "half of the memory. " if size > 1 else "")
        raise ResourceError(
            f"a batch of {size} examples {examples} does not fit the memory of the device with "
            f"{recipe.architecture}. {smaller}Smaller images (otrain-convert --cutout-size), a smaller "
            "--architecture or --precision bfloat16 need less.") from error


def _batches(recipe, cube, split, task, lesson, channels, augmentations, share):
    """Return ``batches(start_step)`` of training, and those of validation."""
    def targets(rows):
        return task.targets(cube, rows, lesson, lesson.encoding, class_weight=recipe.class_weight,
                            reference=split.train)

    training = partial(
        training_batches, cube, split.train, targets(split.train), batch_size=recipe.batch_size,
        epochs=recipe.epochs, seed=recipe.seed, channels=channels,
        augment=[augmentations[name] for name in recipe.augment], share=share, accumulate=recipe.accumulate)
    validation = evaluation_batches(cube, split.validation, targets(split.validation), channels=channels,
                                    share=share)
    return lambda start_step: training(start_step=start_step), validation


def lesson_of(recipe, cube, split, task):
    """Return what a network is taught by a recipe, with the encoding that suits the training rows."""
    return task.lesson(cube.meta, cube.path).taught(
        encoding_for(recipe, task, cube, split.train), recipe.loss)


def _on_logits(network):
    """Return the network up to what it is taught, sharing its weights: nothing is decoded, no activation."""
    return keras.Model(network.inputs[0], network.get_layer("logits").output)


def _judged_by(recipe, task, lesson, network):
    """Return the Keras loss and metrics of the logits: of one network, or of several beside each other."""
    loss, metrics = task.loss(lesson, recipe.loss), task.metrics(lesson)
    if recipe.ensemble == 1:
        return keras.losses.get(loss), [keras.metrics.get(metric) for metric in metrics]
    activation = keras.activations.serialize(network.get_layer("score").activation)
    return MemberLoss(loss, recipe.ensemble), [MixtureMetric(metric, recipe.ensemble, activation)
                                               for metric in metrics]


def _learning_rate(recipe, steps):
    """Return the learning rate, or its schedule: a function of the update alone, so that a run can go on.

    Parameters
    ----------
    recipe : Recipe
    steps : int
        Updates of an epoch.
    """
    rate, numbers, schedules = recipe.learning_rate, recipe.schedule, keras.optimizers.schedules
    if recipe.scheduler == "cosine":
        updates = steps * recipe.epochs
        warm_up = int(WARM_UP * updates)
        return schedules.CosineDecay(
            0.05 * rate if warm_up else rate, max(1, updates - warm_up), alpha=0.01,
            warmup_target=rate if warm_up else None, warmup_steps=warm_up)
    if recipe.scheduler in ("exponential", "step"):
        epochs = numbers.get("step_size", 10) if recipe.scheduler == "step" else 1
        return schedules.ExponentialDecay(rate, max(1, int(epochs * steps)), numbers.get("gamma", 0.9),
                                          staircase=True)
    if recipe.scheduler == "linear":
        return schedules.PolynomialDecay(
            rate * numbers.get("start_factor", 1 / 3), max(1, int(numbers.get("total_iters", 5) * steps)),
            rate * numbers.get("end_factor", 1.0))
    return rate


def _optimizer(recipe, steps):
    """Return the optimiser of a recipe with so many batches in an epoch."""
    rate, accumulate = _learning_rate(recipe, steps // recipe.accumulate), recipe.accumulate
    if accumulate > 1 and isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        rate = _ByUpdate(rate, accumulate)
    optimizer = OPTIMIZERS[recipe.optimizer](
        rate, weight_decay=recipe.weight_decay or None,
        gradient_accumulation_steps=accumulate if accumulate > 1 else None)
    if recipe.weight_decay:
        # A shrinking scale or offset of batch normalisation regularises nothing.
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


class _ByUpdate(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of updates for an optimiser that counts batches, several of which make an update."""

    def __init__(self, schedule, accumulate):
        self._schedule, self._accumulate = schedule, accumulate

    def __call__(self, step):
        return self._schedule(keras.ops.floor_divide(step, self._accumulate))


def _in_float32(recipe, network, shape, head):
    """Return the network for use: the same weights, every layer in float32."""
    if recipe.precision == "float32":
        return network
    usable = build(recipe, shape, head)
    usable.set_weights(network.get_weights())
    return usable


class _Watch(keras.callbacks.Callback):
    """Look at every epoch: finite weights, history, the best epoch, patience."""

    def __init__(self, recipe, on_epoch):
        super().__init__()
        self._recipe, self._on_epoch = recipe, on_epoch
        self.history = {}
        self._best, self._best_epoch, self._best_weights = math.inf, 0, None

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        self._require_finite(epoch + 1, logs)
        logs["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        logs["seconds"] = time.perf_counter() - self._start
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        if logs["val_loss"] < self._best:
            self._best, self._best_epoch = logs["val_loss"], epoch
            self._best_weights = self.model.get_weights()
        elif self._recipe.patience is not None and epoch - self._best_epoch >= self._recipe.patience:
            self.model.stop_training = True
        self._on_epoch(epoch + 1, self._recipe.epochs, logs)

    def _require_finite(self, epoch, logs):
        # TensorFlow's ReLU turns NaN into 0, so that the loss alone can stay finite over ruined weights.
        for layer in self.model.layers:
            for weight in layer.weights:
                if not np.isfinite(np.asarray(weight)).all():
                    raise IntegrityError(
                        f"epoch {epoch}: weights of layer {layer.name!r} ({weight.name}) are not finite. "
                        "Lower --learning-rate, or look for impossible pixels and labels in the cube.")
        for name in ("loss", "val_loss"):
            if not math.isfinite(logs[name]):
                raise IntegrityError(f"epoch {epoch}: {name} is {logs[name]}. "
                                     "Lower --learning-rate, or look for impossible pixels in the cube.")

    def state(self):
        """Return what a checkpoint must hold of this: plain values, and the best weights so far."""
        return {"history": self.history, "best": self._best, "best_epoch": self._best_epoch,
                "seconds": time.perf_counter() - self._start}, self._best_weights or []

    def restore(self, state, weights):
        """Go on as after `state`."""
        self.history, self._best, self._best_epoch = state["history"], state["best"], state["best_epoch"]
        self._best_weights = weights or None
        self._start = time.perf_counter() - state["seconds"]

    def restore_best(self):
        self.model.set_weights(self._best_weights)


def logits_of(network, cube, rows, task, *, channels):
    """Return the logits of some rows in the toolkit's convention, (n,) or (n, K); numbers are decoded."""
    batches = evaluation_batches(cube, rows, channels=channels)
    before_activation = keras.Model(network.inputs[0], network.get_layer("score").input)
    return task.decode(before_activation.predict(batches, verbose=0))
