"""No score for an image without a value: the network would give it that of an empty sky."""

import numpy as np

from otrain.bundle.outputs import Answers
from otrain.data.cubes.table import NO_VALUE

__all__ = ["unscored"]

PROBED = 32  # pixels of an image that are looked at first


def unscored(images, scores):
    """Return scores with NaN where an image has no value at all.

    Parameters
    ----------
    images : (N, ..., C) ndarray or Answers
        `Answers` come from images that were looked at already.
    scores : (N, ...) float ndarray

    Returns
    -------
    (N, ...) float ndarray

    Examples
    --------
    >>> unscored(np.array([[[np.nan], [0.5]], [[np.nan], [np.inf]]]), np.array([0.2, 0.01]))
    array([0.2, nan])
    """
    if isinstance(images, Answers) or not len(images):
        return scores
    flat = np.reshape(images, (len(images), -1))
    step = max(1, flat.shape[1] // PROBED)
    empty = np.flatnonzero(~_have_value(flat[:, ::step]))
    empty = empty[~_have_value(flat[empty])]  # of the few images without a value among the first pixels
    if len(empty):
        scores = np.array(scores, float)
        scores[empty] = np.nan
    return scores


def _have_value(flat):
    return (np.abs(flat) < NO_VALUE).any(axis=1)  # false for NaN as well
