"""What droulette leaves of a training: its log, predictions of every subset, and what they are worth.

The predictions are those of the network. droulette's own hold the truth, which its code writes there.
"""

import io
from pathlib import Path

import numpy as np

from otrain.answers.values.given import split_reply, true_values
from otrain.data.files.atomic import atomic_file, write_text
from otrain.data.tables.csv_table import write_csv
from otrain.plots.curves import loss_curve, metric_curve

__all__ = ["LOG", "LOSSES", "write_experiment"]

# Columns of training_log.csv and the series of the history that they are.
LOG = {"train_loss": "loss", "valid_loss": "val_loss", "train_r2": "r2", "valid_r2": "val_r2"}
LOSSES = {"training": "training", "validation": "validation", "test": "testing"}  # <name>-loss.csv


def write_experiment(folder, replies, settings, history, *, name, predictions=None):
    """Write ``training_log.csv training.svg eval.csv``, predictions and losses of each image.

    Parameters
    ----------
    folder : path-like
    replies : Replies
        Of training, validation and test.
    settings : ValueSettings
    history : dict of str to sequence of float
        One value for each epoch.
    name : str
        Of the experiment.
    predictions : dict of str to str, optional
        By subset the name of the file with its predictions; by default ``pred-<subset>.csv``.

    Returns
    -------
    list of Path
    """
    folder, predictions = Path(folder), predictions or {}
    folder.mkdir(parents=True, exist_ok=True)
    names, encoding = settings.names, settings.encoding
    values, truth = split_reply(replies.raw, len(names))[0], true_values(replies, names)
    errors = encoding.encode(values) - encoding.encode(truth)
    files = np.asarray(replies.columns["file" if "file" in replies.columns else "candid"])
    texts = {"training_log.csv": _log(history)}
    table = []
    for subset, called in LOSSES.items():
        mine = np.flatnonzero((replies.subset == subset) & np.isfinite(truth).all(axis=1))
        if not len(mine):
            continue
        texts[predictions.get(subset, f"pred-{subset}.csv")] = _csv(
            ["filename", *names], ([files[row], *values[row]] for row in mine))
        texts[f"{called}-loss.csv"] = _csv(
            ["filename", "loss", "mae"],
            ([files[row], (errors[row] ** 2).mean(), np.abs(errors[row]).mean()] for row in mine))
        table.append([name, called, len(mine), *_worth(errors[mine], encoding.encode(truth[mine]))])
    texts["eval.csv"] = _csv(["experiment", "subset", "images", "loss", "r2", "mae"], table)
    for file, text in texts.items():
        write_text(folder / file, text)
    return [*(folder / file for file in texts), _draw(folder, history)]


def _log(history):
    """Return the log of the epochs; a series that was not recorded is empty."""
    epochs = max((len(series) for series in history.values()), default=0)
    series = [history.get(ours, [""] * epochs) for ours in LOG.values()]
    return _csv(["epoch", *LOG], ([epoch, *values] for epoch, values in
                                  enumerate(zip(*series, strict=True), 1)))


def _worth(errors, truth):
    """Return mean squared error, R2 (the mean over the numbers) and mean absolute error, standardised."""
    squares = (errors ** 2).sum(axis=0)
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    told = spread > 0
    r2 = float((1 - squares[told] / spread[told]).mean()) if told.any() else float("nan")
    return float((errors ** 2).mean()), r2, float(np.abs(errors).mean())


def _csv(header, rows):
    text = io.StringIO(newline="")
    shown = ([_shown(cell) if isinstance(cell, float | np.floating) else cell for cell in row]
             for row in rows)
    write_csv(text, header, shown, lineterminator="\n")
    return text.getvalue()


def _shown(value):
    return None if np.isnan(value) else float(value)


def _draw(folder, history):
    """Draw loss, or R2 where it was recorded, against the epoch."""
    figure = metric_curve(history, "r2", "R2") if "r2" in history else loss_curve(history)
    path = folder / "training.svg"
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="svg")
    return path
