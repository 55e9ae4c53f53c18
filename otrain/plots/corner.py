"""All pairs of numbers of one example: what a network says of them together, and the truth."""

import numpy as np

from otrain.plots.style import ACCENT, REAL, empty_figure, figure_and_axes

__all__ = ["MOST", "corner"]

MOST = 8  # targets; more panels cannot be read
# Radius of the ellipse that holds a share of a normal distribution of two numbers: sqrt(-2 ln(1 - share)).
RADII = {0.68: 1.5095921854516636, 0.95: 2.447746830680816}
_REACH = 3.2  # standard deviations that are shown


def corner(names, units, value, covariance, truth, *, title=""):
    """Draw the normal distribution of the numbers of one example.

    Parameters
    ----------
    names, units : sequence of K str
    value : (K,) ndarray
        In natural units, as all that follows.
    covariance : (K, K) ndarray
    truth : (K,) ndarray
        NaN where it is not known.
    title : str

    Returns
    -------
    Figure
        The first 8 numbers. Diagonal: the density of each; below: the ellipses that hold 68 % and 95 % of
        two of them; the cross and the lines: the truth.
    """
    count = min(len(names), MOST)
    if not count:
        return empty_figure("no target")
    value, truth = np.asarray(value, float)[:count], np.asarray(truth, float)[:count]
    covariance = np.asarray(covariance, float)[:count, :count]
    sd = np.sqrt(np.diag(covariance))
    offset = np.nan_to_num(np.abs(truth - value))
    reach = np.maximum(_REACH * sd, 1.15 * offset)
    side = 6.4 if count > 2 else 2.6 * count + 0.6
    figure, axes = figure_and_axes(count, count, width=side, height=side, squeeze=False)
    for row in range(count):
        for column in range(count):
            panel = axes[row, column]
            if column > row:
                panel.set_visible(False)
                continue
            panel.set_xlim(value[column] - reach[column], value[column] + reach[column])
            if row == column:
                _density(panel, value[row], sd[row], reach[row], truth[row])
            else:
                panel.set_ylim(value[row] - reach[row], value[row] + reach[row])
                _ellipses(panel, value[[column, row]], covariance[np.ix_([column, row], [column, row])])
                panel.axvline(truth[column], color=ACCENT, linewidth=0.9)
                panel.axhline(truth[row], color=ACCENT, linewidth=0.9)
                panel.plot(truth[column], truth[row], "+", color=ACCENT, markersize=8, markeredgewidth=1.6)
            _label(panel, row, column, count, names, units)
    figure.suptitle(title or "Line and cross: truth", fontsize=9, parse_math=False)
    return figure


def _density(panel, value, sd, reach, truth):
    x = np.linspace(value - reach, value + reach, 200)
    panel.plot(x, np.exp(-0.5 * ((x - value) / sd) ** 2), color=REAL, linewidth=1.6)
    panel.axvspan(value - sd, value + sd, color=REAL, alpha=0.15, linewidth=0)
    panel.axvline(truth, color=ACCENT, linewidth=1.2)
    panel.set(yticks=(), ylim=(0, 1.1))


def _ellipses(panel, centre, covariance):
    angle = np.linspace(0, 2 * np.pi, 120)
    sizes, axes = np.linalg.eigh(covariance)
    circle = axes @ (np.sqrt(np.maximum(sizes, 0))[:, None] * np.stack([np.cos(angle), np.sin(angle)]))
    for share, radius in RADII.items():
        x, y = centre[:, None] + radius * circle
        panel.fill(x, y, color=REAL, alpha=0.35 if share < 0.9 else 0.18, linewidth=0)
    panel.plot(*centre, "o", color=REAL, markersize=3)


def _label(panel, row, column, count, names, units):
    from matplotlib.ticker import MaxNLocator

    panel.tick_params(labelsize=7, labelbottom=row == count - 1, labelleft=column == 0 and row > 0)
    panel.xaxis.set_major_locator(MaxNLocator(3))
    panel.tick_params(axis="x", rotation=30)
    if row != column:
        panel.yaxis.set_major_locator(MaxNLocator(3))
    if row == count - 1:
        panel.set_xlabel(_axis(names[column], units[column]), fontsize=8, parse_math=False)
    if column == 0 and row > 0:
        panel.set_ylabel(_axis(names[row], units[row]), fontsize=8, parse_math=False)


def _axis(name, unit):
    return f"{name}\n[{unit}]" if unit else name
