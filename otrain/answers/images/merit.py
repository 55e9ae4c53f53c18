"""How well pixels are classed with the number of labels: numbers of a run, figures, learning curves."""

from dataclasses import replace

import numpy as np

from otrain.answers.answer import silent
from otrain.answers.images.pixels import count_pixels, pixel_probabilities, true_classes
from otrain.data.results.image_settings import ImageSettings
from otrain.data.tables.written import Field
from otrain.evaluation.learning_curve import learning_curve
from otrain.plots.dataset_size import runs_by_size

__all__ = ["ImageMerit"]

TINY = 1e-30  # a probability of 0 has no logarithm


class ImageMerit:
    """What is told of the classes of pixels against the number of labels.

    Parameters
    ----------
    classes : sequence of str
    task : Task
    """

    def __init__(self, classes, task):
        self.classes, self.task = classes, task
        kind = classes[1]
        self.fields = {
            "iou": Field(float, "", f"IoU of {kind} pixels, test"),
            "f1": Field(float, "", f"F1 of {kind} pixels, test"),
            "training_iou": Field(float, "", "the same IoU, training"),
            "gap": Field(float, "", "training minus test IoU"),
            "loss": Field(float, "", "cross-entropy of pixels, test [nat]"),
            "training_loss": Field(float, "", "cross-entropy of pixels, training [nat]"),
        }
        self.said = ("iou", "f1")
        self.drawn, self.drawn_words = "missed", f"Share of images whose {kind} pixels are missed"

    def missing(self, cube, split, sizes):
        """Return nothing: how many images have a pixel of a class is known when they are read."""
        return []

    def numbers(self, cube, split, training, test):
        """Return the numbers of one run as plain types; None where one is not defined."""
        told, known = (self._metrics(cube, rows, raw) for rows, raw in ((split.test, test),
                                                                         (split.train, training)))
        gap = None if told["iou"] is None or known["iou"] is None else known["iou"] - told["iou"]
        return {"iou": told["iou"], "f1": told["f1"], "training_iou": known["iou"], "gap": gap,
                "loss": told["loss"], "training_loss": known["loss"]}

    def figures(self, table):
        """Return the figures by the stem of their names, of the runs as columns."""
        return {"scores": runs_by_size(table, {"iou": "IoU", "f1": "F1"}, "Pixels of the test subset"),
                "gap": runs_by_size(table, {"gap": "delta IoU"}, "Training - test IoU"),
                "loss": runs_by_size(table, {"loss": "Test", "training_loss": "Training"},
                                     "Loss of pixels (cross-entropy)")}

    def curves(self, cube, rows, sizes, raw, *, seed):
        """Return the learning curve of images in which less than half of the true pixels are called."""
        channel, found = self.task.answer_channel(cube), []
        truth = [true_classes(cube.read([row]), channel)[0] == 1 for row in rows]
        members = [place for place, mask in enumerate(truth) if mask.any()]
        for maps in raw:
            called = [pixel_probabilities(maps[[place]], ImageSettings(), self.classes)[0, ..., 0] >= 0.5
                      for place in members]
            share = [(mask & truth[place]).sum() / truth[place].sum()
                     for mask, place in zip(called, members, strict=True)]
            found.append(np.where(np.array(share) >= 0.5, 1.0, -1.0))
        curve = learning_curve(sizes, np.ones(len(members), int), np.stack(found), measure="error", seed=seed)
        return {self.drawn: replace(curve, measure=self.drawn)}

    def _metrics(self, cube, rows, raw):
        counts = count_pixels(_Rows(cube, rows, raw), ImageSettings(), self.task.answer_channel(cube), silent)
        metrics = counts["test"][self.classes[1]].metrics(seed=0)
        return {"iou": _number(metrics.get("iou")), "f1": _number(metrics.get("f1")),
                "loss": self._loss(cube, rows, raw)}

    def _loss(self, cube, rows, raw):
        """Return the mean cross-entropy of the pixels whose class is known."""
        total, count, channel = 0.0, 0, self.task.answer_channel(cube)
        for place, row in enumerate(rows):
            truth = true_classes(cube.read([row]), channel)[0]
            known = np.isfinite(truth)
            p = pixel_probabilities(raw[[place]], ImageSettings(), self.classes)[0]
            p = np.concatenate([1 - p.sum(axis=-1, keepdims=True), p], axis=-1)
            mine = np.take_along_axis(p, np.where(known, truth, 0).astype(int)[..., None], axis=-1)[..., 0]
            total -= np.log(np.maximum(mine[known], TINY)).sum()
            count += int(known.sum())
        return float(total / count) if count else None


class _Rows:
    """Rows of one subset and what a network says of them, as `count_pixels` takes replies."""

    def __init__(self, cube, rows, raw):
        self.cube, self.rows, self.raw, self.subset = cube, rows, raw, np.full(len(rows), "test")

    def __len__(self):
        return len(self.rows)


def _number(row):
    value = row.get("value") if isinstance(row, dict) else row
    return None if value is None or not np.isfinite(value) else float(value)
