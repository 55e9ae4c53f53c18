"""One class for each example: head, loss, targets and logits.

Real/bogus is the case of two classes. Keras is spoken to by name only.
"""

from dataclasses import dataclass

import numpy as np

from otrain.data.cubes.targets import targets_by_row
from otrain.errors import UsageError
from otrain.models.ports import OutputSpec
from otrain.tasks.lesson import class_lesson

__all__ = ["TASK", "ClassificationTask"]


@dataclass(frozen=True)
class ClassificationTask:
    """What is asked of the network: the class of each example.

    Parameters
    ----------
    name : str
        Key in the catalogue.
    answer : str
        What is done with the replies: a name in the catalogue of answers.
    gives : tuple of str
        For what a network has to answer, one of them: each example.
    losses : tuple of str
        Names that `loss` knows, the default first.
    weights_are_a_mask : bool
        Whether the weights of targets say which of them count, so that metrics must follow them.
    """

    name: str = "classification"
    answer: str = "scores"
    gives: tuple[str, ...] = ("example",)
    losses: tuple[str, ...] = ("bce",)
    weights_are_a_mask: bool = False

    def lesson(self, meta, where="the cube"):
        """Return what is learnt from a cube: the class of each example.

        Parameters
        ----------
        meta : dict
            Of the cube.
        where : path-like
            Of the cube, for messages.

        Raises
        ------
        DataError
            If its examples have no class, or fewer than two are known.
        """
        return class_lesson(meta, where, places=False,
                            remedy="Make it again with --task classification and a label for each example.")

    def head(self, lesson):
        """Return the head for a lesson: one sigmoid for two classes, a softmax for more."""
        return OutputSpec(lesson.units, "sigmoid" if lesson.units == 1 else "softmax")

    def loss(self, lesson, name=None):
        """Return the Keras loss on logits, as its configuration.

        Raises
        ------
        UsageError
            If `name` asks for another one: a classification has the cross-entropy alone.
        """
        if name not in (None, *self.losses):
            raise UsageError(f"unknown loss {name!r} of a classification. Known: bce (cross-entropy).")
        name = "BinaryCrossentropy" if lesson.units == 1 else "CategoricalCrossentropy"
        return {"class_name": name, "config": {"from_logits": True}}

    def metrics(self, lesson):
        """Return the Keras metrics on logits, as configurations; the first is shown while training."""
        if lesson.units == 1:
            return [{"class_name": "BinaryAccuracy", "config": {"name": "accuracy", "threshold": 0.0}}]
        return [{"class_name": "CategoricalAccuracy", "config": {"name": "accuracy"}}]

    def encoding(self, cube, rows):
        """Return how answers are written as numbers, from the training rows: classes need nothing."""
        return {}

    def encode(self, labels, units):
        """Return the targets of a network with `units` outputs, (N, units) float32.

        Parameters
        ----------
        labels : (N,) int ndarray
            Index of the class, from 0.
        units : int
            1: the label itself; otherwise one-hot.
        """
        labels = np.asarray(labels)
        if units == 1:
            return labels.astype(np.float32)[:, None]
        return np.eye(units, dtype=np.float32)[labels]

    def targets(self, cube, rows, lesson, encoding=None, *, class_weight="none", reference=None):
        """Return what the network should answer to rows of a cube.

        Parameters
        ----------
        cube : DataCube
        rows : (n,) int ndarray
        lesson : Lesson
            As the network at hand gives it.
        encoding : ignored
        class_weight : {"none", "balanced"}
            ``balanced``: the rarer class weighs more in the loss.
        reference : (m,) int ndarray, optional
            Rows whose classes are counted for it; by default `rows`.

        Returns
        -------
        Targets
        """
        labels = cube.labels[rows]
        weights = np.ones(len(lesson.classes))
        if class_weight == "balanced":
            counted = labels if reference is None else cube.labels[reference]
            weights = self.class_weights(counted, len(lesson.classes))
        return targets_by_row(self.encode(labels, lesson.units), weights[labels])

    def decode(self, logits, encoding=None):
        """Return logits in the toolkit's convention from those of a network.

        Parameters
        ----------
        logits : (N, units) ndarray

        Returns
        -------
        (N,) or (N, K) ndarray
            Log odds of class 1 for one or two units; as they are for more.
        """
        logits = np.asarray(logits, np.float64)
        if logits.shape[1] == 1:
            return logits[:, 0]
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def class_weights(self, labels, classes):
        """Return one weight per class, inverse to its number of examples, of mean 1 over the examples.

        Examples
        --------
        >>> TASK.class_weights([0, 0, 0, 1], 2).round(2).tolist()
        [0.67, 2.0]
        """
        counts = np.bincount(labels, minlength=classes)
        return len(labels) / (np.maximum(counts, 1) * np.count_nonzero(counts))


TASK = ClassificationTask()
