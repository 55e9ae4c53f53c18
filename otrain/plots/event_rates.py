"""How many events a search finds, and what it invents: a network beside classical searches."""

import numpy as np

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, empty_figure, figure_and_axes, legend_above

__all__ = ["AXES", "recall_by", "recovery_curves"]

AXES = {  # name of a property: what the axis says, and a factor
    "depth": ("Depth [ppm]", 1e6), "snr": ("Signal-to-noise ratio of one event", 1.0),
    "duration": ("Duration [h]", 1.0), "period": ("Period [d]", 1.0),
    "mag": ("Magnitude of the star [mag]", 1.0), "teff": ("Temperature of the star [K]", 1.0),
    "radius": ("Radius of the star [solar radii]", 1.0),
}
STYLES = ((REAL, "o", "-"), (BOGUS, "s", "--"), (GREY, "^", ":"), (ACCENT, "D", "-."))
FEW = 10  # events in a bin; below, its point is hollow


def recall_by(name, searches):
    """Draw the recall of several searches in bins of a property, with 95 % intervals.

    Parameters
    ----------
    name : str
        A key of `AXES`.
    searches : dict of str to list of dict
        By the name of the search the bins of `otrain.evaluation.event_rates.recall_in_bins`.

    Returns
    -------
    Figure
    """
    title, factor = AXES[name]
    searches = _within_reach(_distinct(searches))
    rows = {search: [row for row in bins if row["value"] is not None] for search, bins in searches.items()}
    if not any(rows.values()):
        return empty_figure(f"no true events of known {name}")
    figure, axes = figure_and_axes()
    labels = _edges_as_words(next(iter(searches.values())), factor)
    width = min(0.18, 0.7 / max(1, len(rows)))  # of a bin, between two searches
    for place, (search, bins) in enumerate(rows.items()):
        colour, marker, _ = STYLES[place % len(STYLES)]
        for row in bins:
            x = _index(searches[search], row) + (place - (len(rows) - 1) / 2) * width
            few = row["events"] < FEW
            axes.errorbar(x, row["value"], yerr=[[max(0, row["value"] - row["low"])],
                                                 [max(0, row["high"] - row["value"])]],
                          fmt=marker, color=colour, markersize=5, capsize=2, linewidth=1.2,
                          markerfacecolor="white" if few else colour)
        axes.plot([], [], marker, color=colour, markersize=5, label=search)
    first = next(iter(searches.values()))
    axes.set_xticks(range(len(first)), [f"{words}\n{row['events']}" for words, row in
                                        zip(labels, first, strict=True)], fontsize=8)
    axes.set(xlabel=f"{title}; below: number of true events", ylabel="Recall", ylim=(-0.03, 1.03),
             xlim=(-0.5, len(first) - 0.5))
    legend_above(axes)
    return figure


def _distinct(searches):
    """Leave out what an earlier search has drawn already: forgiven eclipses change no recall."""
    kept = {}
    for name, values in searches.items():
        if values not in kept.values():
            kept[name] = values
    return kept


def _within_reach(searches):
    """Leave out the bins before the first and after the last event."""
    filled = [place for bins in searches.values() for place, row in enumerate(bins) if row["events"]]
    some = slice(min(filled), max(filled) + 1) if filled else slice(None)
    return {name: bins[some] for name, bins in searches.items()}


def _index(bins, row):
    return [other["low_edge"] for other in bins].index(row["low_edge"])


def _edges_as_words(bins, factor):
    """Return short words for each bin: the outer ones may be open."""
    words = []
    for row in bins:
        low, high = (float(f"{row[edge] * factor:.6g}") for edge in ("low_edge", "high_edge"))
        words.append(f"< {high:g}" if low == 0 else f"> {low:g}" if high >= 1e5 else f"{low:g}–{high:g}")
    if len(words) > 5 and max(map(len, words)) > 8:
        words = [word.replace("–", "–\n") if "–" in word else f"{word}\n" for word in words]
    return words


def recovery_curves(searches, *, against="false_alarms"):
    """Draw recall against false alarms as the threshold falls, for several searches.

    Parameters
    ----------
    searches : dict of str to dict
        By the name of the search the curve of `otrain.evaluation.event_rates.recovery_curve`.
    against : {"false_alarms", "fdr"}
        False alarms per quarter without events, or the share of false events among the found ones.

    Returns
    -------
    Figure
    """
    figure, axes = figure_and_axes()
    drawn = 0
    searches = _distinct({search: {key: curve[key] for key in (against, "recall")}
                          for search, curve in searches.items()})
    for place, (search, curve) in enumerate(searches.items()):
        x = np.array([np.nan if value is None else value for value in curve[against]], float)
        y = np.asarray(curve["recall"], float)
        if not np.isfinite(x).any():
            continue
        colour, _, style = STYLES[place % len(STYLES)]
        # The share of false events falls and rises, with steps it would be drawn over itself.
        steps = {"drawstyle": "steps-post"} if against == "false_alarms" else {}
        axes.plot(np.maximum(x, _smallest(x)), y, style, color=colour, linewidth=1.8, label=search, **steps)
        drawn += 1
    if not drawn:
        return empty_figure("no quarters without events" if against == "false_alarms" else "no events found")
    words = {"false_alarms": "False alarms per quarter without events",
             "fdr": "False among all found events, FP / (TP + FP)"}[against]
    axes.set_xscale("log")
    axes.set(xlabel=words, ylabel="Recall", ylim=(0, 1.02))
    legend_above(axes)
    return figure


def _smallest(x):
    """Return where zero is drawn on a log axis: left of everything else."""
    positive = x[np.isfinite(x) & (x > 0)]
    return 0.5 * positive.min() if len(positive) else 1e-3
