"""Histograms of several groups: one panel each, or over each other; or as fractions."""

import numpy as np

from otrain.plots.style import (
    ACCENT,
    BOGUS,
    GREY,
    REAL,
    empty_figure,
    figure_and_axes,
    hatch_out,
    legend_above,
)

__all__ = ["FEWEST", "fraction_steps", "histogram_panels", "overlaid_histograms"]

FEWEST = 10  # candidates; a histogram of fewer says nothing
_LOOKS = ((GREY, "-", None), (BOGUS, "--", None), (REAL, "-", "//"))  # up to three groups over each other


def histogram_panels(groups, edges, *, xlabel, ylabel="Candidates", lines=(), band=None):
    """Draw the histogram of each group in a panel of its own, on log axes.

    Parameters
    ----------
    groups : list of (str, (N,) float ndarray)
        Name and values; non-finite values are left out, values beyond the edges lie in
        the end bins.
    edges : (B + 1,) ndarray
    xlabel, ylabel : str
    lines : sequence of float
        Drawn as dashed lines across all panels.
    band : (str, float, float), optional
        Name of a range of values; the title of each panel says which share lies inside.

    Returns
    -------
    Figure
        A group of fewer than 10 is hatched grey and says how many it has.
    """
    from matplotlib.ticker import NullFormatter

    groups = [(name, values[np.isfinite(values)]) for name, values in groups]
    if not any(len(values) for _, values in groups):
        return empty_figure()
    figure, axes = figure_and_axes(len(groups), 1, height=0.9 + 1.25 * len(groups), sharex=True,
                                   squeeze=False)
    for panel, (name, values) in zip(axes[:, 0], groups):
        panel.set_title(f"{name}   n = {len(values)}{_share(values, band)}", loc="left", fontsize=10,
                        parse_math=False)
        panel.set_xlim(edges[0], edges[-1])
        if len(values) < FEWEST:
            panel.set_yticks([])
            hatch_out(panel, f"n = {len(values)}: too few")
            continue
        counts = _counts(values, edges)
        panel.stairs(counts, edges, color=REAL, fill=True, alpha=0.35)
        panel.stairs(counts, edges, color=REAL, linewidth=1.5)
        panel.set_yscale("log")
        panel.yaxis.set_minor_formatter(NullFormatter())
        panel.set_ylim(0.7, max(15, 2 * counts.max()))
        for line in lines:
            panel.axvline(line, color=ACCENT, linestyle="--", linewidth=1.5)
    axes[-1, 0].set_xlabel(xlabel, parse_math=False)
    figure.supylabel(ylabel, fontsize=10)
    return figure


def _share(values, band):
    """Say which share of the values lies in a range of them."""
    if band is None or len(values) < FEWEST:
        return ""
    name, low, high = band
    return f"   {name}: {100 * np.mean((values >= low) & (values <= high)):.1f} %"


def overlaid_histograms(groups, edges, *, xlabel, ylabel="Candidates"):
    """Draw up to three histograms over each other, the first one filled, on a log axis.

    Parameters
    ----------
    groups, edges, xlabel, ylabel
        As in `histogram_panels`.

    Returns
    -------
    Figure
    """
    groups = [(name, values[np.isfinite(values)]) for name, values in groups]
    if not any(len(values) for _, values in groups):
        return empty_figure()
    figure, axes = figure_and_axes(height=4.2)
    for index, ((name, values), (colour, line, hatch)) in enumerate(zip(groups, _LOOKS)):
        label = f"{name} ({len(values)})"
        if index == 0:
            axes.stairs(_counts(values, edges), edges, fill=True, color="#D5D8DC", label=label)
            continue
        axes.stairs(_counts(values, edges), edges, color=colour, linestyle=line, linewidth=2, hatch=hatch,
                    label=label)
    axes.set_yscale("log")
    axes.set(ylabel=ylabel, xlim=(edges[0], edges[-1]))
    axes.set_ylim(bottom=0.7)
    axes.set_xlabel(xlabel, parse_math=False)
    legend_above(axes, ncols=2)
    return figure


def fraction_steps(groups, edges, *, xlabel):
    """Draw which share of each of up to three groups lies in each bin, on a log axis.

    Parameters
    ----------
    groups, edges, xlabel
        As in `histogram_panels`; a group of fewer than 10 is named in the legend only.

    Returns
    -------
    Figure
    """
    groups = [(name, values[np.isfinite(values)]) for name, values in groups]
    if not any(len(values) >= FEWEST for _, values in groups):
        return empty_figure("too few candidates")
    figure, axes = figure_and_axes(height=4.2)
    looks = ((GREY, ":", 1.5), (BOGUS, "--", 2), (REAL, "-", 2))
    for (name, values), (colour, line, width) in zip(groups, looks):
        if len(values) < FEWEST:
            axes.plot([], [], line, color=colour, label=f"{name} (n = {len(values)}: too few)")
            continue
        share = _counts(values, edges) / len(values)
        axes.stairs(np.where(share > 0, share, np.nan), edges, color=colour, linestyle=line, linewidth=width,
                    label=f"{name} ({len(values)})", baseline=None)
    axes.set_yscale("log")
    axes.set(ylabel="Fraction of the group in the bin", xlim=(edges[0], edges[-1]))
    axes.set_xlabel(xlabel, parse_math=False)
    legend_above(axes, ncols=2)
    return figure


def _counts(values, edges):
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
