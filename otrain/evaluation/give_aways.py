"""What has nothing to do with a source and tells the classes of images all the same: fills, borders, masks.

A network learns the shortest way to the answer. If the images of one class were cut near the edges of
a detector, masked in another way or filled with a constant, that is the shortest way.
"""

from itertools import combinations

import numpy as np

from otrain.evaluation.metrics import roc_auc

__all__ = ["AREAS", "find_give_aways", "masked_areas", "measure_margins"]

AREAS = 8  # areas a side in which masks are compared
_LEAST = 0.3  # distance of an area under the ROC curve, or of a share, from that of no difference
_SURE = 4.0  # standard errors
_FEWEST = 5  # of a class

# How far the medians of two classes must be apart: sources reach the border of an image too, a little.
_APART = {"masked": 0.0, "repeated": 0.01, "border_level": 1.0, "border_spread": 0.4}

_WORDS = {
    "masked": "the share of pixels without a value",
    "repeated": "the share of pixels that have one and the same value, as a fill value has",
    "border_level": "the level of the outermost pixels",
    "border_spread": "the scatter of the outermost pixels",
}


def measure_margins(images, finite, median, sigma):
    """Return what is odd about the values and the border of each image.

    Parameters
    ----------
    images : (n, H, W, C) float32 ndarray
    finite : (n, H, W, C) bool ndarray
        Pixels that have a value.
    median, sigma : (n, C) ndarray
        Of each channel, see `otrain.evaluation.image_checks.levels`.

    Returns
    -------
    dict of str to (n,) ndarray
        ``repeated``: share of pixels with the value of the next one in their row, the largest of all
        channels; ``border_level``: median of the outermost pixels minus that of all [sigma], of the channel
        where it is farthest; ``border_spread``: scatter of the outermost pixels over that of all, of the
        channel where it is least. NaN where no pixel at the border has a value.
    """
    count = images.shape[0]
    same = (images[:, :, 1:] == images[:, :, :-1]).sum(axis=(1, 2)) / (images.shape[1] * images.shape[2])
    sides = [(slice(0, 1), slice(None)), (slice(-1, None), slice(None)),
             (slice(1, -1), slice(0, 1)), (slice(1, -1), slice(-1, None))]
    ring = np.concatenate([np.where(finite[:, rows, columns], images[:, rows, columns], np.float32(np.nan))
                           .reshape(count, -1, images.shape[-1]) for rows, columns in sides], axis=1)
    known = ~np.isnan(ring)
    enough = np.count_nonzero(known, axis=1) > 3
    low, middle, high = _quartiles(ring, known)
    scale = np.maximum(sigma, 1e-30)
    level = np.where(enough, np.clip((middle - median) / scale, -1e6, 1e6), np.nan)
    spread = np.where(enough, np.clip((high - low) / 1.349 / scale, 0, 1e6), np.nan)
    far = np.nan_to_num(np.abs(level)).argmax(axis=1)
    least = np.nan_to_num(spread, nan=np.inf).min(axis=1)
    return {"repeated": same.max(axis=1), "border_level": level[np.arange(count), far],
            "border_spread": np.where(enough.all(axis=1), least, np.nan)}


def _quartiles(values, known):
    """Return the quartiles along the second axis of those that are known; 0 where none is."""
    ordered = np.sort(values, axis=1)  # NaN last
    last = np.maximum(np.count_nonzero(known, axis=1) - 1, 0)
    ranks = [np.rint(part * last).astype(int)[:, None] for part in (0.25, 0.5, 0.75)]
    return [np.nan_to_num(np.take_along_axis(ordered, rank, axis=1)[:, 0].astype(float)) for rank in ranks]


def masked_areas(finite):
    """Return in which of 8x8 areas each image has pixels without a value, (n, 8) uint8: a bit for each area.

    Parameters
    ----------
    finite : (n, H, W, C) bool ndarray
    """
    masked = ~finite.all(axis=-1)
    rows = np.minimum(np.arange(masked.shape[1]) * AREAS // masked.shape[1], AREAS - 1)
    columns = np.minimum(np.arange(masked.shape[2]) * AREAS // masked.shape[2], AREAS - 1)
    areas = np.zeros((len(masked), AREAS, AREAS), bool)
    image, row, column = np.nonzero(masked)
    areas[image, rows[row], columns[column]] = True
    return np.packbits(areas.reshape(len(masked), -1), axis=1)


def find_give_aways(measured, labels, classes):
    """Return, in words, what tells two classes apart that has nothing to do with a source.

    Parameters
    ----------
    measured : dict of str to (N, ...) ndarray
        ``masked repeated border_level border_spread mask_areas``; what is absent is not looked at.
    labels : (N,) int ndarray
        -1 where the class is not known.
    classes : tuple of str

    Returns
    -------
    list of str
        A value that tells two classes apart with an area under the ROC curve beyond 0.8 (or below 0.2), by
        four standard errors, or an area that is masked in 30 points more of one class than of the other.
    """
    found = []
    for first, second in combinations(range(len(classes)), 2):
        rows = [np.flatnonzero(labels == label) for label in (first, second)]
        if min(map(len, rows)) < _FEWEST:
            continue
        between = f"{classes[first]} from {classes[second]}"
        for name, words in _WORDS.items():
            values = [measured[name][part] for part in rows] if name in measured else None
            if values is not None and (area := _told_apart(*values, _APART[name])) is not None:
                found.append(f"{words} tells {between} (area under the ROC curve {area:.2f})")
        areas = [measured["mask_areas"][part] for part in rows] if "mask_areas" in measured else None
        if areas is not None and (shares := _masked_apart(*areas)):
            found.append(f"the place of the masked pixels tells {between} (one area is masked in "
                         f"{100 * shares[0]:.0f} and {100 * shares[1]:.0f} % of them)")
    return found


def _told_apart(first, second, apart):
    """Return the area under the ROC curve of a value that tells two classes, None if it does not."""
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    if min(len(first), len(second)) < _FEWEST:
        return None
    if abs(np.median(first) - np.median(second)) < apart:
        return None
    area = roc_auc(np.r_[np.zeros(len(first), int), np.ones(len(second), int)], np.r_[first, second])
    error = np.sqrt((len(first) + len(second) + 1) / (12 * len(first) * len(second)))
    return max(area, 1 - area) if abs(area - 0.5) > max(_LEAST, _SURE * error) else None


def _masked_apart(first, second):
    """Return the shares of two classes with masked pixels where they differ most, None if little."""
    shares = [np.unpackbits(part, axis=1).mean(axis=0) for part in (first, second)]
    area = int(np.abs(shares[0] - shares[1]).argmax())
    one, other = (float(share[area]) for share in shares)
    both = (one * len(first) + other * len(second)) / (len(first) + len(second))
    error = np.sqrt(both * (1 - both) * (1 / len(first) + 1 / len(second)))
    return (one, other) if abs(one - other) > max(_LEAST, _SURE * error) else None
