"""How simulated events among the candidates of real images were scored."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from otrain.data.files.atomic import locked
from otrain.data.tables.crossmatch import match_by_name
from otrain.data.tables.read import MISSING, read_text_table
from otrain.errors import QUARANTINED, DataError, OutputError, UsageError
from otrain.evaluation.ranges import kept_by_range
from otrain.plots.checkinfer import FIGURES, checkinfer_figures
from otrain.plots.style import save_figure
from otrain.workflows.outcome import document

__all__ = ["CheckedInference", "checkinfer"]

FOLDER = "CheckInfer"
CROSSMATCH, INFER = "crossmatch.dat", "infer_results.dat"

# Column: type and the names under which O'TRAIN, its pipelines and otrain-infer write it.
EVENT_COLUMNS = {"candid": (str, ("closest_candID", "closest_candid")), "mag": (float, ("mag",))}
CANDIDATE_COLUMNS = {
    "candid": (str, ("cand_ID", "candid")), "score": (float, ("label1", "score")),
    "fwhm": (float, ("FWHM", "fwhm")), "fwhm_psf": (float, ("FWHMPSF", "fwhm_psf", "FWHM_PSF")),
}


@dataclass(frozen=True)
class CheckedInference:
    """What was drawn and counted.

    Parameters
    ----------
    path : Path
        Folder of the figures.
    figures : list of str
        Names of the files in it.
    summary : dict
        Plain types: ``events candidates kept``.
    rejected : int
        Lines and cells of both tables that cannot be read.
    """

    path: Path
    figures: list
    summary: dict
    rejected: int
    notes: tuple = ()

    @property
    def exit_code(self):
        """Of otrain-checkinfer."""
        return QUARANTINED if self.rejected else 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-checkinfer", self,
                        self.summary | {"folder": str(self.path), "figures": self.figures})


def checkinfer(crossmatch, infer, *, out, maglim=(12, 18, 21), cnn_problim=(0.1, 0.5, 0.7),
               fwhm_ratio_lower=0.5, fwhm_ratio_upper=4.2, overwrite=False) -> CheckedInference:
    """Draw how simulated events were scored, beside the other candidates.

    Parameters
    ----------
    crossmatch, infer : path-like
        Table of simulated events (``closest_candID mag``) and of scores (``cand_ID label1
        FWHM FWHMPSF``), or the folders of ``crossmatch.dat`` and ``infer_results.dat``.
    out : path-like
        Figures go to ``<out>/CheckInfer``.
    maglim : sequence of float
        Magnitudes that split the simulated events [mag].
    cnn_problim : sequence of float
        Scores that split the simulated events.
    fwhm_ratio_lower, fwhm_ratio_upper : float
        Accepted FWHM in units of that of the stars.
    overwrite : bool
        Replace figures of an earlier run.

    Returns
    -------
    CheckedInference

    Raises
    ------
    OutputError
        If a figure exists and `overwrite` is false.
    DataError
        If a table or a column is absent, or no event names a candidate with a score.
    """
    maglim, cnn_problim = _limits("--maglim", maglim), _limits("--cnn-problim", cnn_problim)
    if not 0 <= fwhm_ratio_lower < fwhm_ratio_upper < np.inf:
        raise UsageError("--fwhm-ratio-lower must be smaller than --fwhm-ratio-upper, and neither negative. "
                         f"Received: {fwhm_ratio_lower} and {fwhm_ratio_upper}")
    folder = Path(out) / FOLDER
    _require_no_figures(folder, overwrite)
    with locked(folder, overwrite=overwrite):
        events = read_text_table(_file(crossmatch, CROSSMATCH), EVENT_COLUMNS)
        candidates = read_text_table(_file(infer, INFER), CANDIDATE_COLUMNS, optional=("fwhm", "fwhm_psf"))
        score, ratio = _score(candidates.columns["score"]), _ratio(candidates.columns)
        matches = match_by_name(events.columns["candid"], candidates.columns["candid"], nothing=MISSING)
        mag = events.columns["mag"][matches.events]
        simulated, others = matches.candidates, ~matches.touched
        _require_scores(events, candidates, score[simulated])
        figures = checkinfer_figures(
            mag=mag, score=score[simulated], ratio=ratio[simulated], all_scores=score,
            other_scores=score[others], other_ratios=ratio[others], maglim=maglim, score_limits=cnn_problim,
            ratio_limits=(fwhm_ratio_lower, fwhm_ratio_upper))
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            save_figure(folder / f"{name}.png", figure)
    summary = {"schema_version": 1, "events": _events(events, matches, mag),
               "candidates": _candidates(candidates, matches, score, ratio),
               "kept": kept_by_range(mag, score[simulated], maglim, cnn_problim)}
    rejected = sum(table.malformed + sum(table.unreadable.values()) for table in (events, candidates))
    return CheckedInference(folder, [f"{name}.png" for name in FIGURES], summary, rejected)


def _limits(flag, values):
    """Return limits in rising order, each once."""
    limits = sorted({float(value) for value in values})
    if not limits or not np.isfinite(limits).all():
        raise UsageError(f"{flag} needs at least one number. Received: {list(values)}")
    return limits


def _file(path, name):
    """Return a table that is given itself, or by its folder."""
    return Path(path) / name if Path(path).is_dir() else Path(path)


def _require_no_figures(folder, overwrite):
    there = [name for name in FIGURES if (folder / f"{name}.png").exists()]
    if there and not overwrite:
        raise OutputError(f"{folder}: holds {len(there)} figures already ({there[0]}.png ...). "
                          "Choose another folder, or replace them with --overwrite.")


def _score(values):
    """Return scores with NaN for what cannot be a probability."""
    with np.errstate(invalid="ignore"):
        return np.where((values >= 0) & (values <= 1), values, np.nan)


def _ratio(columns):
    """Return the FWHM in units of that of the stars, NaN where one is no positive number."""
    fwhm, psf = columns["fwhm"], columns["fwhm_psf"]
    good = (fwhm > 0) & (psf > 0) & np.isfinite(fwhm) & np.isfinite(psf)
    return np.where(good, fwhm, np.nan) / np.where(good, psf, 1)


def _require_scores(events, candidates, scores):
    if np.isfinite(scores).any():
        return
    named, known = (", ".join(map(repr, table.columns["candid"][:2].tolist())) or "none"
                    for table in (events, candidates))
    raise DataError("no simulated event names a candidate that has a score. Received: events that name "
                    f"{named} ..., candidates {known} ... Give two tables of one run.")


def _events(events, matches, mag):
    """Count what became of every line of the table of events."""
    return {
        "rows": events.rows, "malformed": events.malformed, "unreadable": events.unreadable,
        "matched": len(matches.events), "without a candidate": matches.undetected,
        "candidate not in the scores": matches.unmatched, "candidate scored twice": matches.repeated,
        "candidate shared by two events": matches.shared,
        "matched without a magnitude": int(np.sum(~np.isfinite(mag))),
    }


def _candidates(candidates, matches, score, ratio):
    """Count what became of every line of the table of scores."""
    simulated, touched = len(matches.candidates), int(matches.touched.sum())
    return {
        "rows": candidates.rows, "malformed": candidates.malformed, "unreadable": candidates.unreadable,
        "simulated": simulated, "doubly matched": touched - simulated,
        "not simulated": int(np.sum(~matches.touched)), "without a score": int(np.sum(~np.isfinite(score))),
        "without a FWHM ratio": int(np.sum(~np.isfinite(ratio))),
    }
