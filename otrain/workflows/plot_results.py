"""The figures by which a network is judged on a data cube, and the best thresholds."""

from dataclasses import dataclass
from pathlib import Path

from otrain.answers.threshold import checked_threshold
from otrain.catalogue import ANSWERS, DOMAINS, TASKS
from otrain.data.files.atomic import locked
from otrain.data.files.merged import merged_folder
from otrain.errors import OutputError, UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress
from otrain.workflows.reading.verified_cube import require_cube
from otrain.workflows.scoring.network import open_network
from otrain.workflows.scoring.scored import scored

__all__ = ["PlottedResults", "plot_results"]


@dataclass(frozen=True, repr=False)
class PlottedResults:
    """What was drawn.

    Parameters
    ----------
    path : Path
        Folder of the figures.
    figures : list of str
        Names of the files in it.
    summary : dict
        Plain types: ``name subset notes``, and what the answer of the network says.
    """

    path: Path
    figures: list
    summary: dict
    exit_code: int = 0

    def __repr__(self):
        return f"<PlottedResults {self.path}: {len(self.figures)} figures>"

    @property
    def notes(self):
        """What a reader of the figures must know."""
        return tuple(self.summary["notes"])

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-plot-results", self,
                        self.summary | {"folder": str(self.path), "figures": self.figures})


def plot_results(cube, model, *, out, threshold=0.5, bins=6, mag_max=25.0, errmag_max=0.4,
                 overwrite=False) -> PlottedResults:
    """Draw how a network does on a cube, and find the best thresholds.

    Parameters
    ----------
    cube : path-like
        A data cube with labels; it is scored only if no stored scores belong to it.
    model : path-like
        Run directory, bundle, ``.keras`` or ``.h5``.
    out : path-like
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
        If a value is out of range.
    DataError
        If no example has a known class.
    """
    folder = Path(out)
    _check(threshold, bins, mag_max, errmag_max)
    require_cube(cube)
    answer = ANSWERS.load(open_network(model).answer)
    _require_no_figures(folder, answer.figure_names, overwrite)
    own = [f"{name}.png" for name in answer.figure_names]
    with (locked(folder, overwrite=overwrite), merged_folder(folder, stale=own) as building,
          scored(cube, model, store=folder if folder.exists() else building) as (replies, network, facts)):
        domain, task = DOMAINS.load(facts["domain"]), TASKS.load(facts["task"])
        with progress("drawing") as on_progress:
            drawn = answer.figures(replies, network.settings, domain, task, facts, threshold=threshold,
                                   bins=bins, mag_max=mag_max, errmag_max=errmag_max,
                                   on_progress=on_progress)
        from otrain.plots.style import save_figure

        for name, figure in drawn.figures.items():
            save_figure(building / f"{name}.png", figure)
    summary = {"schema_version": 1, "name": facts["name"], "subset": facts["judged"], **drawn.summary,
               "notes": [*facts["notes"], *drawn.notes]}
    return PlottedResults(folder, [f"{name}.png" for name in drawn.figures], summary)


def _check(threshold, bins, mag_max, errmag_max):
    checked_threshold(threshold)
    if not 1 <= bins <= 30:
        raise UsageError(f"--bins must lie between 1 and 30. Received: {bins}")
    for flag, value in (("--mag-max", mag_max), ("--errmag-max", errmag_max)):
        if not value > 0:
            raise UsageError(f"{flag} must be a positive number of magnitudes. Received: {value}")


def _require_no_figures(folder, names, overwrite):
    """Refuse to replace figures; what else lies in the folder is nobody's business."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file. Give a folder for the figures.")
    there = [name for name in names if (folder / f"{name}.png").exists()]
    if there and not overwrite:
        raise OutputError(f"{folder}: holds {len(there)} figures already ({there[0]}.png ...). "
                          "Choose another folder, or replace them with --overwrite.")
