"""One class for each example: head, loss, targets, scores and the judgement in numbers.

Real/bogus is the case of two classes. Keras is spoken to by name only, so that
a report can be made where there is no Keras.
"""

from dataclasses import dataclass

import numpy as np

from otrain.data.targets import targets_by_row
from otrain.errors import UsageError
from otrain.evaluation.intervals import bootstrap, wilson_interval
from otrain.evaluation.metrics import (
    accuracy,
    binary_metrics_with_intervals,
    calibration_error,
    confusion,
    log_loss,
    reliability_bins,
)
from otrain.evaluation.thresholds import threshold_table
from otrain.models.ports import OutputSpec
from otrain.tasks.lesson import class_lesson

__all__ = ["TASK", "ClassificationTask"]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class ClassificationTask:
    """What is asked of the network: the class of each example.

    Parameters
    ----------
    name : str
        Key in the catalogue.
    calibrations : tuple of str
        Methods that turn logits into probabilities, the default first.
    gives : tuple of str
        For what a network has to answer, one of them: each example.
    losses : tuple of str
        Names that `loss` knows, the default first.
    maps : bool
        Whether the network answers with a map instead of one class for each example.
    """

    name: str = "classification"
    calibrations: tuple[str, ...] = ("temperature", "isotonic", "none")
    gives: tuple[str, ...] = ("example",)
    losses: tuple[str, ...] = ("bce",)
    maps: bool = False

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

    def report(self, predictions, *, threshold=0.5, classes=("bogus", "real"), uncalibrated=None, seed=0,
               night=10_000):
        """Return the judgement of stored scores, as plain types.

        Parameters
        ----------
        predictions : Predictions
            Labels, scores and subset of every example that was scored.
        threshold : float
            An example is called real if its score reaches it; two classes only.
        classes : sequence of str
            In label order.
        uncalibrated : ndarray, optional
            Scores before calibration, of the shape of ``predictions.scores``.
        seed : int
            Of the bootstrap.
        night : int
            Candidates of one night, for which false alarms are stated.

        Returns
        -------
        dict
            The parts of ``report.json`` that depend on scores: ``schema_version task classes counts
            threshold night metrics confusion threshold_table reliability``.
        """
        labels, scores = np.asarray(predictions.labels), np.asarray(predictions.scores)
        before = scores if uncalibrated is None else np.asarray(uncalibrated)
        subset = np.asarray(predictions.subset)
        rows = {name: np.flatnonzero(subset == name) for name in ("validation", "test")}
        judged = {name: (labels[some], scores[some]) for name, some in rows.items() if len(some)}
        binary = scores.ndim == 1
        judge = _judge_two if binary else _judge_many
        report = {
            "schema_version": SCHEMA_VERSION, "task": self.name, "classes": list(classes),
            # Nearly all candidates of a night are bogus; taken as all, the number is an upper limit.
            "threshold": threshold, "night": {"candidates": night, "real_fraction": 0.0},
            "counts": {name: _counts(y, classes) for name, (y, _) in judged.items()},
            "metrics": {name: judge(y, p, threshold, seed) for name, (y, p) in judged.items()},
            "confusion": {name: confusion(y, p, threshold=threshold).tolist()
                          for name, (y, p) in judged.items()},
            "threshold_table": [], "reliability": {},
        }
        if binary:
            validation, test = rows["validation"], rows["test"]
            report["threshold_table"] = threshold_table(scores[validation], labels[validation],
                                                        scores[test], labels[test])
            report["reliability"] = {name: {"before": reliability_bins(y, before[rows[name]]),
                                            "after": reliability_bins(y, p)}
                                     for name, (y, p) in judged.items()}
        return report


def _counts(labels, classes):
    return {name: int(np.sum(labels == index)) for index, name in enumerate(classes)}


def _judge_two(labels, scores, threshold, seed):
    return binary_metrics_with_intervals(labels, scores, threshold=threshold, seed=seed)


def _judge_many(labels, scores, threshold, seed):
    """Metrics of more than two classes: the highest score is the call."""
    table = confusion(labels, scores)
    low, high = wilson_interval(int(np.trace(table)), len(labels))
    metrics = {"accuracy": {"value": accuracy(table), "low": float(low), "high": float(high)}}
    low, high = bootstrap(log_loss, labels, scores, seed=seed)
    metrics["log_loss"] = {"value": log_loss(labels, scores), "low": float(low), "high": float(high)}
    right = (scores.argmax(axis=1) == labels).astype(int)
    metrics["calibration_error"] = {"value": calibration_error(right, scores.max(axis=1)),
                                    "low": None, "high": None}
    return metrics


TASK = ClassificationTask()
