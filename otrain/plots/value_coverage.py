"""Whether stated uncertainties are true: coverage, where the truth lies in them, in which cells they fail."""

import numpy as np
from scipy.stats import binom

from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes, hatch_out
from otrain.plots.value_panels import panel_grid

__all__ = ["coverage_curve", "coverage_map", "pit_panels"]

_NAMED = 8  # targets; more lines cannot be told apart
# Okabe & Ito (2008) without the blue of the mean, a brown and two greys.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#D55E00", "#8C564B", "#777777", "#BBBBBB")
_MAPS = 4  # pairs of columns


def coverage_curve(targets, mean):
    """Draw how often central intervals hold the truth against how often they should.

    Parameters
    ----------
    targets : dict of str to list of dict
        By target: rows ``level value low high``.
    mean : list of dict
        The mean over the targets, in the same form.

    Returns
    -------
    Figure
        Left: coverage, shaded the 95 % interval of the mean; right: coverage - level.
    """
    rows = [row for row in mean if row["value"] is not None]
    if not rows:
        return empty_figure("no example with a true value")
    figure, (left, right) = figure_and_axes(1, 2, height=3.6)
    level, value, low, high = (np.array([row[key] for row in rows])
                               for key in ("level", "value", "low", "high"))
    for panel, offset in ((left, 0), (right, level)):
        panel.fill_between(level, low - offset, high - offset, color=REAL, alpha=0.2, linewidth=0)
    left.plot([0, 1], [0, 1], ":", color=GREY)
    right.axhline(0, linestyle=":", color=GREY)
    for index, (name, mine) in enumerate(targets.items()):
        x, y = (np.array([row[key] for row in mine if row["value"] is not None])
                for key in ("level", "value"))
        named = len(targets) <= _NAMED
        look = {"color": COLOURS[index] if named else GREY, "linewidth": 1, "alpha": 1 if named else 0.4}
        for panel, offset in ((left, 0), (right, x)):
            panel.plot(x, y - offset, "-", **look, label=name if named and len(targets) > 1 else None)
    for panel, offset in ((left, 0), (right, level)):
        panel.plot(level, value - offset, "-o", color=REAL, markersize=3.5, linewidth=2,
                   label="mean" if len(targets) > 1 else next(iter(targets)))
    left.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share of true values inside")
    left.set_box_aspect(1)
    right.set(xlim=(0, 1), ylabel="Share inside - nominal share")
    reach = max(0.05, 1.1 * max(map(abs, right.get_ylim())))
    right.set(ylim=(-reach, reach))
    figure.supxlabel("Nominal share of the central interval", fontsize=10)
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=min(5, len(labels)), frameon=False,
                  fontsize=9)
    return figure


def pit_panels(targets):
    """Draw where in its stated distribution the truth lies, one histogram for each target.

    Parameters
    ----------
    targets : dict of str to list of int
        Counts in equal bins of the stated probability below the truth.

    Returns
    -------
    Figure
        Flat where the uncertainties are true; shaded: 95 % of such counts. A valley means intervals too
        narrow, a hill too wide, a slope a bias.
    """
    if not targets:
        return empty_figure("no target")
    figure, panels = panel_grid(len(targets), height=1.7)
    for panel, (name, counts) in zip(panels, targets.items()):
        counts, total = np.asarray(counts), int(np.sum(counts))
        panel.set_title(f"{name}   n = {total}", fontsize=8.5, loc="left", parse_math=False)
        if total < 2 * len(counts):
            hatch_out(panel, f"n = {total}: too few")
            continue
        panel.axhspan(*binom.ppf([0.025, 0.975], total, 1 / len(counts)), color=GREY, alpha=0.25, linewidth=0)
        panel.axhline(total / len(counts), color=GREY, linewidth=1)
        panel.stairs(counts, np.linspace(0, 1, len(counts) + 1), color=REAL, fill=True, alpha=0.45)
        panel.set(xlim=(0, 1), ylim=(0, 1.15 * max(counts.max(), binom.ppf(0.975, total, 1 / len(counts)))))
        panel.tick_params(labelsize=8)
    figure.supxlabel("Stated probability of a value below the truth", fontsize=10)
    figure.supylabel("Examples", fontsize=10)
    return figure


def coverage_map(tables, *, level=0.68):
    """Draw the coverage of one level in cells of two columns, for up to four pairs.

    Parameters
    ----------
    tables : list of dict
        As `otrain.evaluation.coverage.coverage_cells` gives them, with the names of the ``columns``.
    level : float

    Returns
    -------
    Figure
        Each cell with its coverage and the number of examples; violet holds too much, orange too little.
    """
    tables = [table for table in tables if table["cells"]][:_MAPS]
    if not tables:
        return empty_figure("no two columns to tell it against")
    across = min(2, len(tables))
    rows = -(-len(tables) // across)
    figure, axes = figure_and_axes(rows, across, width=6.4 if across > 1 else 4.4, height=3.3 * rows,
                                   squeeze=False)
    for panel in axes.flat[len(tables):]:
        panel.set_visible(False)
    for panel, table in zip(axes.flat, tables):
        _draw_cells(panel, table, level)
    return figure


def _draw_cells(panel, table, level):
    values = np.array([[_at(cell, level) for cell in row] for row in table["cells"]], float)
    panel.grid(False)
    panel.imshow(values.T, origin="lower", cmap="PuOr", vmin=level - 0.3, vmax=level + 0.3, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        count = table["cells"][i][j]["examples"]
        words = f"{100 * value:.0f} %\nn = {count}" if np.isfinite(value) else "none"
        dark = np.isfinite(value) and abs(value - level) > 0.17
        panel.text(i, j, words, ha="center", va="center", fontsize=7.5, color="white" if dark else "black")
    for axis, name, edges in zip((panel.xaxis, panel.yaxis), table["columns"],
                                 (table["first_edges"], table["second_edges"])):
        axis.set_ticks(np.arange(len(edges)) - 0.5, [f"{edge:.3g}" for edge in edges], fontsize=8)
        axis.set_label_text(name, parse_math=False)
    panel.set_title(f"Inside the central {100 * level:g} %", fontsize=9, loc="left", color=ACCENT)


def _at(cell, level):
    """Return the coverage of a level in a cell, NaN without examples."""
    value = next(row["value"] for row in cell["coverage"] if abs(row["level"] - level) < 1e-9)
    return np.nan if value is None else value
