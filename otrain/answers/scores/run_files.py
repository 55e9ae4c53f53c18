"""What the judgement of scores leaves on disk: figures, folders of pictures, the page."""

import numpy as np

from otrain.answers.answer import Judgement
from otrain.answers.scores.explanation import heat_of
from otrain.answers.scores.figures import PUBLISHED, draw_results
from otrain.answers.scores.focus import against_rest
from otrain.answers.scores.page import write_training_report
from otrain.answers.scores.stored_maps import stored_maps
from otrain.plots.curves import accuracy_curve, loss_curve
from otrain.plots.outcomes import write_outcome_folders
from otrain.plots.style import save_figure

__all__ = ["write_diagnosis_files", "write_run_files"]


def write_run_files(run, judgement: Judgement, network, *, seed):
    """Write the figures that O'TRAIN published, the folders of cutouts and the page of a run directory."""
    report, replies = judgement.report, judgement.replies
    save_figure(run.loss_png, loss_curve(report["history"]))
    save_figure(run.accuracy_png, accuracy_curve(report["history"]))
    focus = against_rest(replies.predictions, 1)
    names = _words(report["classes"])
    validation = np.asarray(focus.subset) == "validation"
    drawn = draw_results(focus.take(np.flatnonzero(validation)), report["threshold"], classes=names)
    for name in PUBLISHED:
        if name in drawn.figures:
            save_figure(run.published_png(name), drawn.figures[name])
    write_outcome_folders(run, focus, replies.read_images, report["threshold"], seed=seed, classes=names)
    run.plots.mkdir(exist_ok=True)
    write_training_report(run.report_html, report, replies.predictions, replies.read_images, plots=run.plots,
                          explain=heat_of(network, replies, report["threshold"]))


def write_diagnosis_files(folder, judgement: Judgement, *, seed, heat_maps=None):
    """Write the folders of pictures and the page of otrain-diagnostics.

    Returns
    -------
    dict of str to int
        Number of pictures of each outcome.
    """
    report, replies = judgement.report, judgement.replies
    explain = stored_maps(heat_maps, replies.columns, len(replies)) if heat_maps else None
    focus = against_rest(replies.predictions, 1)
    names = _words(report["classes"])
    if len(report["classes"]) > 2:
        report["notes"].append(f"The folders of cutouts show {names[1]} against the rest.")
    pictures = write_outcome_folders(folder, focus, replies.read_images, report["threshold"],
                                     subset=report["judged"], sheets=True, seed=seed, classes=names)
    write_training_report(folder.report_html, report, replies.predictions, replies.read_images,
                          explain=explain)
    return pictures


def _words(classes):
    """Return the names of the two sides: the second class, and what stands against it."""
    return (classes[0] if len(classes) == 2 else "the rest", classes[1])
