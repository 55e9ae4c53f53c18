"""One class for each point of a series: head, loss and targets. Keras is spoken to by name only."""

from dataclasses import dataclass

import numpy as np

from otrain.data.cubes.targets import Targets
from otrain.errors import UsageError
from otrain.models.loss_names import LOSSES, loss_config
from otrain.models.ports import OutputSpec
from otrain.tasks.lesson import class_lesson

__all__ = ["TASK", "SegmentationTask"]


@dataclass(frozen=True)
class SegmentationTask:
    """What is asked of the network: the class of each point of a series.

    Class 0 is the continuum; the others are what events are made of.

    Parameters
    ----------
    name : str
        Key in the catalogue.
    answer : str
        What is done with the replies: a name in the catalogue of answers.
    gives : tuple of str
        For what a network has to answer, one of them: each point of a series, or pixel of an image.
    losses : tuple of str
        Names that `loss` knows, alone or joined by ``+``, the default first.
    weights_are_a_mask : bool
        Whether the weights of targets say which of them count, so that metrics must follow them.
    """

    name: str = "segmentation"
    answer: str = "events"
    gives: tuple[str, ...] = ("point", "pixel")
    losses: tuple[str, ...] = tuple(LOSSES)
    weights_are_a_mask: bool = True

    def lesson(self, meta, where="the cube"):
        """Return what is learnt from a cube: the class of each of its points or pixels.

        Parameters
        ----------
        meta : dict
            Of the cube.
        where : path-like
            Of the cube, for messages.

        Raises
        ------
        DataError
            If no channel holds these classes, or fewer than two are known.
        """
        return class_lesson(meta, where, places=True,
                            remedy="Make it from examples that have such a channel, or with --labels TABLE "
                                   "that tells what lies where, such as ephemerides.")

    def head(self, lesson):
        """Return the head for a lesson: one sigmoid for two classes, a softmax for more."""
        return OutputSpec(lesson.units, "sigmoid" if lesson.units == 1 else "softmax")

    def loss(self, lesson, name=None):
        """Return the Keras loss on logits, as its configuration; see `otrain.models.losses`.

        Raises
        ------
        UsageError
            If there is no loss of that name.
        """
        return loss_config(name or self.losses[0])

    def metrics(self, lesson):
        """Return the Keras metrics on logits, as configurations: the overlap of each kind of event."""
        units = lesson.units
        if units == 1:
            return [{"class_name": "BinaryIoU", "config": {
                "name": "iou", "target_class_ids": [1], "threshold": 0.0, "dtype": "float32"}}]
        return [{"class_name": "OneHotIoU", "config": {
            "name": "iou", "num_classes": units, "target_class_ids": list(range(1, units)),
            "dtype": "float32"}}]

    def encoding(self, cube, rows):
        """Return how answers are written as numbers, from the training rows: classes need nothing."""
        return {}

    def targets(self, cube, rows, lesson, encoding=None, *, class_weight="none", reference=None):
        """Return what the network should answer to rows of a cube.

        Parameters
        ----------
        cube : DataCube
            One of its channels holds the class of each point or pixel, NaN where it is not known.
        rows : (n,) int ndarray
        lesson : Lesson
            As the network at hand gives it.
        encoding : ignored
        class_weight : str
            ``none``; classes of points are weighed by the loss.
        reference : ignored

        Returns
        -------
        Targets
            Of shape (..., units). The weight of a point is 0 where its class is not known or the
            first of the other channels has no value, else 1.

        Raises
        ------
        UsageError
            If other weights are asked for.
        """
        if class_weight != "none":
            raise UsageError(f"--class-weight {class_weight} is for one class an example. "
                             "Choose --loss weighted-bce, focal or dice.")
        answer, units = cube.channels.index(lesson.channel), lesson.units
        shape, first = tuple(cube.shape[:-1]), 0 if answer else 1

        def of(examples, places):
            return _encoded(examples[..., answer], examples[..., first], units)

        return Targets((*shape, units), shape, of)

    def answer_channel(self, cube):
        """Return the index of the channel with the class of each point.

        Raises
        ------
        DataError
            If there is none.
        """
        return cube.channels.index(self.lesson(cube.meta, cube.path).channel)

    def decode(self, logits, encoding=None):
        """Return the logits of maps as they are, (N, ..., units) float32."""
        return np.asarray(logits, np.float32)


def _encoded(classes, image, units):
    """Return targets (n, ..., units) and weights (n, ...) of the classes of points."""
    known = np.isfinite(classes) & np.isfinite(image)
    index = np.where(known, classes, 0).astype(np.int64)
    if units == 1:
        targets = (index > 0).astype(np.float32)[..., None]
    else:
        targets = np.eye(units, dtype=np.float32)[index]
    return targets, known.astype(np.float32)


TASK = SegmentationTask()
