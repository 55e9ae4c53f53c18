"""Numbers against their true values, and their errors, one panel for each target."""

from dataclasses import dataclass

import numpy as np

from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes, hatch_out

__all__ = ["PanelOfTarget", "error_panels", "panel_grid", "predicted_true"]

FEWEST = 5  # examples of a panel
_MOST_BARS = 300  # examples; more bars hide the points
_MOST_POINTS = 3000
_BINS = 10
_ACROSS = 3


@dataclass(frozen=True)
class PanelOfTarget:
    """What is drawn of one target.

    Parameters
    ----------
    name, unit : str
    truth, value, sd : (N,) ndarray
        In natural units; rows where one is not finite are left out.
    softening : float, optional
        Where values span decades: axes are linear within it and logarithmic beyond.
    words : str
        Below the name, such as its R2.
    """

    name: str
    unit: str
    truth: np.ndarray
    value: np.ndarray
    sd: np.ndarray
    softening: float | None = None
    words: str = ""

    @property
    def known(self):
        """Rows that can be drawn, (N,) bool."""
        return np.isfinite(self.truth) & np.isfinite(self.value) & np.isfinite(self.sd)

    @property
    def axis(self):
        """Name with unit."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


def panel_grid(count, *, height=2.4, **options):
    """Return a figure and `count` panels, three in a row."""
    across = min(_ACROSS, count)
    rows = -(-count // across)
    width = 6.4 if across > 1 else 4.6
    figure, axes = figure_and_axes(rows, across, width=width, height=0.3 + height * rows, squeeze=False,
                                   **options)
    for panel in axes.flat[count:]:
        panel.set_visible(False)
    return figure, axes.flat[:count]


def predicted_true(targets):
    """Draw the values of a network against the true ones.

    Parameters
    ----------
    targets : list of PanelOfTarget

    Returns
    -------
    Figure
        Bars are standard deviations as stated, drawn for at most 300 examples; the line is where both are
        equal. The axes span the central 99 % of the truth; values beyond lie at their edge.
    """
    if not targets:
        return empty_figure("no target")
    figure, panels = panel_grid(len(targets), height=2.25)
    for panel, one in zip(panels, targets):
        _title(panel, one)
        mine = one.known
        if mine.sum() < FEWEST:
            hatch_out(panel, f"n = {mine.sum()}: too few")
            continue
        truth, value, sd = one.truth[mine], one.value[mine], one.sd[mine]
        low, high = _span(truth)
        shown = _thinned(len(truth), _MOST_POINTS)
        x, y = np.clip(truth[shown], low, high), np.clip(value[shown], low, high)
        bars = shown if len(truth) <= _MOST_BARS else shown[_thinned(len(shown), _MOST_BARS)]
        panel.plot([low, high], [low, high], "-", color=GREY, linewidth=1)
        panel.errorbar(np.clip(truth[bars], low, high), np.clip(value[bars], low, high), yerr=sd[bars],
                       fmt="none", ecolor=REAL, alpha=0.25, linewidth=0.8)
        panel.plot(x, y, ".", color=REAL, markersize=3.5, alpha=0.6, markeredgewidth=0)
        _scale(panel, one, (low, high), both=True)
        panel.set(xlim=(low, high), ylim=(low, high))
        panel.set_box_aspect(1)
        panel.tick_params(labelsize=8)
    figure.supxlabel("True value", fontsize=10)
    figure.supylabel("Value of the network", fontsize=10)
    return figure


def error_panels(targets):
    """Draw the errors, value - truth, against the true value.

    Parameters
    ----------
    targets : list of PanelOfTarget

    Returns
    -------
    Figure
        Line: median of parts of equally many examples; shaded: their central 68 %; dashes: the mean
        standard deviation that is stated for them. The axes span the central 99 %.
    """
    if not targets:
        return empty_figure("no target")
    figure, panels = panel_grid(len(targets), height=2.0)
    for panel, one in zip(panels, targets):
        _title(panel, one)
        mine = one.known
        if mine.sum() < FEWEST:
            hatch_out(panel, f"n = {mine.sum()}: too few")
            continue
        truth, error, sd = one.truth[mine], (one.value - one.truth)[mine], one.sd[mine]
        low, high = _span(truth)
        bottom, top = _span(error)
        shown = _thinned(len(truth), _MOST_POINTS)
        panel.plot(np.clip(truth[shown], low, high), np.clip(error[shown], bottom, top), ".", color=REAL,
                   markersize=3, alpha=0.35, markeredgewidth=0)
        panel.axhline(0, color=GREY, linewidth=1)
        rows = _parts(truth, error, sd)
        if len(rows) > 1:
            x, middle, under, over, stated = np.array(rows).T
            panel.fill_between(x, under, over, color=ACCENT, alpha=0.2, linewidth=0)
            panel.plot(x, middle, "-", color=ACCENT, linewidth=1.6)
            for side in (-1, 1):
                panel.plot(x, side * stated, "--", color="black", linewidth=1)
        _scale(panel, one, (low, high), both=False)
        panel.set(xlim=(low, high), ylim=(bottom, top))
        panel.tick_params(labelsize=8)
    figure.supxlabel("True value", fontsize=10)
    figure.supylabel("Value - true value", fontsize=10)
    return figure


def _title(panel, one):
    panel.set_title(one.axis + (f"\n{one.words}" if one.words else ""), fontsize=8.5, loc="left",
                    parse_math=False)


def _span(values):
    """Return the central 99 % of values, with a margin."""
    low, high = np.percentile(values, [0.5, 99.5])
    margin = 0.04 * (high - low) if high > low else 0.5 * (abs(high) or 1.0)
    return low - margin, high + margin


def _scale(panel, one, limits, *, both):
    """Axes that are linear within the softening and logarithmic beyond, where values span decades."""
    from matplotlib.ticker import FixedLocator, NullLocator

    if one.softening is None:
        return
    scales = [(panel.set_xscale, panel.xaxis)] + [(panel.set_yscale, panel.yaxis)] * both
    for set_scale, axis in scales:
        set_scale("asinh", linear_width=one.softening)
        axis.set_major_locator(FixedLocator(_ticks(one.softening, limits)))
        axis.set_minor_locator(NullLocator())


def _ticks(softening, limits):
    """Return 0 and two powers of ten on each side that has values beyond the softening."""
    ticks = [0.0]
    for side in (-1, 1):
        reach = side * limits[side > 0]
        if reach > softening:
            top = 10.0 ** np.floor(np.log10(reach))
            ticks += [side * tick for tick in (top, top / 10) if tick > 2 * softening]
    return sorted(ticks)


def _thinned(count, most):
    return np.arange(count) if count <= most else np.unique(np.linspace(0, count - 1, most).astype(int))


def _parts(truth, error, sd):
    """Return middle, median, 16 % and 84 % of the error and the mean stated deviation of each part."""
    edges = np.unique(np.quantile(truth, np.linspace(0, 1, min(_BINS, max(1, len(truth) // 15)) + 1)))
    place = np.clip(np.searchsorted(edges, truth, side="right") - 1, 0, max(0, len(edges) - 2))
    rows = []
    for index in range(max(1, len(edges) - 1)):
        mine = place == index
        if mine.sum() >= FEWEST:
            under, middle, over = np.percentile(error[mine], [16, 50, 84])
            rows.append((np.median(truth[mine]), middle, under, over, sd[mine].mean()))
    return rows
