"""Which injected transits are found: recall by depth and duration, a panel for each search."""

import numpy as np

from otrain.evaluation.intervals import wilson_interval
from otrain.plots.style import figure_and_axes

__all__ = ["injection_grid"]


def injection_grid(depths, durations, searches):
    """Draw the recall in each cell with its numbers and its 95 % Wilson interval.

    Parameters
    ----------
    depths : sequence of float
        [ppm]
    durations : sequence of float
        [h]
    searches : dict of str to list of list of (int, int)
        By the name of the search, for each depth and duration how many of how many were found.

    Returns
    -------
    Figure
    """
    figure, axes = figure_and_axes(
        1, len(searches), squeeze=False, sharey=True, height=1.2 + 0.55 * len(depths),
        width=1.0 + len(searches) * (0.5 + 0.95 * len(durations)))
    for panel, (name, cells) in zip(axes.flat, searches.items(), strict=True):
        counts = np.asarray(cells, float).reshape(len(depths), len(durations), 2)
        with np.errstate(invalid="ignore"):
            share = counts[..., 0] / counts[..., 1]
        panel.grid(False)
        panel.imshow(share, cmap="Blues", vmin=0, vmax=1, origin="lower", aspect="auto")
        for row, column in np.ndindex(share.shape):
            panel.text(column, row, _words(*counts[row, column].astype(int)), ha="center", va="center",
                       fontsize=8, color="white" if share[row, column] > 0.55 else "black")
        panel.set_xticks(range(len(durations)), [f"{value:g}" for value in durations])
        panel.set_yticks(range(len(depths)), [f"{value:g}" for value in depths])
        panel.set_title(name, loc="left", fontsize=10, parse_math=False)
        panel.set_xlabel("Duration [h]")
    axes[0, 0].set_ylabel("Depth [ppm]")
    return figure


def _words(found, total):
    if not total:
        return "none"
    low, high = wilson_interval(found, total)
    return f"{found}/{total}\n{100 * low:.0f}–{100 * high:.0f} %"
