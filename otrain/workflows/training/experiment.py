"""Files that another program leaves of a training, written after ours for those who go on with them."""

import csv

import numpy as np

from otrain.answers.answer import Replies
from otrain.catalogue import ANSWERS
from otrain.data.results.predictions import Predictions
from otrain.workflows.progress import progress, say
from otrain.workflows.reading.verified_cube import open_verified
from otrain.workflows.scoring.network import open_network
from otrain.workflows.scoring.windows import network_channels

__all__ = ["write_experiment"]


def write_experiment(run, report, cube_path, *, folder=None, predictions=None):
    """Score all subsets of a training and let the answer write its further files.

    Parameters
    ----------
    run : RunDirectory
    report : dict
        Of the training.
    cube_path : path-like
        Cube that the network was trained on.
    folder : path-like, optional
        Where the files go; by default into the run directory.
    predictions : dict of str to str, optional
        By subset the name of the file with the predictions.

    Returns
    -------
    list of Path
        Nothing where the answer has no such files.
    """
    network = open_network(run.path)
    write = getattr(ANSWERS.load(network.answer), "write_experiment", None)
    if write is None:
        return []
    with open(run.split_csv, encoding="utf-8", newline="") as file:
        subset = np.array([row["subset"] for row in csv.DictReader(file)])
    rows = np.flatnonzero(subset != "")
    with open_verified(cube_path) as cube:
        channels, raw, done = network_channels(cube, network), [], 0
        with progress("scoring") as on_progress:
            for images in cube.batches(rows):
                raw.append(network.logits(np.ascontiguousarray(images[..., channels])))
                done += len(images)
                on_progress(done, len(rows))
        raw = np.concatenate(raw)
        told = Predictions(columns=cube.columns_of(rows), labels=cube.labels[rows], logits=raw,
                           scores=np.full(len(rows), np.nan), subset=subset[rows],
                           meta={"classes": list(cube.classes), "cube": cube.identity})
        written = write(folder or run.path, Replies(cube, rows, list(channels), told), network.settings,
                        report["history"], name=run.name, predictions=predictions)
    say(f"{written[0].parent}: {', '.join(path.name for path in written)}")
    return written
