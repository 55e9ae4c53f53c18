"""ROC and precision-recall curves in bins of a column, one small panel for each bin."""

import math

import numpy as np

from otrain.evaluation.class_words import USUAL, capital, many
from otrain.evaluation.curves import FEWEST
from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes, hatch_out

__all__ = ["precision_recall_panels", "roc_panels"]

_ACROSS = 3  # panels side by side
_MOST_POINTS = 5000


def roc_panels(rows, *, name, unit="", classes=USUAL):
    """Draw a ROC curve for each bin.

    Parameters
    ----------
    rows : list of BinCurve
        As `otrain.evaluation.curves.curves_by_bin` returns them with `roc`.
    name, unit : str
        Of the column.
    classes : (str, str)
        What stands against each other.

    Returns
    -------
    Figure
        A bin with too few candidates is hatched grey and says how many it has.
    """
    return _panels(rows, name, unit, x=f"{capital(many(classes[0]))} passed",
                   y=f"{capital(many(classes[1]))} kept", area="AUC", merit="G-mean",
                   where=(0.97, 0.06, "right", "bottom"), diagonal=True, classes=classes)


def precision_recall_panels(rows, *, name, unit="", classes=USUAL):
    """Draw precision against recall for each bin; as `roc_panels`."""
    return _panels(rows, name, unit, x="Recall", y="Precision", area="AP", merit="F-score",
                   where=(0.05, 0.06, "left", "bottom"), diagonal=False, classes=classes)


def _panels(rows, name, unit, *, x, y, area, merit, where, diagonal, classes):
    if not rows:
        return empty_figure(f"no candidates with a {name}")
    across = min(_ACROSS, len(rows))
    down = math.ceil(len(rows) / across)
    figure, axes = figure_and_axes(down, across, width=2.25 * across + 0.3, height=2.38 * down + 0.6,
                                   sharex=True, sharey=True, squeeze=False)
    for panel in axes.flat[len(rows):]:
        panel.set_visible(False)
    for index, (panel, row) in enumerate(zip(axes.flat, rows)):
        panel.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        panel.set_box_aspect(1)
        panel.tick_params(labelbottom=index + across >= len(rows))
        panel.set_title(_interval(row, index, len(rows), unit), fontsize=10, loc="left", parse_math=False)
        if row.curve is None:
            few = f"n = {row.reals + row.bogus}\n{row.reals} {classes[1]}, {row.bogus} {classes[0]}"
            hatch_out(panel, f"{few}\ntoo few for a curve")
            continue
        if diagonal:
            panel.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1)
        panel.plot(_thinned(row.curve.x), _thinned(row.curve.y), color=REAL, linewidth=1.8)
        panel.plot(*row.curve.best, "D", color=ACCENT, markersize=6, markeredgecolor="black", clip_on=False,
                   zorder=5)
        left, bottom, side, edge = where
        panel.text(left, bottom, f"{row.reals} {classes[1]}\n{row.bogus} {classes[0]}\n"
                   f"{area} {row.curve.area:.3f}\n"
                   f"best at {row.curve.threshold:.3g}\n{merit} {row.curve.merit:.3f}", ha=side, va=edge,
                   fontsize=8.5, transform=panel.transAxes,
                   bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5})
    figure.supxlabel(x, fontsize=10)
    figure.supylabel(y, fontsize=10)
    figure.suptitle(f"By {name}. Diamond: best threshold by {merit}. A curve needs {FEWEST} of each class.",
                    fontsize=9, color=GREY, parse_math=False)
    return figure


def _thinned(values):
    """At most some thousand points of a curve, its ends among them: more cannot be seen."""
    if len(values) <= _MOST_POINTS:
        return values
    return values[np.linspace(0, len(values) - 1, _MOST_POINTS).astype(int)]


def _interval(row, index, count, unit):
    """Say which values a bin holds; the end bins are open."""
    digits = 3 if row.high - row.low < 0.1 else 2 if row.high - row.low < 1 else 1
    unit = f" {unit}" if unit else ""
    low, high = f"{row.low:.{digits}f}", f"{row.high:.{digits}f}"
    if count > 1 and index == 0:
        return f"below {high}{unit}"
    if count > 1 and index == count - 1:
        return f"from {low}{unit}"
    return f"{low} to {high}{unit}"
