"""Training curves: what happened epoch by epoch."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["accuracy_curve", "loss_curve", "metric_curve"]


def loss_curve(history):
    """Draw training and validation loss against epoch.

    Parameters
    ----------
    history : dict of str to sequence of float
        One value for each epoch under ``loss`` and ``val_loss``; either may be absent.

    Returns
    -------
    Figure
    """
    return _curve(history, "loss", "Loss")


def accuracy_curve(history):
    """Draw training and validation accuracy against epoch; as `loss_curve`."""
    return _curve(history, "accuracy", "Accuracy", best=np.nanargmax)


def metric_curve(history, key, title):
    """Draw any metric that is best when it is high against epoch; as `loss_curve`."""
    return _curve(history, key, title, best=np.nanargmax)


def _curve(history, key, title, best=np.nanargmin):
    training = np.asarray(history.get(key, ()), float)
    validation = np.asarray(history.get(f"val_{key}", ()), float)
    if not len(training) and not len(validation):
        return empty_figure(f"no {key} was recorded")
    figure, axes = figure_and_axes(height=3.4)
    for values, name, colour, style in ((training, "training", GREY, "--o"),
                                        (validation, "validation", REAL, "-s")):
        if len(values):
            axes.plot(np.arange(1, len(values) + 1), values, style, color=colour, label=name,
                      markersize=4, markevery=max(1, len(values) // 25))
    if np.isfinite(validation).any():
        epoch = int(best(validation))
        axes.plot(epoch + 1, validation[epoch], "*", color=ACCENT, markersize=13, markeredgecolor="white",
                  label=f"best validation: {validation[epoch]:.4g}, epoch {epoch + 1}", linestyle="none")
    axes.set(xlabel="Epoch", ylabel=title)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    legend_above(axes)
    return figure
