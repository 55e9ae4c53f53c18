"""The alarm of a network that was just trained: fitted on training and validation, told of test."""

import numpy as np

from otrain.bundle.export import logit_model
from otrain.data.results.alarm import MOST_FEATURES, alarm_numbers
from otrain.evaluation.intervals import wilson_interval
from otrain.evaluation.unlike_training import fit_alarm
from otrain.feed.batches import evaluation_batches

__all__ = ["measure_alarm"]

MOST = 4096  # examples of each subset that are looked at
AT_ONCE = 256  # of them in memory


def measure_alarm(network, cube, split, *, channels, seed):
    """Return the alarm of a network, and what a report says of it.

    Parameters
    ----------
    network : keras.Model
    cube : DataCube
        Open.
    split : Split
    channels : list of int
        Channels of the cube that the network gets.
    seed : int
        Of the choice of examples, where a subset has more than 4096.

    Returns
    -------
    alarm : Alarm or None
    facts : dict
        ``level training validation``, and ``test``: of how many examples how many are flagged, the share
        and its 95 % interval. Without an alarm: ``problem``, a sentence.
    """
    rng = np.random.default_rng(seed)
    numbers, features = {}, 0
    for name in ("train", "validation", "test"):
        rows = np.asarray(getattr(split, name), int)
        rows = np.sort(rng.choice(rows, MOST, replace=False)) if len(rows) > MOST else rows
        numbers[name], features = _numbers(network, cube, rows, channels)
    alarm = fit_alarm(numbers["train"], numbers["validation"], features=features)
    if alarm is None:
        return None, {"problem": "There is no alarm for examples unlike those of the training: it needs at "
                      "least 20 different training examples and 19 of validation. Received: "
                      f"{len(numbers['train'])} and {len(numbers['validation'])}."}
    flagged, count = int(np.sum(alarm.distances(numbers["test"]) > 1)), len(numbers["test"])
    low, high = wilson_interval(flagged, count)
    share = {"value": flagged / count, "low": float(low), "high": float(high)} if count else {
        "value": None, "low": None, "high": None}
    return alarm, {"level": alarm.level, "training": alarm.training, "validation": alarm.validation,
                   "test": {"examples": count, "flagged": flagged, **share}}


def _numbers(network, cube, rows, channels):
    """Return the numbers of some rows, and how many of them are features of the network."""
    if not len(rows):
        return np.empty((0, 0)), 0
    known = logit_model(network).predict(evaluation_batches(cube, rows, channels=channels), verbose=0)[1]
    known = known.reshape(len(known), -1)
    parts = [alarm_numbers(cube.read(rows[some])[..., channels], known[some]) for some in
             (slice(start, start + AT_ONCE) for start in range(0, len(rows), AT_ONCE))]
    return np.concatenate(parts), known.shape[1] if known.shape[1] <= MOST_FEATURES else 0
