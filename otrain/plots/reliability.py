"""Does a score of 0.8 mean that 80 % are real?"""

import numpy as np

from otrain.evaluation.class_words import USUAL
from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["reliability_diagram"]

_FEWEST = 10  # candidates; emptier bins are drawn hollow
_LOOKS = (("s", ACCENT, "--"), ("o", REAL, "-"))


def reliability_diagram(before, after, *, classes=USUAL):
    """Draw the observed fraction of the second class against the mean score, before and after calibration.

    Parameters
    ----------
    before, after : dict of str to sequence
        Bins as `otrain.evaluation.metrics.reliability_bins` returns them: ``score``,
        ``fraction``, ``low`` and ``high`` (its 95 % interval), ``count``; or empty.
    classes : (str, str)
        What labels 0 and 1 are called.

    Returns
    -------
    Figure
        Hollow points stand for fewer than 10 candidates.
    """
    if not any(bins and len(bins["count"]) for bins in (before, after)):
        return empty_figure()
    figure, axes = figure_and_axes(width=5.2, height=4.8)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, label="score = fraction")
    for bins, name, look in ((before, "before", _LOOKS[0]), (after, "after", _LOOKS[1])):
        if bins and len(bins["count"]):
            _series(axes, bins, f"{name} calibration", look)
    axes.set(xlabel="Mean score of a bin", ylabel=f"Fraction that is {classes[1]}", xlim=(-0.03, 1.03),
             ylim=(-0.03, 1.03), aspect="equal")
    if any(np.min(bins["count"], initial=_FEWEST) < _FEWEST for bins in (before, after) if bins):
        axes.plot([], [], "o", color=GREY, markerfacecolor="white", label=f"fewer than {_FEWEST} candidates")
    # Two short columns: a wider legend would shrink the square that stands under it.
    legend_above(axes, ncols=2)
    return figure


def _series(axes, bins, name, look):
    """Points with intervals, joined by a line; few candidates make a hollow point."""
    marker, colour, line = look
    score, fraction, low, high = (np.asarray(bins[key], float)
                                  for key in ("score", "fraction", "low", "high"))
    few = np.asarray(bins["count"]) < _FEWEST
    bars = np.clip([fraction - low, high - fraction], 0, None)
    axes.errorbar(score, fraction, yerr=bars, fmt="none", ecolor=colour, capsize=2, linewidth=1)
    axes.plot(score, fraction, line, color=colour, linewidth=1)
    axes.plot(score[~few], fraction[~few], marker, color=colour, markersize=6)
    axes.plot(score[few], fraction[few], marker, color=colour, markerfacecolor="white", markersize=6)
    axes.plot([], [], line + marker, color=colour, linewidth=1, label=name)  # in the legend only
