"""The report of a network that gives the class of each pixel: figures, and one self-contained page."""

from pathlib import Path

import numpy as np

from otrain.answers.images.pixels import pixel_probabilities, true_classes
from otrain.plots.curves import loss_curve
from otrain.plots.pixel_classes import pixel_gallery, pixel_metrics
from otrain.plots.style import png_bytes, write_bytes
from otrain.web import words
from otrain.web.page import write_page

__all__ = ["image_figures", "write_image_page"]

TEMPLATE = Path(__file__).with_name("page.html.j2")
SHOWN = 12  # images of the gallery


def write_image_page(path, judgement, task, *, plots=None):
    """Write the page with all its figures.

    Parameters
    ----------
    path : path-like
    judgement : Judgement
    task : Task
    plots : path-like, optional
        Folder that also gets every figure as ``<name>.png``.
    """
    images = {name: png_bytes(figure) for name, figure in image_figures(judgement, task).items()}
    if plots is not None:
        for name, image in images.items():
            write_bytes(Path(plots) / f"{name}.png", image)
    report = judgement.report
    rows = [(f"{kind}: {title}", words.number(metrics[name]))
            for kind, metrics in report["points"].get(report["judged"], {}).items()
            for name, title in (("average_precision", "average precision"), ("iou", "IoU"), ("f1", "F1"))
            if name in metrics]
    write_page(path, TEMPLATE, images, report=report, metrics=rows, counts=words.subset_counts(report),
               fates=words.fates(report.get("cube_counts") or {}))


def image_figures(judgement, task):
    """Return every figure that the judgement supports: ``loss pixels pixel_gallery``."""
    report = judgement.report
    figures = {"loss": loss_curve(report.get("history") or {}),
               "pixels": pixel_metrics(report["points"].get(report["judged"], {}))}
    figures["pixel_gallery"] = pixel_gallery(_panels(judgement, task))
    return figures


def _panels(judgement, task):
    """Return some judged images that have a pixel of a class, true or called."""
    replies, settings = judgement.replies, judgement.settings
    cube, channel = replies.cube, task.answer_channel(replies.cube)
    panels = []
    for row in np.flatnonzero(replies.subset == judgement.report["judged"]):
        example = cube.read(replies.rows[[row]])
        truth = true_classes(example, channel)[0]
        probability = pixel_probabilities(replies.raw[[row]], settings, cube.classes)[0].max(axis=-1)
        called = (probability >= settings.threshold) & np.isfinite(example[0, ..., 0])
        if not (np.nan_to_num(truth) > 0).any() and not called.any():
            continue
        name = replies.columns["candid"][row] if "candid" in replies.columns else f"row {replies.rows[row]}"
        panels.append({"image": example[0, ..., replies.channels[-1]], "truth": np.nan_to_num(truth) > 0,
                       "called": called, "title": str(name)})
        if len(panels) == SHOWN:
            break
    return panels
