"""How the scores of real and bogus candidates are distributed."""

import numpy as np

from otrain.evaluation.class_words import USUAL
from otrain.plots.style import BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["score_distribution"]

_BINS = np.linspace(0, 1, 41)


def score_distribution(scores, labels, threshold, *, classes=USUAL):
    """Draw histograms of the scores of both classes, on a log axis.

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
    if not np.isin(labels, (0, 1)).any():
        return empty_figure()
    figure, axes = figure_and_axes()
    bogus, real = (scores[(labels == k) & np.isfinite(scores)] for k in (0, 1))
    axes.hist(bogus, _BINS, color=BOGUS, alpha=0.75, label=f"{classes[0]} ({len(bogus)})")
    axes.hist(real, _BINS, histtype="step", color=REAL, linewidth=2, hatch="//",
              label=f"{classes[1]} ({len(real)})")
    axes.axvline(threshold, color=GREY, linestyle="--", label=f"threshold {threshold:g}")
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)
    axes.set(xlabel=f"Score (calibrated probability of {classes[1]})", ylabel="Candidates", xlim=(0, 1))
    legend_above(axes)
    return figure
