"""Which threshold serves best by F1 and MCC."""

import numpy as np

from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, empty_figure, figure_and_axes

__all__ = ["f1_and_mcc"]


def f1_and_mcc(scan, threshold):
    """Draw F1 and MCC against the threshold, and one against the other.

    Parameters
    ----------
    scan : ThresholdScan
        As `otrain.evaluation.curves.threshold_scan` returns it; the best threshold has
        the largest sum of both.
    threshold : float
        The one in use, drawn as a line.

    Returns
    -------
    Figure
    """
    if not np.isfinite(scan.f1).any():
        return empty_figure("no candidates of the second class")
    figure, (against, path) = figure_and_axes(1, 2, width=8.4, height=4.1, width_ratios=(1.5, 1))
    for values, look, colour, name in ((scan.f1, "-", REAL, "F1"), (scan.mcc, "--", BOGUS, "MCC")):
        against.plot(scan.thresholds, values, look, color=colour, linewidth=2, label=name)
    against.axvline(threshold, color=GREY, linestyle=":", linewidth=1.5, label=f"in use: {threshold:g}")
    look = {"color": ACCENT, "markersize": 8, "markeredgecolor": "black", "linestyle": "none", "zorder": 5}
    best = f"best: {scan.best:.2f} (F1 {scan.best_f1:.3f}, MCC {scan.best_mcc:.3f})"
    against.plot([scan.best] * 2, [scan.best_f1, scan.best_mcc], marker="D", label=best, **look)
    against.set(xlabel="Threshold on the score", ylabel="F1 and MCC", xlim=(0, 1))
    path.plot(scan.f1, scan.mcc, ".-", color=GREY, linewidth=1, markersize=4)
    path.plot(scan.best_f1, scan.best_mcc, marker="D", **look)
    path.plot(1, 1, "*", color="black", markersize=10, clip_on=False)
    path.set_title("★ perfect", loc="right", fontsize=9)
    path.set(xlabel="F1", ylabel="MCC", xlim=(-0.02, 1.02), ylim=(min(0, np.nanmin(scan.mcc)) - 0.02, 1.02)
             if np.isfinite(scan.mcc).any() else (0, 1))
    figure.legend(*against.get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False,
                  fontsize=9)
    return figure
