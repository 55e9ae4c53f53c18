"""Figures of a scan of channels: a score of each, and what a veto by each would cost and bring."""

import numpy as np

from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["channel_bars", "veto_costs"]

_MOST = 40  # channels that are drawn, the highest first


def channel_bars(channels, values, threshold, *, name):
    """Draw a score of each channel against its threshold.

    Parameters
    ----------
    channels : (C,) sequence of str
    values : (C,) ndarray
        Channels with NaN are left out.
    threshold : float
        Higher ones are selected.
    name : str
        What the horizontal axis says.

    Returns
    -------
    Figure
        A bar for each of the 40 highest, the highest on top; the threshold is a line.
    """
    values = np.asarray(values, float)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return empty_figure(f"no channel has a {name}")
    order = known[np.argsort(-values[known], kind="stable")][:_MOST]
    figure, axes = figure_and_axes(height=1.2 + 0.22 * len(order))
    selected = values[order] > threshold
    places = np.arange(len(order))
    axes.barh(places, values[order], color=[REAL if one else "#C8C8C8" for one in selected], height=0.7)
    axes.axvline(threshold, color=ACCENT, linestyle="--", linewidth=1.6)
    axes.set_yticks(places, [channels[place] for place in order], fontsize=8, parse_math=False)
    axes.set(ylim=(len(order) - 0.4, -0.6), xlim=(0, max(1e-3, 1.08 * max(values[order].max(), threshold))))
    rest = len(known) - len(order)
    more = f"; {rest} lower are not drawn" if rest else ""
    axes.set_xlabel(f"{name} (threshold {threshold:g}, dashed){more}")
    return figure


def veto_costs(efficiency, dead_time, witness):
    """Draw how much of the strain's peaks a veto by each channel takes out, against the time that it takes.

    Parameters
    ----------
    efficiency, dead_time : (C,) ndarray
        Shares, 0 to 1; channels with NaN are left out.
    witness : (C,) bool ndarray
        Those that are significant.

    Returns
    -------
    Figure
        A point for each channel; on the diagonal a veto is as good as one at random times.
    """
    efficiency, dead_time = np.asarray(efficiency, float), np.asarray(dead_time, float)
    witness, known = np.asarray(witness, bool), np.isfinite(efficiency) & np.isfinite(dead_time)
    if not known.any():
        return empty_figure("no channel has a dead time")
    figure, axes = figure_and_axes()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.2, label="random times")
    for wanted, colour, marker, words in ((False, "#9AA0A6", "o", "other channels"),
                                          (True, REAL, "D", "witnesses")):
        here = known & (witness == wanted)
        if here.any():
            axes.plot(dead_time[here], efficiency[here], marker, color=colour, markersize=6 if wanted else 4,
                      label=words)
    axes.set(xlabel="Dead time of the veto (share of the time)",
             ylabel="Efficiency (share of the strain's peaks)", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    legend_above(axes)
    return figure
