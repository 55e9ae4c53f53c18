"""How good numbers become with the number of examples: numbers of a run, figures, learning curve."""

import numpy as np

from otrain.answers.values.given import split_reply
from otrain.data.tables.written import Field
from otrain.evaluation.learning_curve import LearningCurve, fit_power_law, no_trend
from otrain.evaluation.value_metrics import constant_targets, mean_r2
from otrain.plots.dataset_size import runs_by_size

__all__ = ["ValueMerit"]

FEWEST_SIZES = 4
FEWEST_TEST = 30  # examples
RESAMPLES = 500


class ValueMerit:
    """What is told of numbers against the number of examples: means over the targets, without a unit."""

    fields = {
        "r2": Field(float, "", "mean R2 of the targets, test"),
        "mae": Field(float, "", "mean |error| / standard deviation of the truth, mean of the targets, test"),
        "training_r2": Field(float, "", "mean R2 of the targets, training"),
        "gap": Field(float, "", "training minus test R2"),
        "loss": Field(float, "", "mean squared error / variance of the truth, mean of the targets, test"),
        "training_loss": Field(float, "", "the same, training"),
    }
    said = ("r2", "mae")
    drawn, drawn_words = "unexplained_variance", "Unexplained variance (1 - R2)"

    def missing(self, cube, split, sizes):
        """Return in sentences what the test subset is too small to tell."""
        problem = _what_is_missing(sizes, len(split.test))
        return [f"what more examples would do to R2 will not be said, the figures are drawn all the same: "
                f"that {problem}"] if problem else []

    def numbers(self, cube, split, training, test):
        """Return the numbers of one run as plain types; None where one is not defined."""
        told, known = (self._metrics(cube, rows, raw) for rows, raw in ((split.test, test),
                                                                         (split.train, training)))
        numbers = {"r2": told["r2"], "mae": told["mae"], "training_r2": known["r2"],
                   "gap": known["r2"] - told["r2"], "loss": told["loss"], "training_loss": known["loss"]}
        return {name: float(value) if np.isfinite(value) else None for name, value in numbers.items()}

    def figures(self, table):
        """Return the figures by the stem of their names, of the runs as columns."""
        return {"scores": runs_by_size(table, {"r2": "R2", "mae": "Mean |error| / spread"},
                                       "Numbers of the test subset"),
                "gap": runs_by_size(table, {"gap": "delta R2"}, "Training - test R2"),
                "loss": runs_by_size(table, {"loss": "Test", "training_loss": "Training"},
                                     "Mean squared error / variance of the truth")}

    def curves(self, cube, rows, sizes, raw, *, seed):
        """Return the law by which the share of the variance that is not explained falls.

        Its interval comes from drawing runs and test examples with replacement.
        """
        truth, sizes = _truth(cube, rows), np.asarray(sizes)
        values = [split_reply(replies, truth.shape[1])[0] for replies in raw]
        missed = np.array([_unexplained(one, truth) for one in values])
        problem = _what_is_missing(sizes, len(rows))
        if not np.isfinite(missed).all() or not len(missed):
            problem = problem or "R2 is not defined on this test subset"
            return {self.drawn: LearningCurve(self.drawn, sizes, missed, None, None, problem)}
        rng = np.random.default_rng(seed)
        drawn = np.empty((RESAMPLES, len(missed)))
        for number in range(RESAMPLES):
            some = rng.integers(len(rows), size=len(rows))
            drawn[number] = [_unexplained(one[some], truth[some]) for one in values]
        drawn = np.where(np.isfinite(drawn), drawn, missed)  # a draw of equal truths
        runs = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=RESAMPLES)
        law = fit_power_law(sizes, missed, examples=len(rows))
        draws = fit_power_law(sizes, drawn, examples=len(rows), weights=runs)
        return {self.drawn: LearningCurve(self.drawn, sizes, missed, law, draws,
                                          problem or no_trend(sizes, missed))}

    def _metrics(self, cube, rows, raw):
        truth = _truth(cube, rows)
        values = split_reply(raw, truth.shape[1])[0]
        varying = ~constant_targets(truth)
        if not varying.any():
            return dict.fromkeys(("r2", "mae", "loss"), np.nan)
        error = ((values - truth) / np.where(varying, np.nanstd(truth, axis=0), 1))[:, varying]
        return {"r2": mean_r2(values, truth), "mae": np.nanmean(np.abs(error), axis=0).mean(),
                "loss": np.nanmean(error**2, axis=0).mean()}


def _truth(cube, rows):
    """Return the true values of rows of a cube, (n, K)."""
    targets = [target["column"] for target in cube.meta["targets"] if "column" in target]
    columns = cube.columns_of(rows, targets)
    return np.stack([np.asarray(columns[name], float) for name in targets], axis=1)


def _unexplained(values, truth):
    """Return 1 - R2, the mean of the targets: at most 1, which is no better than their mean value."""
    varying = ~constant_targets(truth)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nanmean((values - truth) ** 2, axis=0) / np.nanvar(truth, axis=0)
    return float(np.minimum(share[varying], 1).mean()) if varying.any() else np.nan


def _what_is_missing(sizes, examples):
    """Say what is missing for a statement about more examples; empty if nothing is."""
    needs = [(FEWEST_TEST, examples, "examples in test"),
             (FEWEST_SIZES, len(np.unique(sizes)), "different sizes")]
    short = [f"{least} {what} (has {has})" for least, has, what in needs if has < least]
    return "needs at least " + " and ".join(short) if short else ""
