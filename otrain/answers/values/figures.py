"""The figures of numbers, made of a judgement: for otrain-plot-results and the page alike."""

import numpy as np

from otrain.answers.answer import Drawn
from otrain.answers.values.columns import error_rows, told_columns
from otrain.evaluation.value_metrics import constant_targets
from otrain.plots.corner import corner
from otrain.plots.error_against import error_against
from otrain.plots.value_coverage import coverage_curve, coverage_map, pit_panels
from otrain.plots.value_panels import PanelOfTarget, error_panels, predicted_true

__all__ = ["draw_values", "order_of_errors", "target_panels", "value_figures"]


def draw_values(judgement, domain, *, bins):
    """Return what otrain-plot-results draws of numbers.

    Parameters
    ----------
    judgement : Judgement
    domain : Domain
    bins : int
        Parts of the columns against which errors are drawn.
    """
    report = judgement.report
    part = report["values"].get(report["judged"], {"targets": {}})
    against = _error_tables(judgement, domain, bins)
    summary = {"metrics": report["metrics"], "targets": report["targets"], "error_against": against,
               "coverage": {name: row["coverage"] for name, row in part["targets"].items()}}
    return Drawn(value_figures(judgement, against), summary,
                 ("Figures of magnitudes, of scores and of thresholds have no meaning for numbers.",))


def value_figures(judgement, against=None):
    """Return every figure that a judgement supports, by name.

    Parameters
    ----------
    judgement : Judgement
        Its material is a `Judged`.
    against : dict, optional
        Errors against columns; by default those of the report.
    """
    report = judgement.report
    part = report["values"].get(report["judged"])
    if part is None:
        return {}
    panels, targets = target_panels(judgement), part["targets"]
    return {
        "predicted_true": predicted_true(panels), "residuals": error_panels(panels),
        "coverage": coverage_curve({name: row["coverage"] for name, row in targets.items()},
                                   part["coverage"]),
        "pit": pit_panels({name: row["pit"]["counts"] for name, row in targets.items()}),
        "error_against": error_against(report["error_against"] if against is None else against),
        "cells": coverage_map(report["coverage_cells"]), **_corners(judgement)}


def target_panels(judgement):
    """Return what is drawn of each target of the judged subset, as `PanelOfTarget`."""
    report, settings, judged = judgement.report, judgement.settings, judgement.material
    mine = np.flatnonzero(judgement.replies.subset == report["judged"])
    given, truth, panels = judged.given.take(mine), judged.truth[mine], []
    for k, (name, unit) in enumerate(zip(settings.names, settings.units)):
        row = report["values"][report["judged"]]["targets"][name]
        r2 = "not defined" if row["r2"]["value"] is None else f"{row['r2']['value']:.3g}"
        curved = settings.encoding.transforms[k] == "asinh"
        panels.append(PanelOfTarget(name, unit, truth[:, k], given.value[:, k], given.sd[:, k],
                                    settings.encoding.softening[k] if curved else None, f"R2 {r2}"))
    return panels


def order_of_errors(judgement):
    """Return the judged rows with all true values, the smallest error first, and the errors.

    Returns
    -------
    rows : (M,) int ndarray
        Places among the replies.
    errors : (M,) ndarray
        Root mean square over the targets of the error in units of the spread of the truth.
    """
    judged, report = judgement.material, judgement.report
    rows = np.flatnonzero((judgement.replies.subset == report["judged"])
                          & np.isfinite(judged.truth).all(axis=1))
    truth = judged.truth[rows]
    if not len(rows):
        return rows, np.empty(0)
    varying = ~constant_targets(truth)
    spread = np.where(varying, truth.std(axis=0), 1.0)
    scaled = ((judged.given.value[rows] - truth) / spread)[:, varying] if varying.any() else truth * 0
    errors = np.sqrt(np.mean(scaled**2, axis=1))
    order = np.argsort(errors, kind="stable")
    return rows[order], errors[order]


def _error_tables(judgement, domain, bins):
    """Return the errors in parts of the columns, as many as are asked for."""
    report = judgement.report
    mine = np.flatnonzero(judgement.replies.subset == report["judged"])
    if not len(mine):
        return {}
    judged, columns = judgement.material, told_columns(judgement.replies.take(mine), domain)
    truth = judged.truth[mine]
    spread = np.where(constant_targets(truth), np.nan, np.nanstd(truth, axis=0))
    scaled = (judged.given.value[mine] - truth) / spread
    return {name: error_rows(values, scaled, judged.pit[mine], judgement.settings.names, bins=bins)
            for name, values in columns.items()}


def _corners(judgement):
    """Return what is said of all numbers of a typical example, and of the worst one."""
    rows, errors = order_of_errors(judgement)
    if not len(rows):
        return {}
    judged, settings, figures = judgement.material, judgement.settings, {}
    for name, place in (("typical", len(rows) // 2), ("worst", len(rows) - 1)):
        row = rows[place]
        one = judged.given.take([row])
        figures[f"corner_{name}"] = corner(
            settings.names, settings.units, one.value[0], one.covariance[0], judged.truth[row],
            title=f"{example_name(judgement.replies, row)}: RMS error {errors[place]:.2g} of the spread of "
                  "the truth. Line and cross: truth.")
    return figures


def example_name(replies, row):
    """Return what an example is called in a title."""
    name = replies.columns["candid"][row] if "candid" in replies.columns else ""
    return str(name) or f"row {replies.rows[row]}"
