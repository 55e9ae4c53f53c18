"""How a map does point by point against the threshold on its probability."""

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, figure_and_axes, legend_above

__all__ = ["threshold_curves"]

RATES = (("precision", REAL, "-"), ("recall", BOGUS, "--"), ("f1", GREY, "-."), ("iou", ACCENT, ":"))


def threshold_curves(rows, best):
    """Draw precision, recall, F1 and IoU of points against the threshold on their probability.

    Parameters
    ----------
    rows : list of dict
        ``threshold precision recall f1 iou``.
    best : float
        Threshold of the highest IoU, drawn as a line.

    Returns
    -------
    Figure
    """
    figure, axes = figure_and_axes()
    x = [row["threshold"] for row in rows]
    for name, colour, style in RATES:
        axes.plot(x, [row[name] for row in rows], style, color=colour, linewidth=1.8,
                  label={"f1": "F1", "iou": "IoU"}.get(name, name))
    axes.axvline(best, color="black", linewidth=0.9, linestyle=":")
    axes.set(xlabel="Threshold on the probability of a point", ylabel="Rate over points", xlim=(0, 1),
             ylim=(0, 1.02))
    legend_above(axes, ncols=4)
    return figure
