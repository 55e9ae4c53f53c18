"""Images that a domain draws from the values of a network, beside those that the network saw."""

from dataclasses import dataclass

import numpy as np

from otrain.errors import OtrainError
from otrain.evaluation.intervals import bootstrap

__all__ = ["Redrawn", "redrawn_residuals"]

MOST = 48  # examples; more take long and tell no better


@dataclass(frozen=True)
class Redrawn:
    """Some examples drawn again.

    Parameters
    ----------
    rows : (n,) int ndarray
        Places among the replies.
    by_values, by_truth : (n, ..., C) ndarray
        Drawn from what the network says, and from the true values; NaN where nothing can be drawn.
    residual : (n,) ndarray
        Of each example drawn from the network's values, see `relative_residual`.
    summary : dict
        Plain types, for the report: ``examples``, the median residual of either with its interval, and
        ``failed``, how many could not be drawn; or ``problem``, why none was.
    """

    rows: np.ndarray
    by_values: np.ndarray | None
    by_truth: np.ndarray | None
    residual: np.ndarray
    summary: dict


def redrawn_residuals(replies, given, truth, judged, domain, task, *, seed=0):
    """Draw some examples again from the values of a network and from the true ones.

    Parameters
    ----------
    replies : Replies
    given : GivenValues
    truth : (N, K) ndarray
    judged : (M,) int ndarray
        Places of the judged subset.
    domain : Domain
        ``rules(task).redraw`` draws; without it there is nothing to do.
    task : Task
    seed : int
        Of the choice of examples.

    Returns
    -------
    Redrawn or None
        None where the domain cannot draw.
    """
    redraw = domain.rules(task.name).redraw
    judged = judged[np.isfinite(truth[judged]).all(axis=1)]
    if redraw is None or not len(judged):
        return None
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(judged, min(MOST, len(judged)), replace=False))
    columns = {name: np.asarray(values)[rows] for name, values in replies.columns.items()}
    names, cube = given.settings.names, replies.cube
    drawn = []
    for values in (given.value[rows], truth[rows]):
        try:
            drawn.append(np.asarray(redraw(dict(zip(names, values.T)), columns, replies.channel_names,
                                           (cube.meta.get("recipe") or {}) | {"shape": list(cube.shape)}),
                                    float))
        except OtrainError as error:  # a picture is no reason to lose a trained network
            return Redrawn(rows[:0], None, None, np.empty(0), {"examples": 0, "problem": str(error)})
    images = replies.read_images(rows)
    residual, floor = (relative_residual(images, one) for one in drawn)
    summary = {"examples": int(np.isfinite(residual).sum()), "failed": int(np.isnan(residual).sum()),
               "residual": _median(residual, seed), "residual_of_truth": _median(floor, seed)}
    return Redrawn(rows, *drawn, residual, summary)


def relative_residual(images, drawn):
    """Return the root mean square of image - drawn, as a share of that of image - its median, (n,).

    Parameters
    ----------
    images, drawn : (n, ..., C) array-like
        Pixels without a value in either have no part; NaN where none has one.
    """
    images, drawn = (np.asarray(one, float).reshape(len(one), -1) for one in (images, drawn))
    known = np.isfinite(images) & np.isfinite(drawn)
    found = np.full(len(images), np.nan)
    for row, mask in enumerate(known):
        if mask.any():
            image = images[row, mask]
            size = np.sqrt(np.mean((image - np.median(image)) ** 2))
            if size > 0:
                found[row] = np.sqrt(np.mean((image - drawn[row, mask]) ** 2)) / size
    return found


def _median(values, seed):
    values = values[np.isfinite(values)]
    if not len(values):
        return {"value": None, "low": None, "high": None}
    low, high = bootstrap(lambda _, some: np.median(some), np.zeros(len(values), int), values, seed=seed)
    return {"value": float(np.median(values)), "low": float(low), "high": float(high)}
