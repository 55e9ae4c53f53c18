"""The decision report: one self-contained page by which a network is judged.

The page needs neither a network nor scripts; every picture lies in it. It may be
mailed, printed, or put before a collaboration.
"""

from pathlib import Path

import numpy as np

from otrain.answers.scores.focus import against_rest
from otrain.evaluation.class_words import USUAL, many, two_sides
from otrain.evaluation.column_bins import NOT_MEASURED
from otrain.evaluation.column_ranges import edge_distance
from otrain.plots.by_column import rates_by_category, rates_by_number
from otrain.plots.confusion import confusion_matrix
from otrain.plots.curves import accuracy_curve, loss_curve
from otrain.plots.cutouts import gallery, picture_gallery
from otrain.plots.heat_maps import overlay
from otrain.plots.outcomes import candidate_title, worst_rows
from otrain.plots.reliability import reliability_diagram
from otrain.plots.scores import score_distribution
from otrain.plots.style import empty_figure, png_bytes, write_bytes
from otrain.plots.thresholds import error_rates
from otrain.web import words
from otrain.web.page import write_page

__all__ = ["report_figures", "write_report", "write_training_report"]

TEMPLATE = Path(__file__).with_name("page.html.j2")
_MOSAIC = 12  # candidates of each class
_WORST = 18  # misclassified candidates in the gallery
_SUSPICIOUS = 12  # labels of validation that the scores contradict
_NUMBERS = {"mag": "Magnitude [mag]", "mag_err": "Error of the magnitude [mag]", "fwhm": "FWHM [pixel]",
            "edge_distance": "Distance to the edge of the image [pixel]"}
_CATEGORIES = {"band": "band", "kind": "kind"}


def write_training_report(path, report, predictions, read_images, *, plots=None, explain=None):
    """Write the report of a trained network with all its figures.

    Parameters
    ----------
    path : path-like
        The page, by convention ``report.html``.
    report : dict
        What `write_report` takes.
    predictions : Predictions
        Labels, scores, subsets and columns of the validation and test examples.
    read_images : callable
        ``read_images(rows) -> (len(rows), H, W, C)``; `rows` index the predictions.
    plots : path-like, optional
        Folder that also gets every figure as ``<name>.png``.
    explain : callable, optional
        ``explain(rows) -> (len(rows), H, W)`` heat maps, not negative, that are laid over the
        worst errors; for an array of maps, one for each row of the predictions,
        its ``__getitem__``.
    """
    figures = report_figures(report, predictions, read_images, explain=explain)
    images = {name: png_bytes(figure) for name, figure in figures.items()}
    if plots is not None:
        for name, image in images.items():
            write_bytes(Path(plots) / f"{name}.png", image)
    _write_page(path, report, images, explained=explain is not None)


def report_figures(report, predictions, read_images=None, *, explain=None):
    """Return every figure that the report and the predictions support.

    Rates, and the worst errors, are those of the test subset, or of the one that
    ``report["judged"]`` names.

    Parameters
    ----------
    report, predictions, read_images, explain
        As in `write_training_report`; without `read_images` no candidate is shown.

    Returns
    -------
    dict of str to Figure
        Keys ``loss accuracy error_rates scores confusion reliability``, ``by_<column>``
        for each column with values, ``mosaic_real mosaic_bogus worst suspicious``.
    """
    threshold = report.get("threshold", 0.5)
    judged = report.get("judged", "test")
    test = np.asarray(predictions.subset) == judged
    labels = np.asarray(predictions.labels)
    scores = np.asarray(predictions.scores)
    history = report.get("history") or {}
    figures = {"loss": loss_curve(history), "accuracy": accuracy_curve(history),
               "confusion": confusion_matrix((report.get("confusion") or {}).get(judged) or [],
                                             report.get("classes") or USUAL)}
    classes = two_sides(report.get("classes") or USUAL)
    bins = (report.get("reliability") or {}).get(judged) or {}
    if scores.ndim != 1:  # what follows asks for two sides: the second class against the rest
        focus = against_rest(predictions, 1)
        labels, scores = focus.labels, focus.scores
        bins = (report.get("by_class") or {}).get(classes[1], {}).get("reliability", {}).get(judged) or {}
    figures["error_rates"] = error_rates(scores[test], labels[test], threshold, classes=classes)
    figures["scores"] = score_distribution(scores[test], labels[test], threshold, classes=classes)
    figures["reliability"] = reliability_diagram(bins.get("before"), bins.get("after"), classes=classes)
    columns = dict(predictions.columns)
    if "edge_distance" not in columns:
        columns["edge_distance"] = edge_distance(columns)
    figures |= _by_column(columns, labels, scores, test, threshold, classes)
    if read_images is not None:
        figures |= _candidates(predictions.columns, labels, scores, test, classes, read_images)
        figures["worst"] = _worst(predictions.columns, labels, scores, test, threshold, read_images, explain,
                                  report.get("channels") or (), classes)
        validation = np.asarray(predictions.subset) == "validation"
        figures["suspicious"] = _suspicious(predictions.columns, labels, scores, validation, read_images,
                                            classes)
    return figures


def _by_column(columns, labels, scores, rows, threshold, classes):
    """Rates against each column that says something about the test subset."""
    figures = {}
    for column, name in _NUMBERS.items():
        values = np.asarray(columns.get(column, ()), float)
        if column.startswith("mag"):
            values = np.where(np.isin(values, NOT_MEASURED), np.nan, values)
        if len(values) and np.isfinite(values[rows]).any():
            figures[f"by_{column}"] = rates_by_number(values[rows], labels[rows], scores[rows], threshold,
                                                      name=name, classes=classes)
    for column, name in _CATEGORIES.items():
        values = np.asarray(columns.get(column, ()))
        if len(values) and (values[rows] != "").any():
            figures[f"by_{column}"] = rates_by_category(values[rows], labels[rows], scores[rows], threshold,
                                                        name=name, classes=classes)
    return figures


def _candidates(columns, labels, scores, test, classes, read_images):
    """Galleries of some candidates of each class."""
    rng = np.random.default_rng(0)
    judged = np.where(test, labels, -1)
    chosen = {}
    for name, label in (("mosaic_real", 1), ("mosaic_bogus", 0)):
        rows = np.flatnonzero(judged == label)
        chosen[name] = np.sort(rng.choice(rows, min(_MOSAIC, len(rows)), replace=False))
    return {name: gallery(read_images(rows) if len(rows) else [],
                          _titles(columns, labels, scores, rows, classes))
            for name, rows in chosen.items()}


def _titles(columns, labels, scores, rows, classes):
    return [candidate_title(columns, scores, row, truth=classes[labels[row]], separator="\n")
            for row in rows]


def _worst(columns, labels, scores, judged, threshold, read_images, explain, channels, classes=USUAL):
    """The worst errors, each with its heat map beside it where there are such."""
    rows = worst_rows(np.where(judged, labels, -1), scores, threshold, _WORST)
    images, titles = read_images(rows) if len(rows) else [], _titles(columns, labels, scores, rows,
                                                                                classes)
    if explain is None or not len(rows):
        return gallery(images, titles)
    under = list(channels).index("difference") if "difference" in channels else -1
    pictures = [overlay(image, heat, channel=under)
                for image, heat in zip(images, explain(rows), strict=True)]
    squares = images[0].shape[-1] + 1
    return picture_gallery(pictures, titles, columns=2 if squares > 2 else 3, channels=squares)


def _suspicious(columns, labels, scores, validation, read_images, classes=USUAL):
    """Labels that a confident score contradicts, the boldest contradiction first."""
    rows = worst_rows(np.where(validation, labels, -1), scores, 0.5, _SUSPICIOUS)
    if not len(rows):
        return empty_figure("no label is contradicted")
    return gallery(read_images(rows), _titles(columns, labels, scores, rows, classes))


def write_report(path, report, *, figures=None):
    """Write a report as one HTML page.

    Parameters
    ----------
    path : path-like
        Appears whole or not at all.
    report : dict
        As in ``report.json``; sections whose keys are absent say that nothing is known.
    figures : dict of str to Figure, optional
        As `report_figures` returns them.
    """
    _write_page(path, report, {name: png_bytes(figure) for name, figure in (figures or {}).items()})


def _write_page(path, report, images, *, explained=False):
    """Fill the template; `images` are PNG files by name."""
    other, one = two_sides(report.get("classes") or USUAL)
    write_page(
        path, TEMPLATE, images, report=report, explained=explained, one=one, other=other,
        many_of_one=many(one), many_others=many(other),
        headline=words.headline(report), by_class=words.by_class(report),
        metrics=words.metric_rows(report), night=words.night(report),
        ranges=words.range_rows(report),
        counts=words.subset_counts(report), fates=words.fates(report.get("cube_counts") or {}),
        calibration=words.calibration(report),
    )
