"""What more labels brought: scores, gap and loss against the number of labels, and the fitted curve."""

import numpy as np
from matplotlib.ticker import (
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
    StrMethodFormatter,
)

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["fitted_curve", "gap_by_size", "loss_by_size", "runs_by_size", "scores_by_size"]

_SIZE = "Labels used for training and validation"
_LINES = (("-", "o", REAL), ("--", "s", BOGUS), (":", "^", GREY))


def scores_by_size(table):
    """Draw MCC, F1 and accuracy of the test subset against the number of labels.

    Parameters
    ----------
    table : dict of str to (R,) ndarray
        One entry per run: ``size mcc f1 accuracy``; NaN where a score is not defined.

    Returns
    -------
    Figure
        Lines through the means of the repeats; bars reach from the lowest to the highest.
    """
    return runs_by_size(table, {"mcc": "MCC", "f1": "F1", "accuracy": "Accuracy"}, "Score on the test subset")


def gap_by_size(table):
    """Draw training minus test accuracy against the number of labels: ``size gap``."""
    figure = runs_by_size(table, {"gap": "delta accuracy"}, "Training - test accuracy")
    figure.axes[0].axhline(0, color=GREY, linewidth=1)
    return figure


def loss_by_size(table):
    """Draw test and training loss against the number of labels: ``size loss training_loss``."""
    return runs_by_size(table, {"loss": "Test", "training_loss": "Training"}, "Loss (cross-entropy)")


def runs_by_size(table, series, title):
    """Draw some columns of the table of runs against the number of labels.

    Parameters
    ----------
    table : dict of str to (R,) ndarray
        ``size`` and the columns of `series`; NaN where a number is not defined.
    series : dict of str to str
        Column: its name in the legend.
    title : str
        Of the y axis.
    """
    size = np.asarray(table["size"], float)
    if not len(size):
        return empty_figure("no finished run")
    figure, axes = figure_and_axes()
    for (column, name), (line, marker, colour) in zip(series.items(), _LINES, strict=False):
        places, means, lows, highs = _means(size, np.asarray(table[column], float))
        if len(size) > len(np.unique(size)):
            # The mean of equal numbers may differ from them in the last digit.
            bars = np.clip([means - lows, highs - means], 0, None)
            axes.errorbar(places, means, yerr=bars, fmt="none", ecolor=colour, capsize=2, linewidth=1)
        axes.plot(places, means, line + marker, color=colour, markersize=5, linewidth=1.8, label=name)
    axes.set(xlabel=_SIZE, ylabel=title, xlim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
    legend_above(axes)
    return figure


def _means(size, values):
    """Return each size with mean, lowest and highest of the defined values of its repeats."""
    known = np.isfinite(values)
    places, which = np.unique(size[known], return_inverse=True)
    parts = [values[known][which == index] for index in range(len(places))]
    return places, *(np.array([of(part) for part in parts]) for of in (np.mean, np.min, np.max))


def fitted_curve(curve, *, more, words=""):
    """Draw the error of every run, the fitted law and its interval, up to `more` further labels.

    Parameters
    ----------
    curve : LearningCurve
        Or anything with ``sizes``, ``values``, ``law`` and ``at(labels)``.
    more : int
        How far beyond the largest size the fit is continued.
    words : str
        What the vertical axis says.

    Returns
    -------
    Figure
        Both axes logarithmic; the continuation is dashed. Runs without any error stand on the lower edge.
    """
    if curve.law is None:
        return empty_figure(curve.problem or "no run has a value")
    figure, axes = figure_and_axes()
    largest = curve.sizes.max()
    labels = np.union1d(np.geomspace(curve.sizes.min(), largest + more, 80), largest)
    fit = [curve.at(n) for n in labels]
    value, low, high = (np.array([point[key] for point in fit]) for key in ("value", "low", "high"))
    smallest = min(curve.values[curve.values > 0].min(initial=1.0), value[value > 0].min(initial=1.0))
    lowest = np.clip(0.9 * low.min(), 0.2 * smallest, 0.6 * smallest)  # an interval that ends at 0 has no log
    axes.fill_between(labels, np.maximum(low, lowest), np.maximum(high, lowest), color=REAL, alpha=0.15,
                      linewidth=0, label="95 % interval")
    inside, beyond = labels <= largest, labels >= largest
    axes.plot(labels[inside], value[inside], "-", color=REAL, linewidth=2, label="fit")
    axes.plot(labels[beyond], value[beyond], "--", color=ACCENT, linewidth=2, label="continued")
    axes.plot(curve.sizes, np.maximum(curve.values, lowest), "o", color=GREY, markersize=5, label="runs")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set(xlabel=_SIZE, ylabel=words, ylim=(lowest, None))
    _plain_ticks(axes)
    legend_above(axes, ncols=4)
    return figure


def _plain_ticks(axes):
    """Write numbers as people do; a log axis of less than two decades has few powers of ten."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
        axis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None, symbol=" %"))
