"""Images with the true and the probable class of each pixel, and how well both agree."""

import numpy as np

from otrain.plots.style import ACCENT, GREY, REAL, empty_figure, figure_and_axes

__all__ = ["pixel_gallery", "pixel_metrics"]

NAMES = {"average_precision": "Average precision", "iou": "IoU", "f1": "F1"}


def pixel_metrics(by_kind):
    """Draw average precision, IoU and F1 of each class with their intervals.

    Parameters
    ----------
    by_kind : dict of str to dict
        By class: rows ``{"value", "low", "high"}`` by the name of the metric.

    Returns
    -------
    Figure
    """
    rows = [(kind, name, metrics[name]) for kind, metrics in by_kind.items() for name in NAMES
            if isinstance(metrics.get(name), dict) and metrics[name]["value"] is not None
            and np.isfinite(metrics[name]["value"])]
    if not rows:
        return empty_figure("no pixel of a class is known")
    figure, axes = figure_and_axes(height=1.2 + 0.4 * len(rows))
    for place, (_, _, row) in enumerate(rows):
        low, high = (row[edge] if row[edge] is not None else row["value"] for edge in ("low", "high"))
        axes.plot([low, high], [place, place], color=GREY, linewidth=2)
        axes.plot(row["value"], place, "o", color=REAL)
    axes.set(xlim=(0, 1.02), yticks=range(len(rows)), xlabel="Metric of pixels (95 % interval)")
    axes.set_yticklabels([f"{kind}: {NAMES[name]}" for kind, name, _ in rows])
    axes.invert_yaxis()
    return figure


def pixel_gallery(panels):
    """Draw images with the outline of the true and of the called pixels.

    Parameters
    ----------
    panels : list of dict
        ``image`` (H, W), ``truth`` (H, W) bool, ``called`` (H, W) bool and ``title``.

    Returns
    -------
    Figure
        Dashed: true; solid: called.
    """
    if not panels:
        return empty_figure("no image has a pixel of a class")
    columns = min(4, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = figure_and_axes(rows, columns, height=(0.3 + 6.4 / columns) * rows)
    for place, one in zip(np.ravel(axes), [*panels, *[None] * (rows * columns - len(panels))], strict=True):
        place.set_axis_off()
        if one is None:
            continue
        image = np.asarray(one["image"], float)
        finite = image[np.isfinite(image)]
        low, high = np.percentile(finite, [1, 99]) if len(finite) else (0, 1)
        place.imshow(image, cmap="gray", vmin=low, vmax=max(high, low + 1e-9), origin="lower")
        for mask, colour, style in ((one["truth"], REAL, "dashed"), (one["called"], ACCENT, "solid")):
            if mask.any() and not mask.all():
                place.contour(mask.astype(float), [0.5], colors=[colour], linestyles=[style], linewidths=1.2)
        place.set_title(one["title"], fontsize=7)
    return figure
