"""Changes of training curves that leave what is true of them true: time backwards, moved, with further gaps.

Each takes whole batches ``(curves, targets, weights, rng)`` and returns the first
three; a point that moves takes its class and its weight along.
"""

import numpy as np

__all__ = ["AUGMENTATIONS", "WHOLE", "add_gaps", "reverse_time", "shift"]

MOST_GAPS = 3
LONGEST_GAP = 0.05  # of the curve; 4.5 d of a quarter


def reverse_time(curves, targets, weights, rng):
    """Turn half of the curves around: transits are symmetric to a few percent of their duration.

    Parameters
    ----------
    curves : (n, L, C) ndarray
    targets : (n, L, K) ndarray
    weights : (n, L) ndarray
    rng : Generator
    """
    turned = rng.random(len(curves)) < 0.5
    return tuple(np.where(turned.reshape(-1, *[1] * (part.ndim - 1)), part[:, ::-1], part)
                 for part in (curves, targets, weights))


def shift(curves, targets, weights, rng):
    """Move each curve by any number of points; what leaves at one end comes back at the other.

    The seam is marked by a point without a value, so that no step of flux is invented.
    """
    n, length = weights.shape
    by = rng.integers(length, size=n)
    place = (np.arange(length)[None, :] + by[:, None]) % length
    curves = np.take_along_axis(curves, place[..., None], axis=1)
    targets = np.take_along_axis(targets, place[..., None], axis=1)
    weights = np.take_along_axis(weights, place, axis=1)
    seam = place == 0
    curves[seam] = np.nan
    weights[seam] = 0
    return curves, targets, weights


def add_gaps(curves, targets, weights, rng):
    """Take up to three pieces out of each curve, each up to a twentieth of it."""
    curves, weights = curves.copy(), weights.copy()
    length = weights.shape[1]
    longest = max(1, int(LONGEST_GAP * length))
    for curve, weight in zip(curves, weights):
        for _ in range(rng.integers(MOST_GAPS + 1)):
            start, width = rng.integers(length), 1 + int(longest * rng.random() ** 2)
            curve[start:start + width] = np.nan
            weight[start:start + width] = 0
    return curves, targets, weights


AUGMENTATIONS = {"reverse": reverse_time, "shift": shift, "gaps": add_gaps}


def _of_curves_alone(change):
    """Return a change of curves of which only the whole has an answer."""
    def changed(curves, targets, weights, rng):
        points = np.ones(curves.shape[:2], np.float32)
        return change(curves, points[..., None], points, rng)[0], targets, weights

    return changed


WHOLE = {name: _of_curves_alone(change) for name, change in AUGMENTATIONS.items()}
