"""The report of a network that gives numbers: figures, galleries, and one self-contained page."""

from pathlib import Path

import numpy as np

from otrain.answers.values.figures import example_name, order_of_errors, value_figures
from otrain.bundle.card import alarm_words
from otrain.plots.curves import loss_curve, metric_curve
from otrain.plots.cutouts import gallery, picture, picture_gallery
from otrain.plots.style import png_bytes, write_bytes
from otrain.web import words
from otrain.web.page import write_page

__all__ = ["page_figures", "write_value_page"]

TEMPLATE = Path(__file__).with_name("page.html.j2")
WORST = 12  # examples of the gallery
REDRAWN = 6  # examples that are shown beside what the domain draws of their values
NAMED = 3  # targets in a title


def write_value_page(path, judgement, domain, *, plots=None):
    """Write the page with all its figures.

    Parameters
    ----------
    path : path-like
    judgement : Judgement
    domain : Domain
    plots : path-like, optional
        Folder that also gets every figure as ``<name>.png``.
    """
    images = {name: png_bytes(figure) for name, figure in page_figures(judgement).items()}
    if plots is not None:
        for name, image in images.items():
            write_bytes(Path(plots) / f"{name}.png", image)
    report = judgement.report
    write_page(path, TEMPLATE, images, report=report, example=domain.example, part=_part(report),
               rows=_target_rows(report), headline=_headline(report), redrawn=_redrawn_words(report),
               calibration=_calibration(judgement.settings), alarm=_alarm(report),
               counts=words.subset_counts(report), fates=words.fates(report.get("cube_counts") or {}),
               ranges=words.range_rows(report))


def page_figures(judgement):
    """Return every figure of the page, by name."""
    history = judgement.report.get("history") or {}
    figures = value_figures(judgement) | {"loss": loss_curve(history)}
    if "val_r2" in history:
        figures["r2"] = metric_curve(history, "r2", "R2")
    rows, _ = order_of_errors(judgement)
    if len(rows):
        worst = rows[::-1][:WORST]
        images = judgement.replies.read_images(worst)
        figures["worst"] = gallery(images, [_title(judgement, row) for row in worst],
                                   columns=3 if images.shape[-1] == 1 else 2)
    redrawn = judgement.material.redrawn
    if redrawn is not None and redrawn.by_values is not None and np.isfinite(redrawn.residual).any():
        figures["redrawn"] = _redrawn_gallery(judgement, redrawn)
    return figures


def _redrawn_gallery(judgement, redrawn):
    """Draw some examples, what the values of the network look like, and the difference, best to worst."""
    known = np.flatnonzero(np.isfinite(redrawn.residual))
    order = known[np.argsort(redrawn.residual[known], kind="stable")]
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(REDRAWN, len(order))).astype(int))]
    images = judgement.replies.read_images(redrawn.rows[chosen])
    pictures, titles = [], []
    for image, drawn, place in zip(images, redrawn.by_values[chosen], chosen):
        parts = [picture(one.astype(np.float32), side=126) for one in (image, drawn, image - drawn)]
        gap = np.full((len(parts[0]), 4, 3), 255, np.uint8)
        pictures.append(np.concatenate([parts[0], gap, parts[1], gap, parts[2]], axis=1))
        name = example_name(judgement.replies, redrawn.rows[place])
        titles.append(f"{name[:28]}: residual {redrawn.residual[place]:.2g}")
    return picture_gallery(pictures, titles, columns=2 if images.shape[-1] == 1 else 1,
                           channels=3 * images.shape[-1])


def _title(judgement, row):
    """Return the name of an example, and value, deviation and truth of its first targets."""
    judged, lines = judgement.material, [example_name(judgement.replies, row)[:28]]
    for k, name in enumerate(judgement.settings.names[:NAMED]):
        lines.append(f"{name} {judged.given.value[row, k]:.3g}±{judged.given.sd[row, k]:.2g} "
                     f"({judged.truth[row, k]:.3g})")
    return "\n".join(lines)


def _part(report):
    return report["values"].get(report["judged"])


def _headline(report):
    """Return R2, coverage and calibration error of the judged subset; None without examples."""
    metrics = report["metrics"].get(report["judged"])
    if not metrics:
        return None
    return {"examples": report["counts"][report["judged"]]["examples"], "targets": len(report["targets"]),
            **{name: metrics[name] for name in ("r2", "coverage_68", "coverage_95", "calibration_error")}}


def _target_rows(report):
    """Return the rows of the table of targets: name with unit, and metrics in words."""
    part = _part(report)
    if part is None:
        return []
    rows = []
    for name, row in part["targets"].items():
        at = {one["level"]: one for one in row["coverage"]}
        rows.append({"name": f"{name} [{row['unit']}]" if row["unit"] else name,
                     "r2": words.number(row["r2"]),
                     **{key: words.rounded(row[key]) for key in ("mae", "rmse", "bias")},
                     "relative": words.percent(row["relative_mae"]), "c68": words.percent(at[0.68]),
                     "c95": words.percent(at[0.95]), "sharpness": words.rounded({"value": row["sharpness"]}),
                     "nll": words.rounded({"value": row["nll"]})})
    return rows


def _redrawn_words(report):
    """Return what the images of the values say, in a sentence; empty where none is drawn."""
    told = report.get("redrawn")
    if not told:
        return ""
    if told.get("problem"):
        return f"The values could not be drawn: {told['problem']}"
    failed = f" {told['failed']} could not be drawn." if told["failed"] else ""
    return (f"{told['examples']} examples were drawn again from the values of the network. The difference "
            f"from the image has {words.percent(told['residual'])} of its root mean square (median); drawn "
            f"from the true values {words.percent(told['residual_of_truth'])}, which is what noise and "
            f"drawing cost.{failed}")


def _alarm(report):
    """Return what the alarm is worth, in plain text; empty where a report knows of none."""
    return alarm_words(report["alarm"]).replace("`", "") if report.get("alarm") else ""


def _calibration(settings):
    """Return where the uncertainties come from, in a sentence."""
    source = ("The network tells a standard deviation for each example." if settings.width is None else
              "The network gives values alone: all have the same deviation, from the errors on validation.")
    calibration = settings.intervals
    intervals = ("Intervals are those of a normal distribution, not calibrated."
                 if calibration.method == "none" else
                 f"Intervals are calibrated: quantiles of the errors of {calibration.examples} validation "
                 "examples, counted in that deviation.")
    return f"{source} {intervals} {calibration.note}".strip()
