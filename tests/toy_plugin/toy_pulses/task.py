"""How wide is a pulse? One number for each, learnt from a column."""

from dataclasses import dataclass

import numpy as np

from otrain.data.cubes.targets import targets_by_row
from otrain.errors import DataError, UsageError
from otrain.models.ports import OutputSpec
from otrain.tasks.lesson import Lesson

__all__ = ["TASK", "WidthTask"]


@dataclass(frozen=True)
class WidthTask:
    """What is asked of the network: the width of each pulse."""

    name: str = "pulse-width"
    answer: str = "widths"
    gives: tuple[str, ...] = ("example",)
    losses: tuple[str, ...] = ("mse",)
    weights_are_a_mask: bool = False

    def lesson(self, meta, where="the cube"):
        """Return what is learnt from a cube: its columns with a unit."""
        numbers = [target for target in meta["targets"] if "unit" in target]
        if not numbers:
            raise DataError(f"{where}: no column of the cube is to be learnt. Make it with --task pulse-width.")
        return Lesson(tuple(target["name"] for target in numbers), unit=numbers[0]["unit"])

    def head(self, lesson):
        """Return a linear head."""
        return OutputSpec(lesson.units, "linear")

    def loss(self, lesson, name=None):
        """Return the mean squared error."""
        if name not in (None, *self.losses):
            raise UsageError(f"unknown loss {name!r} of widths. Known: mse.")
        return {"class_name": "MeanSquaredError", "config": {}}

    def metrics(self, lesson):
        """Return the mean absolute error."""
        return [{"class_name": "MeanAbsoluteError", "config": {"name": "mae"}}]

    def encoding(self, cube, rows):
        """Return nothing: widths are learnt as they are."""
        return {}

    def targets(self, cube, rows, lesson, encoding=None, *, class_weight="none", reference=None):
        """Return the widths of rows of a cube."""
        return targets_by_row(np.stack([cube.columns[name][rows] for name in lesson.names], axis=1))

    def decode(self, raw, encoding=None):
        """Return the numbers of a network."""
        return np.asarray(raw, np.float64)


TASK = WidthTask()
