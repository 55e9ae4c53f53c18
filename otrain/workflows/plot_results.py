"""The figures by which a network is judged on a data cube, and the best thresholds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain.data.atomic import locked
from otrain.errors import DataError, OutputError, UsageError
from otrain.plots.results import FIGURES
from otrain.workflows._cubes import require_cube
from otrain.workflows._network import open_network
from otrain.workflows._scored import scored

__all__ = ["PlottedResults", "plot_results"]


@dataclass(frozen=True)
class PlottedResults:
    """What was drawn.

    Parameters
    ----------
    path : Path
        Folder of the figures.
    figures : list of str
        Names of the files in it.
    summary : dict
        Plain types: ``threshold subset examples best bins notes``.
    """

    path: Path
    figures: list
    summary: dict


def plot_results(cube, model, *, path_plots, threshold=0.5, bins=6, mag_max=25.0, errmag_max=0.4,
                 overwrite=False):
    """Draw how a network does on a cube, and find the best thresholds.

    Parameters
    ----------
    cube : path-like
        A data cube with labels; it is scored only if no stored scores belong to it.
    model : path-like
        Run directory, bundle, ``.keras`` or ``.h5``.
    path_plots : path-like
        Folder of the figures; other files in it stay.
    threshold : float
        Score from which a candidate is called real.
    bins : int
        Number of bins of magnitude and of its error.
    mag_max, errmag_max : float
        Larger values are left out of these bins [mag].
    overwrite : bool
        Replace figures of an earlier run.

    Returns
    -------
    PlottedResults

    Raises
    ------
    OutputError
        If a figure exists and `overwrite` is false.
    UsageError
        If a value is out of range, or the network tells more than two classes apart.
    DataError
        If no example has a known class.
    """
    folder = Path(path_plots)
    _check(threshold, bins, mag_max, errmag_max)
    _require_no_figures(folder, overwrite)
    require_cube(cube)
    _check_network(model)
    with locked(folder, overwrite=overwrite):
        predictions, _, context = scored(cube, model, store=folder)
        judged = predictions.of_subset(context["judged"])
        _check_labels(cube, judged)
        from otrain.workflows._result_figures import draw_results

        drawn = draw_results(judged, threshold, classes=context["classes"], bins=bins, mag_max=mag_max,
                             errmag_max=errmag_max)
        written = _write(folder, drawn.figures)
    return PlottedResults(folder, written, _summary(judged, threshold, drawn.scan, drawn.bins, drawn.curves,
                                                    context))


def _check(threshold, bins, mag_max, errmag_max):
    if not 0 <= threshold <= 1:
        raise UsageError(f"--threshold must lie between 0 and 1. Received: {threshold}")
    if not 1 <= bins <= 30:
        raise UsageError(f"--bins must lie between 1 and 30. Received: {bins}")
    for flag, value in (("--mag-max", mag_max), ("--errmag-max", errmag_max)):
        if not value > 0:
            raise UsageError(f"{flag} must be a positive number of magnitudes. Received: {value}")


def _check_network(model):
    if getattr(open_network(model), "events", None) is not None:
        raise UsageError(f"{model}: this network finds events, which these figures do not show. Those of its "
                         "test stars are in its run directory (plots/, report.html); for another cube use "
                         "otrain-diagnostics.")


def _require_no_figures(folder, overwrite):
    """Refuse to replace figures; what else lies in the folder is nobody's business."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file. Give a folder for the figures.")
    there = [name for name in FIGURES if (folder / f"{name}.png").exists()]
    if there and not overwrite:
        raise OutputError(f"{folder}: holds {len(there)} figures already ({there[0]}.png ...). "
                          "Choose another folder, or replace them with --overwrite.")


def _check_labels(cube, judged):
    if judged.scores.ndim != 1:
        raise UsageError("these figures ask for real or bogus. Received: a network of "
                         f"{judged.scores.shape[1]} classes. Use otrain-diagnostics.")
    if not np.isin(judged.labels, (0, 1)).any():
        raise DataError(f"{cube}: no example has a known class. Give a cube with labels.")


def _write(folder, figures):
    """Write the figures, and remove those of an earlier run that this cube does not support."""
    from otrain.plots.style import save_figure

    folder.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        path = folder / f"{name}.png"
        if name in figures:
            save_figure(path, figures[name])
        else:
            path.unlink(missing_ok=True)
    return [f"{name}.png" for name in FIGURES if name in figures]


def _summary(judged, threshold, scan, placed, curves, context):
    """Return the numbers behind the figures as plain types."""
    counts = {name: int(np.sum(judged.labels == label)) for name, label in (("real", 1), ("bogus", 0))}
    return {
        "schema_version": 1, "name": context["name"], "subset": context["judged"], "threshold": threshold,
        "examples": counts | {"without a class": len(judged) - sum(counts.values())},
        "best": {"threshold": scan.best, "f1": _plain(scan.best_f1), "mcc": _plain(scan.best_mcc)},
        "bins": {stem: {"left_out": placed[stem].left_out} | {
            kind: [_row(row) for row in rows] for kind, rows in curves[stem].items()} for stem in curves},
        "notes": list(context["notes"]),
    }


def _row(row):
    """Return the numbers of one bin as plain types; None where there is no curve."""
    curve = row.curve
    return {"from": row.low, "to": row.high, "real": row.reals, "bogus": row.bogus,
            "area": curve and _plain(curve.area), "threshold": curve and _plain(curve.threshold),
            "merit": curve and _plain(curve.merit)}


def _plain(value):
    return float(value) if np.isfinite(value) else None
