"""A network and a data cube to a judgement: metrics with intervals, a report, folders of errors."""

import json
from dataclasses import dataclass
from pathlib import Path

from otrain import __version__
from otrain.catalogue import ANSWERS, DOMAINS, TASKS
from otrain.data.files.atomic import locked, require_absent, write_text
from otrain.data.files.merged import merged_folder
from otrain.data.files.time_written import time_written
from otrain.data.results.run_directory import DiagnosticsFolder
from otrain.errors import UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress, working
from otrain.workflows.reading.verified_cube import require_cube
from otrain.workflows.scoring.scored import scored

__all__ = ["Diagnosis", "diagnostics"]


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What diagnostics left behind.

    Parameters
    ----------
    path : Path
        The folder.
    report : dict
        As in ``report.json``.
    pictures : dict of str to int
        Number of pictures of each outcome, ``FP FN TP TN``.
    """

    path: Path
    report: dict
    pictures: dict
    exit_code: int = 0

    def __repr__(self):
        return f"<Diagnosis {self.path}>"

    @property
    def notes(self):
        """What a reader of the rates must know."""
        return tuple(self.report["notes"])

    def to_dict(self):
        """Return what ``--json`` prints."""
        report, subset = self.report, self.report["judged"]
        return document("otrain-diagnostics", self, {
            "folder": str(self.path), "cube": report["cube"], "model_id": report["model_id"],
            "subset": subset, "threshold": report.get("threshold"), "counts": report["counts"][subset],
            "metrics": report["metrics"][subset], "confusion": report["confusion"].get(subset),
            "pictures": self.pictures})


def diagnostics(cube, model, *, out, threshold=None, night=None, heat_maps=None, seed=0,
                overwrite=False, baselines=None) -> Diagnosis:
    """Judge a network on a data cube.

    Parameters
    ----------
    cube : path-like
        A data cube of any store with labels; one-hot as O'TRAIN wrote them, or indices.
        Examples without a known class are left out.
    model : path-like
        Run directory, bundle, ``.keras`` or ``.h5``. Scores that are stored are used.
    out : path-like
        Folder that gets ``report.json``, ``report.html`` and the folders of cutouts.
    threshold : float, optional
        Score from which an example of two classes is called the second; by default 0.5. Events are announced
        from the threshold of their kind.
    night : int, optional
        Examples of one night, for the false alarms that the report states; by default 10 000.
    heat_maps : path-like, optional
        ``heat_maps.npz`` of otrain-grad-cam, shown beside the worst errors.
    seed : int
        Of the intervals and of the draw of well-classified cutouts.
    overwrite : bool
        Write into a folder that exists. Our files of an earlier run go, all others stay.
    baselines : sequence of str, optional
        Light curves: classical searches to judge beside the network; by default the matched filter.

    Returns
    -------
    Diagnosis

    Raises
    ------
    OutputError
        If the folder exists and `overwrite` is false, or another process writes it.
    DataError
        If the cube does not suit the network, or no example has a known class.
    IntegrityError
        If the network is damaged or refused.
    """
    path = Path(out)
    require_absent(path, overwrite=overwrite)
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: is a file. Give a folder for the diagnostics.")
    asked = {"threshold": threshold, "night": night, "heat_maps": heat_maps, "baselines": baselines}
    require_cube(cube)
    with (locked(path, overwrite=overwrite),
          merged_folder(path, stale=DiagnosticsFolder.own_files, last=DiagnosticsFolder.marker) as building,
          scored(cube, model, store=path if path.exists() else building) as (replies, network, facts)):
        folder = DiagnosticsFolder(building)
        answer = ANSWERS.load(network.answer)
        domain, task = DOMAINS.load(facts["domain"]), TASKS.load(facts["task"])
        facts |= {"created": time_written(),
                  "otrain_version": __version__, "seeds": facts["seeds"] | {"diagnostics": seed}}
        with progress("judging") as on_progress:
            judgement = answer.judge(replies, network.settings, domain, task, facts, seed=seed, asked=asked,
                                     on_progress=on_progress)
        with working("drawing"):
            pictures = answer.write_diagnosis(folder, judgement, domain, task, seed=seed, asked=asked)
        write_text(folder.report_json, json.dumps(judgement.report, indent=1, allow_nan=False) + "\n")
    return Diagnosis(path, judgement.report, pictures)
