"""Folders of misclassified and well-classified cutouts, under the names of O'TRAIN."""

import numpy as np

from otrain.plots.contact_sheet import write_contact_sheet
from otrain.plots.cutouts import write_cutouts

__all__ = ["candidate_title", "outcome_rows", "worst_rows", "write_outcome_folders"]

_BATCH = 256  # cutouts read at a time
_SHEET = 240  # candidates on a contact sheet
_TILE, _TITLE_WIDTH = 72, 132  # pixel; least side of a channel on the sheet, and room for a title
_OUTCOMES = {"FP": "false positives ({0} called {1})", "FN": "false negatives ({1} called {0})",
             "TP": "true positives ({1} called {1})", "TN": "true negatives ({0} called {0})"}


def candidate_title(columns, scores, row, *, truth="", separator="   "):
    """Return ``candid   mag +/- err   score`` of one row, without what is not known.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
    scores : (N,) ndarray
    row : int
    truth : str
        Name of the true class, written before the score.
    separator : str
        Between the parts; a line break where there is little room.
    """
    parts = [str(columns["candid"][row]) if "candid" in columns else ""]
    if not parts[0]:
        parts[0] = str(columns["file"][row]) if "file" in columns else f"row {row}"
    magnitude = float(columns["mag"][row]) if "mag" in columns else np.nan
    if np.isfinite(magnitude):
        error = float(columns["mag_err"][row]) if "mag_err" in columns else np.nan
        parts.append(f"{magnitude:.2f}" + (f" ± {error:.2f}" if np.isfinite(error) else "") + " mag")
    parts.append(f"{truth}, score".removeprefix(", ") + f" {_score_text(scores[row])}")
    return separator.join(parts)


def _score_text(score):
    """Three decimals in the middle, as many as it takes near 0 and 1."""
    for digits in (3, 4, 5):
        text = f"{score:.{digits}f}"
        if 0 < float(text) < 1:
            return text
    return f"{score:.2g}" if score < 0.5 else f"1 - {1 - score:.0e}" if score < 1 else "1"


def outcome_rows(labels, scores, threshold):
    """Return the rows of each outcome.

    Parameters
    ----------
    labels : (N,) int ndarray
        0 bogus, 1 real; other values are in no outcome.
    scores : (N,) ndarray
        Calibrated probability of real.
    threshold : float
        A candidate is called real if its score reaches it.

    Returns
    -------
    dict of str to int ndarray
        Keys ``FP FN TP TN``.
    """
    called_real = np.asarray(scores) >= threshold
    real, bogus = np.asarray(labels) == 1, np.asarray(labels) == 0
    masks = {"FP": bogus & called_real, "FN": real & ~called_real,
             "TP": real & called_real, "TN": bogus & ~called_real}
    return {outcome: np.flatnonzero(mask) for outcome, mask in masks.items()}


def worst_rows(labels, scores, threshold, count):
    """Return the misclassified rows whose score is farthest on the wrong side, worst first."""
    rows = outcome_rows(labels, scores, threshold)
    wrong = np.concatenate([rows["FP"], rows["FN"]])
    distance = np.abs(np.asarray(scores)[wrong] - np.asarray(labels)[wrong])
    return wrong[np.argsort(-distance, kind="stable")][:count]


def write_outcome_folders(run_directory, predictions, read_images, threshold, *, subset="validation",
                          n_well=30, sheets=False, seed=0, classes=("bogus", "real")):
    """Write pictures of all misclassified and some well-classified candidates of a subset.

    Parameters
    ----------
    run_directory : RunDirectory or DiagnosticsFolder
        Tells where the folders ``images_FP images_FN images_TP images_TN`` lie.
    predictions : Predictions
        Scores and columns.
    read_images : callable
        ``read_images(rows) -> (len(rows), H, W, C)``; `rows` index the table of predictions.
    threshold : float
        A candidate is called real if its score reaches it.
    subset : str
        Only its rows are drawn.
    n_well : int
        Well-classified candidates of each class, drawn by `seed`.
    sheets : bool
        Add ``contact_sheet.png`` to each folder: all its candidates in one picture, the
        worst errors first and at most 240.
    seed : int
        Of the draw.
    classes : (str, str)
        What labels 0 and 1 are called on the sheets.

    Returns
    -------
    dict of str to int
        Number of pictures of each outcome.
    """
    labels = np.where(np.asarray(predictions.subset) == subset, predictions.labels, -1)
    written = {}
    for outcome, rows in outcome_rows(labels, predictions.scores, threshold).items():
        everyone = len(rows)
        if outcome in ("TP", "TN") and len(rows) > n_well:
            rows = np.sort(np.random.default_rng(seed).choice(rows, n_well, replace=False))
        folder = run_directory.images(outcome)
        written[outcome] = _write_rows(folder, predictions, read_images, rows)
        if sheets:
            _write_sheet(folder, _OUTCOMES[outcome].format(*classes), outcome, predictions, read_images, rows,
                         everyone)
    return written


def _write_rows(folder, predictions, read_images, rows):
    """Write the pictures of `rows`, read in batches; a row brings its image and its title."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(rows), _BATCH):
        some = rows[start:start + _BATCH]
        titles = [candidate_title(predictions.columns, predictions.scores, row) for row in some]
        write_cutouts(folder, read_images(some), titles, start=start)
    return len(rows)


def _write_sheet(folder, words, outcome, predictions, read_images, rows, everyone):
    """Write one picture of all candidates of an outcome; without candidates none."""
    if not len(rows):
        return
    scores = np.asarray(predictions.scores)[rows]
    ranked = rows[np.argsort(-scores if outcome in ("FP", "TP") else scores, kind="stable")][:_SHEET]
    images = read_images(ranked)
    titles = [tuple(candidate_title(predictions.columns, predictions.scores, row, separator="\n").split("\n"))
              for row in ranked]
    number = f"{len(ranked)} of {everyone}" if len(ranked) < everyone else str(everyone)
    side = max(_TILE, _TITLE_WIDTH // images.shape[-1])
    write_contact_sheet(folder / "contact_sheet.png", [(f"{words}: {number}", images, titles)],
                        tile=side)
