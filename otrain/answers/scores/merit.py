"""How good scores become with the number of labels: numbers of a run, figures, learning curves."""

import numpy as np

from otrain.data.results.calibration import sigmoid, softmax
from otrain.data.tables.written import Field
from otrain.evaluation.learning_curve import MEASURES, learning_curve, lost_at_false_alarms, what_is_missing
from otrain.evaluation.metrics import accuracy, confusion, f1_score, log_loss, matthews
from otrain.plots.dataset_size import gap_by_size, loss_by_size, scores_by_size

__all__ = ["ScoreMerit"]

MEASURED = {"error": "the share of wrong calls",
            "false_negatives": "the false negatives at 1 % false positives"}


class ScoreMerit:
    """What is told of scores against the number of labels.

    Of more than two classes, MCC and F1 are those of the second class against the rest.

    Parameters
    ----------
    classes : sequence of str
    """

    def __init__(self, classes):
        self.classes = classes
        real, rest = classes[1], classes[0] if len(classes) == 2 else "the rest"
        self.fields = {
            "mcc": Field(float, "", "Matthews correlation, test"),
            "f1": Field(float, "", f"F1 of {real}, test"),
            "accuracy": Field(float, "", "accuracy, test"),
            "training_accuracy": Field(float, "", "accuracy of the finished network, training"),
            "gap": Field(float, "", "training minus test accuracy"),
            "loss": Field(float, "", "cross-entropy, test [nat]"),
            "training_loss": Field(float, "", "cross-entropy, training [nat]"),
            "false_negatives": Field(float, "", f"share of {real} lost at 1 % false positives, test"),
        }
        self.said = ("accuracy", "mcc", "false_negatives")
        self.drawn, self.drawn_words = "false_negatives", f"Share of {real} lost at 1 % of {rest} passed"

    def missing(self, cube, split, sizes):
        """Return in sentences what the test subset is too small to tell."""
        truth = cube.labels[split.test]
        truth = truth if len(self.classes) == 2 else (truth == 1).astype(int)
        return [f"what more labels would do to {MEASURED[measure]} will not be said, the figures are drawn "
                f"all the same: that {missing}" for measure in MEASURES
                if (missing := what_is_missing(sizes, truth, measure))]

    def numbers(self, cube, split, training, test):
        """Return the numbers of one run as plain types; None where one is not defined.

        Parameters
        ----------
        cube : DataCube
        split : Split
        training, test : ndarray
            Raw replies of both subsets.
        """
        truth, seen = cube.labels[split.test], cube.labels[split.train]
        mine, all_of = self._focused(truth, test), confusion(truth, _scores(test))
        table = confusion(*mine[:2])
        known = accuracy(confusion(seen, _scores(training)))
        numbers = {
            "mcc": matthews(table), "f1": f1_score(table), "accuracy": accuracy(all_of),
            "training_accuracy": known, "gap": known - accuracy(all_of),
            "loss": log_loss(truth, _scores(test)), "training_loss": log_loss(seen, _scores(training)),
            "false_negatives": lost_at_false_alarms(mine[0], mine[2]),
        }
        return {name: float(value) if np.isfinite(value) else None for name, value in numbers.items()}

    def _focused(self, labels, raw):
        """Return labels, scores and log odds of the second class against the rest."""
        if raw.ndim == 1:
            return labels, sigmoid(raw), raw
        scores = softmax(raw)[:, 1]
        rest = np.delete(raw, 1, axis=1)
        highest = rest.max(axis=1)
        odds = raw[:, 1] - highest - np.log(np.exp(rest - highest[:, None]).sum(axis=1))
        return (labels == 1).astype(int), scores, odds

    def figures(self, table):
        """Return the figures by the stem of their names, of the runs as columns."""
        return {"scores": scores_by_size(table), "gap": gap_by_size(table), "loss": loss_by_size(table)}

    def curves(self, cube, rows, sizes, raw, *, seed):
        """Return the fitted learning curves by measure.

        Parameters
        ----------
        cube : DataCube
        rows : (N,) int ndarray
            Of the test subset.
        sizes : (R,) int ndarray
        raw : (R, N, ...) ndarray
            Raw replies of every run.
        seed : int
        """
        labels = cube.labels[rows]
        odds = np.stack([self._focused(labels, replies)[2] for replies in raw])
        truth = self._focused(labels, raw[0])[0]
        return {measure: learning_curve(sizes, truth, odds, measure=measure, seed=seed)
                for measure in MEASURES}


def _scores(raw):
    return sigmoid(raw) if raw.ndim == 1 else softmax(raw)
