"""How many reals and bogus each night or band has."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from otrain.plots.style import ACCENT, BOGUS, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["class_balance"]

_NAMED = 16  # values whose names fit under the axis


def class_balance(rows, name):
    """Draw the number of reals upwards and of bogus downwards for each value of a column.

    Parameters
    ----------
    rows : list of dict
        ``value bogus real lopsided``; lopsided values get a mark.
    name : str
        What the values are.

    Returns
    -------
    Figure
    """
    if not rows:
        return empty_figure(f"no {name} is known")
    real, bogus = (np.array([row[label] for row in rows]) for label in ("real", "bogus"))
    place = np.arange(len(rows))
    figure, axes = figure_and_axes(height=3.2)
    edges = np.arange(len(rows) + 1) - 0.5
    axes.stairs(real, edges, fill=True, color=REAL, label="real")
    axes.stairs(-bogus, edges, fill=True, facecolor=BOGUS, edgecolor="white", linewidth=0, label="bogus",
                hatch="//" if len(rows) <= _NAMED else None)
    marked = np.array([row["lopsided"] for row in rows])
    if marked.any():
        axes.plot(place[marked], real[marked] + 0.04 * (real.max() + bogus.max()), "v", color=ACCENT,
                  label="almost one class only")
    axes.axhline(0, color="black", linewidth=0.8)
    if len(rows) <= _NAMED:
        axes.set_xticks(place, [str(row["value"]) for row in rows], parse_math=False,
                        rotation=45 if len(rows) > 6 else 0, ha="right" if len(rows) > 6 else "center")
    else:
        shown = np.unique(np.linspace(0, len(rows) - 1, 6).astype(int))
        axes.set_xticks(shown, [str(rows[i]["value"]) for i in shown], parse_math=False)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    axes.set(xlabel=name, ylabel="Candidates")
    legend_above(axes)
    return figure
