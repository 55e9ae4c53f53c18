"""One class against all others: how figures and tables of two classes serve any number of them."""

import numpy as np

from otrain.data.results.predictions import Predictions
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["against_rest", "called_classes", "focus_of"]

TINY = 1e-300  # a probability of 0 has no log odds


def against_rest(predictions, index):
    """Return predictions of one class (1) against the rest (0).

    Parameters
    ----------
    predictions : Predictions
        With scores (N,) of class 1 of two, which are given back as they are, or (N, K).
    index : int
        Of the class.

    Returns
    -------
    Predictions
        With scores and logits (N,); the logit is the log odds of the calibrated score.
        A label that is not known (below 0, or no class) becomes -1.
    """
    scores = np.asarray(predictions.scores)
    if scores.ndim == 1:
        return predictions
    known = (predictions.labels >= 0) & (predictions.labels < scores.shape[1])
    mine = scores[:, index]
    odds = np.log(np.maximum(mine, TINY)) - np.log(np.maximum(1 - mine, TINY))
    return Predictions(predictions.columns, np.where(known, predictions.labels == index, -1), odds, mine,
                       predictions.subset, predictions.meta)


def focus_of(classes, name=None):
    """Return the index of the class that stands against the rest: by default the second of two or more.

    Raises
    ------
    UsageError
        If there is no class of that name.
    """
    if name is None:
        return 1
    if name not in classes:
        raise UsageError(f"unknown class {name!r}.{nearest(name, classes)} Known: {', '.join(classes)}.")
    return list(classes).index(name)


def called_classes(scores, threshold):
    """Return the index of the class that each example is called, (N,) int.

    Parameters
    ----------
    scores : (N,) or (N, K) ndarray
        Of class 1 of two, which is called from `threshold` on; or of every class, of which the
        highest is called.
    threshold : float
    """
    scores = np.asarray(scores)
    return (scores >= threshold).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
