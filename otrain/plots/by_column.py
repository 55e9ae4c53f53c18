"""Reals kept and bogus passed against magnitude, FWHM, band or kind, with intervals."""

import numpy as np

from otrain.evaluation.class_words import USUAL, capital, many
from otrain.evaluation.intervals import wilson_interval
from otrain.plots.style import BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["rates_by_category", "rates_by_number"]

_FEWEST = 10  # candidates; a rate from fewer is drawn as a hollow point
_MOST_CATEGORIES = 20
_LONGEST = 24  # letters of a category


def rates_by_number(values, labels, scores, threshold, *, name, bins=8, classes=USUAL):
    """Draw completeness and false-positive rate in bins of a number.

    Parameters
    ----------
    values : (N,) float ndarray
        The column; NaN is left out. The end bins are open.
    labels : (N,) int ndarray
        0 bogus, 1 real; others are left out.
    scores : (N,) ndarray
        Calibrated probability of real.
    threshold : float
        A candidate is called real if its score reaches it.
    name : str
        What the horizontal axis says, with the unit.
    bins : int
        Equal parts of the central 98 % of the values.
    classes : (str, str)
        What labels 0 and 1 are called.

    Returns
    -------
    Figure
        Rates with 95 % Wilson intervals, hollow where fewer than 10 candidates
        carry them, nothing where none does; below, the number of candidates.
    """
    values, labels, called = _usable(values, labels, scores, threshold)
    if not len(values):
        return empty_figure(f"no candidates with a {name}")
    edges = _edges(values, bins)
    which = np.clip(np.digitize(values, edges) - 1, 0, len(edges) - 2)
    centres = (edges[:-1] + edges[1:]) / 2
    figure, (kept, passed, counts) = figure_and_axes(3, 1, height=6.0, sharex=True, height_ratios=(2, 2, 1))
    for axes, label, colour, marker in ((kept, 1, REAL, "o"), (passed, 0, BOGUS, "s")):
        total = np.bincount(which[labels == label], minlength=len(centres))
        hits = np.bincount(which[(labels == label) & called], minlength=len(centres))
        _points(axes, centres, hits, total, colour, marker, label=label)
    for label, colour, style, words in ((1, REAL, "-", classes[1]), (0, BOGUS, "--", classes[0])):
        counts.stairs(np.histogram(which[labels == label], np.arange(len(edges)) - 0.5)[0], edges,
                      color=colour, linestyle=style, linewidth=1.8, label=words)
    kept.set_ylabel(f"{capital(many(classes[1]))} kept at {threshold:g}")
    passed.set_ylabel(f"{capital(many(classes[0]))} passed at {threshold:g}")
    counts.set(ylabel="Candidates", ylim=(0, None))
    counts.set_xlabel(name, parse_math=False)
    for axes in (kept, passed, counts):
        legend_above(axes)
    return figure


def rates_by_category(values, labels, scores, threshold, *, name, classes=USUAL):
    """Draw completeness and false-positive rate for each value of a column.

    Parameters
    ----------
    values : (N,) str ndarray
        The column; an empty string is left out. At most the 20 commonest values are drawn.
    labels, scores, threshold, name, classes
        As in `rates_by_number`.

    Returns
    -------
    Figure
        One row for each value that a class has, with 95 % Wilson intervals.
    """
    values, labels, called = _usable(values, labels, scores, threshold)
    if not len(values):
        return empty_figure(f"no candidates with a {name}")
    groups = {label: _commonest(values[labels == label]) for label in (1, 0)}
    rows = [max(1, len(group)) for group in groups.values()]
    figure, panels = figure_and_axes(2, 1, height=2.2 + 0.27 * sum(rows), height_ratios=rows)
    looks = {1: (REAL, "o", f"{capital(many(classes[1]))} kept"),
             0: (BOGUS, "s", f"{capital(many(classes[0]))} passed")}
    for axes, (label, group) in zip(panels, groups.items()):
        colour, marker, words = looks[label]
        chosen = [(values == value) & (labels == label) for value in group]
        total = np.array([mask.sum() for mask in chosen], int)
        hits = np.array([(mask & called).sum() for mask in chosen], int)
        _points(axes, np.arange(len(group)), hits, total, colour, marker, label=label, upright=False)
        names = [value if len(value) <= _LONGEST else f"{value[:_LONGEST - 1]}…" for value in group]
        axes.set_yticks(np.arange(len(group)), [f"{value}  ({n})" for value, n in zip(names, total)],
                        parse_math=False)
        axes.set_ylim(max(1, len(group)) - 0.5, -0.5)
        axes.set_title(f"{words}, by {name} (candidates)", loc="left", fontsize=10, parse_math=False)
    panels[-1].set_xlabel(f"Fraction at threshold {threshold:g}")
    return figure


def _usable(values, labels, scores, threshold):
    """The rows with a value and a known class; and which of them are called real."""
    values, labels = np.asarray(values), np.asarray(labels)
    has_value = values != "" if values.dtype.kind in "US" else np.isfinite(values)
    keep = has_value & np.isin(labels, (0, 1))
    return values[keep], labels[keep], np.asarray(scores)[keep] >= threshold


def _edges(values, bins):
    low, high = np.percentile(values, [1, 99])
    if not low < high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def _commonest(values):
    names, counts = np.unique(values, return_counts=True)
    return names[np.argsort(-counts, kind="stable")][:_MOST_CATEGORIES]


def _points(axes, places, hits, total, colour, marker, *, label, upright=True):
    """Draw rates with their intervals along y, or along x if not `upright`."""
    filled = total > 0
    if not filled.any():
        axes.text(0.5, 0.5, "no candidates", ha="center", va="center", transform=axes.transAxes, color=GREY)
        return
    rate = hits / np.maximum(total, 1)
    low, high = wilson_interval(hits, total)
    bars = np.clip([rate - low, high - rate], 0, None)
    for some, face in ((filled & (total >= _FEWEST), colour), (filled & (total < _FEWEST), "white")):
        if some.any():
            words = "95 % interval" if face == colour else f"fewer than {_FEWEST} candidates"
            look = {"fmt": marker, "color": colour, "markerfacecolor": face, "markersize": 6, "capsize": 2,
                    "linewidth": 1.3, "label": words}
            if upright:
                axes.errorbar(places[some], rate[some], yerr=bars[:, some], **look)
            else:
                axes.errorbar(rate[some], places[some], xerr=bars[:, some], **look)
    # Reals are looked at near 1 and bogus near 0, as far as the intervals reach.
    margin = 0.04
    limits = (min(0.85, low[filled].min()) - margin, 1 + margin / 2) if label else (
        -margin / 2, max(0.15, high[filled].max()) + margin)
    (axes.set_ylim if upright else axes.set_xlim)(limits)
    from matplotlib.ticker import PercentFormatter

    (axes.yaxis if upright else axes.xaxis).set_major_formatter(PercentFormatter(xmax=1))
