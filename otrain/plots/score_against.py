"""The score of every candidate against a number, class by class."""

import numpy as np

from otrain.evaluation.class_words import USUAL
from otrain.plots.style import GREY, empty_figure, figure_and_axes, say

__all__ = ["score_against"]

_MOST_POINTS = 2000  # candidates of a class; more are drawn as a density
_FEWEST = 10  # candidates behind a median
_BINS = 40
_MAPS = {1: "Blues", 0: "Oranges"}


def score_against(values, labels, scores, threshold, *, name, classes=USUAL):
    """Draw the score against a column, one panel for each of two classes.

    Parameters
    ----------
    values : (N,) float ndarray
        Non-finite values are left out. The axis spans the central 98 %; the rest lies
        at its ends.
    labels : (N,) int ndarray
        0 bogus, 1 real; others are left out.
    scores : (N,) ndarray
        Calibrated probability of real.
    threshold : float
        Drawn as a line.
    name : str
        What the horizontal axis says, with the unit.
    classes : (str, str)
        What labels 0 and 1 are called.

    Returns
    -------
    Figure
        Points, or for many candidates the number in each cell; the line is the median
        score of tenths of the axis that hold at least 10 candidates.
    """
    values, labels, scores = np.asarray(values, float), np.asarray(labels), np.asarray(scores, float)
    keep = np.isfinite(values) & np.isfinite(scores) & np.isin(labels, (0, 1))
    if not keep.any():
        return empty_figure(f"no candidates with a {name}")
    values, labels, scores = values[keep], labels[keep], scores[keep]
    low, high = np.percentile(values, [1, 99])
    if not low < high:
        low, high = low - 0.5, high + 0.5
    values = np.clip(values, low, high)
    figure, panels = figure_and_axes(2, 1, height=5.6, sharex=True)
    for panel, label, words in zip(panels, (1, 0), classes[::-1]):
        some = labels == label
        panel.set_ylabel("Score")
        if not some.any():
            say(panel, f"no {words}")
            continue
        panel.set(ylim=(-0.04, 1.04), xlim=(low - 0.02 * (high - low), high + 0.02 * (high - low)))
        _draw(figure, panel, values[some], scores[some], (low, high), _MAPS[label])
        _median(panel, values[some], scores[some], np.linspace(low, high, 11))
        panel.axhline(threshold, color=GREY, linestyle="--", linewidth=1.2)
        panel.set_title(f"{words} ({some.sum()})   line: median, dashes: threshold {threshold:g}", loc="left",
                        fontsize=10)
    panels[-1].set_xlabel(name, parse_math=False)
    return figure


def _draw(figure, panel, values, scores, span, colours):
    """Points while they can be told apart, else a density with a colour bar."""
    if len(values) <= _MOST_POINTS:
        face = {"Blues": "#0072B2", "Oranges": "#E69F00"}[colours]
        panel.plot(values, scores, ".", color=face, markersize=6, alpha=0.6, markeredgewidth=0)
        return
    from matplotlib.colors import LogNorm

    counts, x, y = np.histogram2d(values, scores, bins=_BINS, range=(span, (0, 1)))
    mesh = panel.pcolormesh(x, y, np.ma.masked_equal(counts.T, 0), cmap=colours,
                            norm=LogNorm(0.6, counts.max()))
    figure.colorbar(mesh, ax=panel, label="candidates", pad=0.01, aspect=14)


def _median(panel, values, scores, edges):
    """The median score along the axis, where enough candidates are."""
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    medians = [np.median(scores[place == index]) if np.sum(place == index) >= _FEWEST else np.nan
               for index in range(len(edges) - 1)]
    panel.plot((edges[:-1] + edges[1:]) / 2, medians, "-o", color="black", linewidth=1.6, markersize=4)
