"""How many examples of each class a night or a band has."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from otrain.plots.style import ACCENT, BOGUS, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["class_balance"]

_NAMED = 16  # values whose names fit under the axis


def class_balance(rows, name):
    """Draw how many examples of each class there are for each value of a column.

    Of two classes the second goes upwards and the first downwards; more are put on top of each other.

    Parameters
    ----------
    rows : list of dict
        ``value counts lopsided``, counts by class in label order; lopsided values get a mark.
    name : str
        What the values are.

    Returns
    -------
    Figure
    """
    if not rows:
        return empty_figure(f"no {name} is known")
    counts = {label: np.array([row["counts"][label] for row in rows]) for label in rows[0]["counts"]}
    place = np.arange(len(rows))
    figure, axes = figure_and_axes(height=3.2)
    top = _draw_counts(axes, counts, hatch="//" if len(rows) <= _NAMED else None)
    marked = np.array([row["lopsided"] for row in rows])
    if marked.any():
        axes.plot(place[marked], top[marked] + 0.04 * sum(counts.values()).max(), "v", color=ACCENT,
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
    axes.set(xlabel=name, ylabel="Examples")
    legend_above(axes)
    return figure


def _draw_counts(axes, counts, hatch):
    """Draw the counts of each class and return the upper end of each value."""
    edges = np.arange(len(next(iter(counts.values()))) + 1) - 0.5
    if len(counts) == 2:
        (lower, below), (upper, above) = counts.items()
        axes.stairs(above, edges, fill=True, color=REAL, label=upper)
        axes.stairs(-below, edges, fill=True, facecolor=BOGUS, edgecolor="white", linewidth=0, label=lower,
                    hatch=hatch)
        return above
    top = np.zeros(len(edges) - 1, int)
    for number, (label, mine) in enumerate(counts.items()):
        axes.stairs(top + mine, edges, baseline=top, fill=True, color=f"C{number}", label=label)
        top = top + mine
    return top
