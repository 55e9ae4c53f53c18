"""The confusion matrix as a picture."""

import numpy as np

from otrain.plots.style import empty_figure, figure_and_axes

__all__ = ["confusion_matrix"]


def confusion_matrix(counts, classes=("bogus", "real")):
    """Draw a confusion matrix with counts and the share of each true class.

    Parameters
    ----------
    counts : (K, K) int array
        ``counts[i, j]``: candidates of class i that were called j.
    classes : sequence of K str
        Names in label order.

    Returns
    -------
    Figure
    """
    counts = np.asarray(counts, dtype=int)
    if not counts.size or not counts.sum():
        return empty_figure()
    totals = counts.sum(axis=1, keepdims=True)
    share = counts / np.maximum(totals, 1)
    figure, axes = figure_and_axes(width=4.2, height=3.6)
    axes.grid(False)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for i, j in np.ndindex(counts.shape):
        percent = f"\n{100 * share[i, j]:.1f} %" if totals[i, 0] else ""
        axes.text(j, i, f"{counts[i, j]}{percent}", ha="center", va="center",
                  color="white" if share[i, j] > 0.55 else "black", fontsize=12)
    ticks = range(len(classes))
    axes.set_xticks(ticks, classes, parse_math=False)
    axes.set_yticks(ticks, classes, rotation=90, va="center", parse_math=False)
    axes.set(xlabel="Called", ylabel="True class")
    return figure
