"""The errors of numbers, and the coverage of their intervals, against columns of the cube."""

import numpy as np

from otrain.plots.style import GREY, REAL, empty_figure, figure_and_axes
from otrain.plots.value_coverage import COLOURS

__all__ = ["error_against"]

_MOST = 8  # columns
_NAMED = 8  # targets


def error_against(tables):
    """Draw the error of each target, and the mean coverage of the central 68 %, against columns.

    Parameters
    ----------
    tables : dict of str to list of dict
        By column: rows ``middle rmse coverage_68 mean_coverage_68`` in rising order.

    Returns
    -------
    Figure
        A row for each of at most 8 columns. Left: root mean square error in units of the standard
        deviation of the truth, 1 is no better than the mean. Right: the share inside the central 68 %.
    """
    tables = dict([item for item in tables.items() if len(item[1]) > 1][:_MOST])
    if not tables:
        return empty_figure("no column to tell the errors against")
    figure, axes = figure_and_axes(len(tables), 2, height=0.5 + 1.75 * len(tables), squeeze=False)
    for (left, right), (column, rows) in zip(axes, tables.items()):
        middle = np.array([row["middle"] for row in rows])
        names = list(rows[0]["rmse"])
        for index, name in enumerate(names):
            named = len(names) <= _NAMED
            look = {"color": COLOURS[index] if named else GREY, "alpha": 1 if named else 0.4, "markersize": 3,
                    "linewidth": 1.2, "label": name if named else None}
            for panel, key in ((left, "rmse"), (right, "coverage_68")):
                panel.plot(middle, [_number(row[key][name]) for row in rows], "-o", **look)
        right.plot(middle, [_number(row["mean_coverage_68"]) for row in rows], "-", color=REAL, linewidth=2.2,
                   label="mean" if len(names) > 1 else None)
        left.axhline(1, linestyle=":", color=GREY)
        right.axhline(0.68, linestyle=":", color=GREY)
        left.set_ylim(0, max(1.05, left.get_ylim()[1]))
        right.set_ylim(0, 1)
        for panel in (left, right):
            panel.set_xlabel(column, parse_math=False, fontsize=9)
            panel.tick_params(labelsize=8)
    axes[0, 0].set_title("RMS error / spread of the truth", fontsize=9, loc="left")
    axes[0, 1].set_title("Share inside the central 68 %", fontsize=9, loc="left")
    handles, labels = axes[0, 1].get_legend_handles_labels()
    if labels:
        figure.legend(handles, labels, loc="outside upper left", ncols=min(5, len(labels)), frameon=False,
                      fontsize=9)
    return figure


def _number(value):
    return np.nan if value is None else value
