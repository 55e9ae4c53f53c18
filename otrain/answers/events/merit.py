"""How well events are found with the number of labels: numbers of a run, figures, learning curves."""

from dataclasses import replace

import numpy as np

from otrain.answers.events.judgement import Judged
from otrain.answers.events.search import NETWORK, look_for_events
from otrain.data.results.calibration import sigmoid, softmax
from otrain.data.tables.written import Field
from otrain.evaluation.event_rates import recall, threshold_for_rate
from otrain.evaluation.learning_curve import learning_curve
from otrain.plots.dataset_size import runs_by_size

__all__ = ["EventMerit"]

FALSE_ALARMS = 1.0  # per quarter without events, at which recall is told
TINY = 1e-30  # a probability of 0 has no logarithm


class EventMerit:
    """What is told of a search for events against the number of labels.

    Events are those of the first class, found at one false alarm per quarter without any.

    Parameters
    ----------
    classes : sequence of str
    task : Task
    domain : Domain
    """

    def __init__(self, classes, task, domain):
        self.classes, self.task, self.domain = classes, task, domain
        kind = classes[1]
        self.fields = {
            "recall": Field(float, "", f"share of {kind} events found at 1 false alarm per quarter, test"),
            "iou": Field(float, "", f"IoU of the points of {kind} events, test"),
            "f1": Field(float, "", f"F1 of the points of {kind} events, test"),
            "training_iou": Field(float, "", "the same IoU, training"),
            "gap": Field(float, "", "training minus test IoU"),
            "loss": Field(float, "", "cross-entropy of points, test [nat]"),
            "training_loss": Field(float, "", "cross-entropy of points, training [nat]"),
        }
        self.said = ("recall", "iou")
        self.drawn, self.drawn_words = "missed", f"Share of {kind} events missed"

    def missing(self, cube, split, sizes):
        """Return in sentences what the test subset is too small to tell."""
        with_events = int(np.sum(cube.labels[split.test] == 1))
        if with_events:
            return []
        return [f"no example of the test subset has a {self.classes[1]} event, so no recall can be told"]

    def numbers(self, cube, split, training, test):
        """Return the numbers of one run as plain types; None where one is not defined.

        Parameters
        ----------
        cube : DataCube
        split : Split
        training, test : (n, L, units) ndarray
            Maps of both subsets.
        """
        kind = self.classes[1]
        found = self._look(cube, split.test, test)
        seen = self._look(cube, split.train, training)
        points, known = (part.points["test"][kind].metrics(seed=0) for part in (found, seen))
        scores, limit = self._scores(cube, split.test, found)
        iou, training_iou = _value(points, "iou"), _value(known, "iou")
        numbers = {
            "recall": recall(scores, limit)["value"], "iou": iou, "f1": _value(points, "f1"),
            "training_iou": training_iou,
            "gap": None if iou is None or training_iou is None else training_iou - iou,
            "loss": self._loss(cube, split.test, test),
            "training_loss": self._loss(cube, split.train, training),
        }
        return {name: None if value is None or not np.isfinite(value) else float(value)
                for name, value in numbers.items()}

    def figures(self, table):
        """Return the figures by the stem of their names, of the runs as columns."""
        return {"scores": runs_by_size(table, {"recall": "Recall of events", "iou": "IoU of points",
                                               "f1": "F1 of points"}, "Score on the test subset"),
                "gap": runs_by_size(table, {"gap": "delta IoU"}, "Training - test IoU of points"),
                "loss": runs_by_size(table, {"loss": "Test", "training_loss": "Training"},
                                     "Loss of points (cross-entropy)")}

    def curves(self, cube, rows, sizes, raw, *, seed):
        """Return the fitted learning curve of missed events.

        Parameters
        ----------
        cube : DataCube
        rows : (N,) int ndarray
            Of the test subset.
        sizes : (R,) int ndarray
        raw : iterable of (N, L, units) ndarray
            Maps of every run.
        seed : int
        """
        above = []
        for maps in raw:
            scores, limit = self._scores(cube, rows, self._look(cube, rows, maps))
            above.append(np.where(scores >= (np.inf if limit is None else limit), 1.0, -1.0))
        above = np.stack(above)
        truth = np.ones(above.shape[1], int)
        curve = replace(learning_curve(sizes, truth, above, measure="error", seed=seed), measure=self.drawn)
        return {self.drawn: curve}

    def _look(self, cube, rows, maps):
        """Return what is found in some rows, all of which count as a test subset."""
        return look_for_events(cube, rows, np.full(len(rows), "test"), maps, self.task, self.domain,
                               baselines=())

    def _scores(self, cube, rows, found):
        """Return the score at which each true event is found (NaN: never), and the one that is asked for."""
        judged = Judged(found.events[NETWORK, self.classes[1]], found.truth, found.truth["kind"] == 1,
                        np.full(len(rows), "test"), cube.labels[rows] == 0, score="peak_log_odds")
        part = judged.of("test")
        return part["found_score"], threshold_for_rate(part["empty_score"], part["quarters"], FALSE_ALARMS)

    def _loss(self, cube, rows, maps):
        """Return the mean cross-entropy of the points whose class is known."""
        total, count, channel = 0.0, 0, self.task.answer_channel(cube)
        for start in range(0, len(rows), 64):
            some = slice(start, start + 64)
            examples, logits = cube.read(rows[some]), np.asarray(maps[some], float)
            classes = examples[..., channel]
            known = np.isfinite(classes) & np.isfinite(examples[..., 0])
            index = np.where(known, classes, 0).astype(int)
            if logits.shape[-1] == 1:
                p = sigmoid(logits[..., 0])
                p = np.where(index > 0, p, 1 - p)
            else:
                p = np.take_along_axis(softmax(logits), index[..., None], axis=-1)[..., 0]
            total -= np.log(np.maximum(p[known], TINY)).sum()
            count += int(known.sum())
        return total / count if count else None


def _value(metrics, name):
    row = metrics.get(name)
    return row.get("value") if isinstance(row, dict) else row
