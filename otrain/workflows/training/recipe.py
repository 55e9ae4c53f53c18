"""What is asked of a training besides its data, with what was left open chosen."""

import dataclasses
import hashlib
from pathlib import Path

from otrain.errors import UsageError
from otrain.feed.batches import steps_per_epoch

__all__ = ["Recipe"]

# Fewer updates than this leave a network half trained, whatever the number of epochs.
ENOUGH_UPDATES = 300
LARGEST_BATCH, SMALLEST_BATCH = 64, 8
LEARNING_RATES = {  # without batch normalisation 3e-3 diverges
    "otrain-cnn": 1e-3,  # the published one
    "keras:VGG16": 1e-4, "keras:VGG19": 1e-4}  # 1e-3 learnt nothing in 12 epochs
LEARNING_RATE = 3e-3
NEWER = {"ensemble": 1, "accumulate": 1, "scaling": None, "first_weights": None}  # what was always so, once


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides which weights come out, besides the data.

    Parameters
    ----------
    architecture : str
        Name in the catalogue of models.
    epochs, batch_size : int
    learning_rate : float
        Largest one of the schedule.
    weight_decay : float
        Per step and unit of learning rate, of convolution and dense kernels.
    optimizer, scheduler : str
    patience : int or None
        Epochs without a better validation loss before training stops.
    dropout : float or None
        None: what the architecture is made for.
    normalise : str or None
        None: what the architecture is made for.
    augment : tuple of str
    class_weight : {"none", "balanced"}
    seed : int
    precision : {"float32", "bfloat16"}
    schedule : dict
        Numbers of the scheduler: ``gamma`` of ``exponential`` and ``step``, ``step_size`` [epochs],
        ``start_factor end_factor total_iters`` [epochs] of ``linear``, ``factor patience`` of ``plateau``.
    loss : str or None
        Name of a loss of the task; None: its first.
    options : dict
        Further options of the builder of the architecture, such as ``depth``.
    ensemble : int
        Networks that are trained together and answer together, from other first weights each.
    accumulate : int
        Batches whose gradients are averaged for one update, so that an update is that of a batch so many
        times as large.
    scaling : str or None
        How numbers that are learnt are scaled: a name that the task knows; None: its first.
    first_weights : str or None
        File whose weights the network begins with; None: random ones of `seed`.
    """

    architecture: str = "compact"
    epochs: int = 10
    batch_size: int = LARGEST_BATCH
    learning_rate: float = LEARNING_RATE
    weight_decay: float = 0.01
    optimizer: str = "adam"
    scheduler: str = "cosine"
    patience: int | None = None
    dropout: float | None = None
    normalise: str | None = None
    augment: tuple[str, ...] = ()
    class_weight: str = "none"
    seed: int = 0
    precision: str = "float32"
    schedule: dict = dataclasses.field(default_factory=dict)
    loss: str | None = None
    options: dict = dataclasses.field(default_factory=dict)
    ensemble: int = 1
    accumulate: int = 1
    scaling: str | None = None
    first_weights: str | None = None

    @classmethod
    def resolved(cls, *, examples, batch_size=None, learning_rate=None, precision="float32",
                 largest_batch=LARGEST_BATCH, **others):
        """Return the recipe with what was left open chosen for `examples` training examples.

        A `batch_size` that is left open is the part of an update that goes into one of `accumulate` batches.

        Raises
        ------
        UsageError
            If there are more batches to an update than examples.
        """
        recipe = cls(**others)
        if not 1 <= recipe.accumulate <= examples:
            raise UsageError("--accumulate must lie between 1 and the number of training examples, "
                             f"{examples}. Received: {recipe.accumulate}.")
        if batch_size is None:
            batch_size = largest_batch
            while batch_size > SMALLEST_BATCH and (
                    recipe.epochs * steps_per_epoch(examples, batch_size) < ENOUGH_UPDATES):
                batch_size //= 2
            batch_size //= recipe.accumulate
        if learning_rate is None:
            learning_rate = LEARNING_RATES.get(recipe.architecture, LEARNING_RATE)
        if precision == "auto":
            precision = "bfloat16" if _has_bfloat16() else "float32"
        batch_size = max(1, min(batch_size, examples // recipe.accumulate))
        return dataclasses.replace(recipe, batch_size=batch_size, learning_rate=learning_rate,
                                   precision=precision)

    def to_request(self):
        """Return the recipe as plain types, without what was not asked for and once could not be.

        A request of the time when there was always one network, one batch for an update and one scaling is
        then still the same, and its run goes on. A file of weights is told by its content.
        """
        told = {name: value for name, value in dataclasses.asdict(self).items()
                if name not in NEWER or value != NEWER[name]}
        if self.first_weights is not None:
            with open(self.first_weights, "rb") as file:
                told["first_weights"] = hashlib.file_digest(file, "sha256").hexdigest()
        return told


def _has_bfloat16():
    """Tell whether the processor that will train multiplies bfloat16 numbers by itself."""
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return capability >= (8, 0)
    information = Path("/proc/cpuinfo")
    return information.is_file() and "avx512_bf16" in information.read_text()
