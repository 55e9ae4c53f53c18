"""The class of each pixel: what a network says of it, what is true, and how well both agree."""

import numpy as np

from otrain.evaluation.points import PointCounts

__all__ = ["count_pixels", "pixel_probabilities", "true_classes"]

AT_ONCE = 32 << 20  # bytes of examples that are read together


def pixel_probabilities(raw, settings, classes):
    """Return the probability of every class but the first at each pixel.

    Parameters
    ----------
    raw : (N, H, W, units) ndarray
        Logits: one for two classes, else one a class.
    settings : ImageSettings
    classes : sequence of str

    Returns
    -------
    (N, H, W, K - 1) float64 ndarray
    """
    scores = settings.calibration.apply(np.asarray(raw, float))
    return scores if len(classes) == 2 else scores[..., 1:]


def true_classes(examples, channel):
    """Return the true class of each pixel, (N, H, W); NaN where it, or the first channel, is not known."""
    known = np.isfinite(examples[..., channel]) & np.isfinite(examples[..., 0])
    return np.where(known, examples[..., channel], np.nan)


def count_pixels(replies, settings, channel, on_progress):
    """Compare the probabilities of pixels with their true classes, subset by subset.

    Parameters
    ----------
    replies : Replies
    settings : ImageSettings
    channel : int
        Of the cube, with the class of each pixel.
    on_progress : callable

    Returns
    -------
    dict of str to dict of str to PointCounts
        By subset and class.
    """
    cube, classes = replies.cube, replies.cube.classes
    counts = {name: {kind: PointCounts(threshold=settings.threshold) for kind in classes[1:]}
              for name in np.unique(replies.subset).tolist()}
    size = max(1, AT_ONCE // (4 * int(np.prod(cube.shape))))
    for start in range(0, len(replies), size):
        some = slice(start, min(start + size, len(replies)))
        truth = true_classes(cube.read(replies.rows[some]), channel).reshape(some.stop - start, -1)
        probability = pixel_probabilities(replies.raw[some], settings, classes)
        probability = probability.reshape(len(truth), -1, len(classes) - 1)
        names = np.arange(start, some.stop).astype(str)
        for index, kind in enumerate(classes[1:]):
            target = np.where(np.isfinite(truth), truth == index + 1, np.nan)
            for name in counts:
                mine = replies.subset[some] == name
                if mine.any():
                    counts[name][kind].add(names[mine], target[mine], probability=probability[mine, :, index])
        on_progress(some.stop, len(replies))
    return counts
