"""Pieces of light curves around events, with the truth and what the network says of each point."""

import numpy as np

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, empty_figure, figure_and_axes

__all__ = ["curve_gallery", "whole_curve"]

KINDS = {1: REAL, 2: BOGUS}  # planet, binary
COLUMNS = 3


def curve_gallery(panels, *, columns=COLUMNS):
    """Draw pieces of light curves side by side.

    Parameters
    ----------
    panels : sequence of dict
        ``time`` (n,) [d], ``flux`` (n,) [ppm], ``probability`` (n,) of the kind, ``title``; perhaps
        ``label`` (n,) true class of each point.

    Returns
    -------
    Figure
    """
    if not panels:
        return empty_figure("no events")
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = figure_and_axes(rows, columns, width=2.9 * columns, height=2.0 * rows, squeeze=False)
    for place, panel in enumerate(axes.flat):
        if place >= len(panels):
            panel.set_axis_off()
            continue
        _draw(panel, panels[place])
    return figure


def _draw(axes, panel):
    time, flux = np.asarray(panel["time"], float), np.asarray(panel["flux"], float)
    label = np.asarray(panel.get("label", np.zeros(len(time))), float)
    axes.plot(time, flux, ".", color=GREY, markersize=2.5)
    for kind, colour in KINDS.items():
        axes.plot(time[label == kind], flux[label == kind], ".", color=colour, markersize=4)
    axes.set_title(panel["title"], fontsize=7.5, parse_math=False)
    axes.tick_params(labelsize=6.5)
    axes.ticklabel_format(axis="both", useOffset=False)
    if panel.get("probability") is not None:
        twin = axes.twinx()
        twin.plot(time, panel["probability"], color=ACCENT, linewidth=1)
        twin.set_ylim(-0.03, 1.6)
        twin.set_yticks([0, 1])
        twin.tick_params(labelsize=6, colors=ACCENT)
        twin.spines[["top"]].set_visible(False)


def whole_curve(time, flux, *, label=None, probability=None, events=(), title=""):
    """Draw a whole light curve, and below it what the network says of each point.

    Parameters
    ----------
    time, flux : (n,) ndarray
        [d] and relative.
    label : (n,) ndarray, optional
        True class of each point.
    probability : (K, n) ndarray, optional
        Of planet, and of binary.
    events : sequence of (float, float, str)
        Centre [d], duration [h] and words of found events, marked above the curve.
    title : str

    Returns
    -------
    Figure
    """
    maps = probability is not None
    ratios = {"height_ratios": [2.4, 1]} if maps else {}
    figure, axes = figure_and_axes(1 + maps, 1, width=9.0, height=2.6 + 1.2 * maps, squeeze=False,
                                   sharex=True, **ratios)
    top = axes[0, 0]
    time, flux = np.asarray(time, float), np.asarray(flux, float)
    top.plot(time, flux, ".", color=GREY, markersize=1.5, rasterized=True)
    if label is not None:
        for kind, colour in KINDS.items():
            mine = np.asarray(label) == kind
            top.plot(time[mine], flux[mine], ".", color=colour, markersize=3)
    finite = flux[np.isfinite(flux)]
    if len(finite):
        low, high = np.percentile(finite, [0.05, 99.95])
        margin = 0.15 * (high - low) or 1e-6
        top.set_ylim(low - margin, high + 2 * margin)
    for t0, duration, words in events:
        top.axvspan(t0 - duration / 48, t0 + duration / 48, color=ACCENT, alpha=0.25, linewidth=0)
        if words:
            top.annotate(words, (t0, 1), xycoords=("data", "axes fraction"), fontsize=6.5, ha="center",
                         va="top", color=ACCENT)
    top.set_ylabel("Relative flux")
    top.set_title(title, fontsize=9, parse_math=False)
    top.ticklabel_format(axis="y", useOffset=False)
    if maps:
        below = axes[1, 0]
        for (kind, colour), row in zip(KINDS.items(), probability):
            below.plot(time, row, color=colour, linewidth=1, label={1: "planet", 2: "binary"}[kind])
        below.set(ylim=(-0.03, 1.03), ylabel="Probability")
        below.legend(fontsize=7, frameon=False, loc="upper right")
    axes[-1, 0].set_xlabel("Time [d]")
    return figure
