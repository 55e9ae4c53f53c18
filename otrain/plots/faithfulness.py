"""Whether heat maps mean anything: scores while pixels go and come, and maps without training."""

import numpy as np

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above, say

__all__ = ["faithfulness"]

LINES = {"heat": (ACCENT, "-", "hottest first"), "random": (GREY, "--", "random order"),
         "centre": (REAL, ":", "centre first")}
_EVEN = (0, 0.01, 0.1, 0.3, 1)  # ticks of the square-root axis


def faithfulness(fractions, deletion, insertion, correlation):
    """Draw deletion and insertion by class, and the correlation with maps of a shuffled network.

    Parameters
    ----------
    fractions : (F,) ndarray
        Share of the pixels that were taken away or put back.
    deletion, insertion : dict of str to dict of str to (F,) ndarray
        By class, then by order of the pixels (``heat random centre``): the mean score.
    correlation : (N,) ndarray
        Rank correlation of each map with that of the network with shuffled weights; NaN
        where it is not defined.

    Returns
    -------
    Figure
    """
    classes = list(deletion)
    if not classes:
        return empty_figure()
    figure, axes = figure_and_axes(len(classes) + 1, 2, height=2.6 * (len(classes) + 1) + 0.3, squeeze=False)
    for row, name in enumerate(classes):
        _curves(axes[row, 0], fractions, deletion[name], f"Called {name}: pixels taken away")
        _curves(axes[row, 1], fractions, insertion[name], f"Called {name}: put on empty sky")
    _shuffled(axes[-1, 0], correlation)
    # One legend for all curves, in the place that is left.
    axes[-1, 1].set_axis_off()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[-1, 1].legend(handles, labels, loc="center", frameon=False, title="Order of the pixels",
                       handlelength=3)
    return figure


def _curves(axes, fractions, curves, title):
    for order, (colour, style, label) in LINES.items():
        axes.plot(np.sqrt(fractions), curves[order], style, color=colour, label=label, linewidth=2)
    axes.set_xticks(np.sqrt(_EVEN), [f"{100 * share:g}" for share in _EVEN])
    axes.set(xlabel="Share of the pixels [%]", ylabel="Mean score of that class", xlim=(0, 1),
             ylim=(-0.02, 1.02))
    axes.set_title(title, fontsize=10)


def _shuffled(axes, correlation):
    known = correlation[np.isfinite(correlation)]
    if not len(known):
        say(axes, "no heat without training")
        return
    axes.hist(known, bins=np.linspace(-1, 1, 21), color=BOGUS, edgecolor="black", linewidth=0.5)
    axes.axvline(np.median(known), color="black", label=f"median {np.median(known):.2f}")
    axes.set(xlabel="Correlation with shuffled weights", ylabel="Candidates", xlim=(-1, 1))
    legend_above(axes)
