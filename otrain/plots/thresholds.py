"""Rates of lost reals and of false alarms against the threshold."""

import numpy as np

from otrain.evaluation.class_words import USUAL, many
from otrain.plots.style import BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["error_rates"]


def error_rates(scores, labels, threshold, *, classes=USUAL):
    """Draw false-negative and false-positive rate against the threshold, on a log axis.

    Each curve stops at one candidate: a smaller rate cannot be seen in so few.

    Parameters
    ----------
    scores : (N,) ndarray
        Calibrated probability of real.
    labels : (N,) int ndarray
        0 bogus, 1 real; others are left out.
    threshold : float
        Drawn as a line.
    classes : (str, str)
        What labels 0 and 1 are called.

    Returns
    -------
    Figure
    """
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    real, bogus = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    if not len(real) and not len(bogus):
        return empty_figure()
    figure, axes = figure_and_axes()
    grid = np.unique(np.concatenate([[0.0, 1.0], real, bogus]))
    if len(grid) > 4000:
        grid = np.quantile(grid, np.linspace(0, 1, 4000))
    # A candidate is called real if its score reaches the threshold.
    if len(real):
        lost = np.searchsorted(real, grid, side="left") / len(real)
        _step(axes, grid, lost, "-", REAL, f"{many(classes[1])} lost (of {len(real)})")
    if len(bogus):
        passed = 1 - np.searchsorted(bogus, grid, side="left") / len(bogus)
        _step(axes, grid, passed, "--", BOGUS, f"{many(classes[0])} passed (of {len(bogus)})")
    axes.axvline(threshold, color=GREY, linestyle=":", linewidth=1.5, label=f"threshold {threshold:g}")
    axes.set_yscale("log")
    smallest = 1 / max(len(real), len(bogus), 1)
    axes.set(xlabel="Threshold on the score", ylabel="Rate", xlim=(0, 1), ylim=(0.6 * smallest, 1.3))
    legend_above(axes)
    return figure


def _step(axes, grid, rate, style, colour, label):
    axes.step(grid, np.where(rate > 0, rate, np.nan), style, where="pre", color=colour, linewidth=2,
              label=label)
