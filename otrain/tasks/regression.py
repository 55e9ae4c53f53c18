"""Numbers for each example: head, loss and encoded targets; they leave the network in their own units.

Values of a lens are the first case. Keras is spoken to by name only.
"""

from dataclasses import dataclass

import numpy as np

from otrain.data.cubes.targets import Targets
from otrain.data.results.value_encoding import SCALINGS, ValueEncoding
from otrain.errors import DataError, UsageError
from otrain.models.ports import OutputSpec
from otrain.registry import nearest
from otrain.tasks.lesson import Lesson

__all__ = ["LOSSES", "TASK", "RegressionTask"]

BETA = 0.5  # Seitzer et al. 2022, https://arxiv.org/abs/2203.09168
MOST_CORRELATED = 32  # numbers: they have 496 correlations

# What each loss has a network say of errors, then its class in otrain.models.value_losses and its options.
LOSSES = {
    "beta-nll": ("each", "GaussianSurprise", {"beta": BETA}),
    "mse": ("", "SquaredOffset", {}),
    "nll": ("each", "GaussianSurprise", {"beta": 0.0}),
    "full-nll": ("joint", "CorrelatedSurprise", {}),
}


@dataclass(frozen=True)
class RegressionTask:
    """What is asked of the network: several numbers for each example, and how sure it is of them.

    Of K numbers it gives K values (``mse``); then K standard deviations (``beta-nll``, ``nll``); then the K
    (K - 1) / 2 correlations of the errors, a lower triangle row by row (``full-nll``).

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
    scalings : tuple of str
        Names that `encoding` knows, the default first.
    weights_are_a_mask : bool
        Whether the weights of targets say which of them count, so that metrics must follow them.
    """

    name: str = "regression"
    answer: str = "values"
    gives: tuple[str, ...] = ("example",)
    losses: tuple[str, ...] = tuple(LOSSES)
    scalings: tuple[str, ...] = SCALINGS
    weights_are_a_mask: bool = True

    def lesson(self, meta, where="the cube"):
        """Return what is learnt from a cube: its targets with a unit, one number each.

        Parameters
        ----------
        meta : dict
            Of the cube.
        where : path-like
            Of the cube, for messages.

        Raises
        ------
        DataError
            If there is none.
        """
        targets = _numbers(meta)
        if not targets:
            raise DataError(f"{where}: no column of the cube is to be learnt as a number. Make it again with "
                            "--task regression.")
        return Lesson(tuple(target["name"] for target in targets),
                      unit=tuple(target["unit"] for target in targets))

    def head(self, lesson):
        """Return the head for a lesson, which decodes the numbers where the lesson says how."""
        errors, _, _ = LOSSES[lesson.loss or self.losses[0]]
        count = len(lesson.names)
        units = {"": count, "each": 2 * count, "joint": 2 * count + count * (count - 1) // 2}[errors]
        return OutputSpec(units, "linear", lesson.encoding, errors)

    def loss(self, lesson, name=None):
        """Return the Keras loss on encoded numbers, as its configuration.

        Raises
        ------
        UsageError
            If there is no such loss, or too many numbers for their correlations.
        """
        name = name or self.losses[0]
        if name not in LOSSES:
            raise UsageError(f"unknown loss {name!r} of a regression.{nearest(name, LOSSES)} "
                             f"Known: {', '.join(LOSSES)}.")
        errors, kind, options = LOSSES[name]
        if errors == "joint" and len(lesson.names) > MOST_CORRELATED:
            raise UsageError(f"--loss {name} tells the correlations of at most {MOST_CORRELATED} numbers. "
                             f"Received: {len(lesson.names)}. Choose --loss beta-nll, or fewer numbers.")
        return {"class_name": f"otrain>{kind}", "config": dict(options)}

    def metrics(self, lesson):
        """Return the Keras metrics on encoded numbers, as configurations; all are shown while training."""
        return [{"class_name": "otrain>ValueR2", "config": {"name": "r2", "count": len(lesson.names)}},
                {"class_name": "otrain>MeanOffset", "config": {"name": "mae"}}]

    def encoding(self, cube, rows, scaling="auto"):
        """Return how numbers are written for the network, from the training rows, as plain types.

        With the scaling ``standard`` no number is compressed, whatever its values span.

        Raises
        ------
        DataError
            If one of the numbers is not known of any of these rows.
        """
        lesson = self.lesson(cube.meta, cube.path)
        return ValueEncoding.from_values(lesson.names, lesson.unit, _values(cube, rows), scaling).to_dict()

    def targets(self, cube, rows, lesson, encoding=None, *, class_weight="none", reference=None):
        """Return the numbers of rows of a cube, in their own units until they are encoded.

        Parameters
        ----------
        cube : DataCube
        rows : (n,) int ndarray
        lesson : Lesson
        encoding : dict
            Of the training rows.
        class_weight : str
            ``none``.
        reference : ignored

        Returns
        -------
        Targets
            Of shape (K,). A number that is not known (NaN) has no part in the loss; of a row without a
            single number the weight is 0.

        Raises
        ------
        UsageError
            If classes are to be weighed: there are none.
        DataError
            If no row has a number.
        """
        if class_weight != "none":
            raise UsageError(f"--class-weight {class_weight} is for classes; numbers have none.")
        values = _values(cube, rows)
        known = np.isfinite(values).any(axis=1).astype(np.float32)
        if len(rows) and not known.any():
            raise DataError(f"{cube.path}: none of {len(rows)} examples of a subset has a value of "
                            f"{', '.join(lesson.names)}. Leave such rows out of the cube.")
        encode = ValueEncoding.from_dict(encoding).encode if encoding else None
        return Targets((len(lesson.names),), (), lambda examples, places: (values[places], known[places]),
                       encode=encode, names=lesson.names)

    def decode(self, raw, encoding=None):
        """Return the replies of a network, (N, units) float64: it has decoded them itself."""
        return np.asarray(raw, np.float64)


def _numbers(meta):
    return [target for target in meta["targets"] if "unit" in target and not target.get("channel")]


def _values(cube, rows):
    """Return the numbers to be learnt from rows, (n, K) float64; NaN where one is not known."""
    names = [target.get("column") or target["name"] for target in _numbers(cube.meta)]
    columns = cube.columns_of(rows, names)
    values = np.stack([np.asarray(columns[name], float) for name in names], axis=1)
    return np.where(np.isfinite(values), values, np.nan)


TASK = RegressionTask()
