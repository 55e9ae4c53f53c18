"""Pieces of light curves around events, with the truth and what the network says of each point."""

import numpy as np

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["curve_gallery", "heated_curve", "whole_curve"]

KINDS = {1: REAL, 2: BOGUS}
NAMES = {1: "planet", 2: "binary"}
COLUMNS = 3
HOURS = 24.0  # per day
PERCENT = 20_000  # ppm; larger ranges are told in per cent


def curve_gallery(panels, *, columns=COLUMNS):
    """Draw pieces of light curves side by side, below each what the network says of its points.

    Parameters
    ----------
    panels : sequence of dict
        ``time`` (n,) [d], ``flux`` (n,) [ppm], ``title``; perhaps ``t0`` [d], from which hours are
        counted, ``label`` (n,) true class of each point, ``probability`` (n,) of the kind.

    Returns
    -------
    Figure
    """
    if not panels:
        return empty_figure("no events")
    rows = -(-len(panels) // columns)
    figure, axes = figure_and_axes(2 * rows, columns, width=3.2 * columns, height=2.6 * rows, squeeze=False,
                                   height_ratios=[3, 1] * rows)
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        pair = axes[2 * row, column], axes[2 * row + 1, column]
        if place < len(panels):
            _draw(*pair, panels[place])
        else:
            for empty in pair:
                empty.set_axis_off()
    return figure


def _draw(axes, below, panel):
    """Draw one piece: its points above, the probability below."""
    time, flux = np.asarray(panel["time"], float), np.asarray(panel["flux"], float)
    label = np.asarray(panel.get("label", np.zeros(len(time))), float)
    if "t0" in panel:
        time = (time - panel["t0"]) * HOURS
    known = flux[np.isfinite(flux)]
    percent = len(known) and np.ptp(known) > PERCENT
    flux = flux / 1e4 if percent else flux
    axes.plot(time, flux, ".", color=GREY, markersize=2.5)
    for kind, colour in KINDS.items():
        axes.plot(time[label == kind], flux[label == kind], ".", color=colour, markersize=4)
    axes.set_title(panel["title"], fontsize=8, parse_math=False)
    axes.set_ylabel("Flux [%]" if percent else "Flux [ppm]", fontsize=7.5)
    axes.ticklabel_format(axis="both", useOffset=False)
    axes.tick_params(labelsize=7, labelbottom=False)
    below.sharex(axes)
    if panel.get("probability") is not None:
        below.plot(time, panel["probability"], color=ACCENT, linewidth=1.2)
    below.set(ylim=(-0.08, 1.08), yticks=(0, 1))
    below.set_ylabel("p", fontsize=7.5)
    below.set_xlabel("Time from centre [h]" if "t0" in panel else "Time [d]", fontsize=7.5)
    below.tick_params(labelsize=7)


def heated_curve(time, flux, heat, *, t0, label=None, title=""):
    """Draw a piece of a light curve and the heat along it: what a network looked at.

    Parameters
    ----------
    time, flux, heat : (n,) ndarray
        [d], [ppm], and not negative; the heat is scaled to its own maximum.
    t0 : float
        From which hours are counted [d].
    label : (n,) ndarray, optional
        True class of each point.
    title : str

    Returns
    -------
    Figure
    """
    figure, (top, below) = figure_and_axes(2, 1, height=4.2, sharex=True, height_ratios=[2.4, 1])
    hours, flux = (np.asarray(time, float) - t0) * HOURS, np.asarray(flux, float)
    level = np.asarray(heat, float) / max(float(np.max(heat, initial=0)), 1e-30)
    if label is not None:
        for kind, colour in KINDS.items():
            mine = np.asarray(label) == kind
            top.plot(hours[mine], flux[mine], "o", color=colour, markersize=7, markerfacecolor="none",
                     markeredgewidth=0.8, label=NAMES[kind] if mine.any() else None)
        if np.isin(label, list(KINDS)).any():
            top.legend(fontsize=8, frameon=False, loc="lower left")
    # Of the scale of the heat maps of cutouts, without its end that nobody sees on white.
    top.scatter(hours, flux, c=0.85 * level, cmap="inferno", vmin=0, vmax=1, s=10)
    level = np.where(np.isfinite(hours), level, np.nan)
    below.fill_between(hours, level, color=ACCENT, alpha=0.35, linewidth=0)
    below.plot(hours, level, color=ACCENT, linewidth=1.2)
    top.set_ylabel("Flux [ppm]")
    top.set_title(title, fontsize=9, parse_math=False)
    top.ticklabel_format(axis="y", useOffset=False)
    below.set(ylim=(-0.03, 1.05), ylabel="Heat", xlabel="Time from centre [h]")
    return figure


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
            top.annotate(words, (t0, 1), xycoords=("data", "axes fraction"), fontsize=7, ha="right",
                         va="top", rotation=90, color=ACCENT)
    top.set_ylabel("Relative flux")
    top.set_title(title, fontsize=9, parse_math=False)
    top.ticklabel_format(axis="y", useOffset=False)
    if maps:
        below = axes[1, 0]
        for (kind, colour), row in zip(KINDS.items(), probability):
            below.plot(time, row, color=colour, linewidth=1, label=NAMES[kind])
        below.set(ylim=(-0.03, 1.03), ylabel="Probability")
        legend_above(below)
    axes[-1, 0].set_xlabel("Time [d]")
    return figure
