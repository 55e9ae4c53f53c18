"""Starts of the fit of one lens: draws of the network's posterior, wider ones, and sources traced back."""

import numpy as np
from scipy.ndimage import gaussian_filter

__all__ = ["choose_starts", "spread_draws"]

WIDER = 3.0  # times the network's standard deviation, for a part of the draws
_BRIGHTEST = 250  # pixels that are traced back


def spread_draws(draws, prior, rng):
    """Return candidates: draws as they are, wider ones, and some with an Einstein radius of the whole range.

    Parameters
    ----------
    draws : (D, P) ndarray
        Of the network's posterior, in the numbers of the fit.
    prior : Prior
    rng : numpy.random.Generator

    Returns
    -------
    (3 D, P) ndarray
        Within the ranges of the prior.
    """
    middle = np.median(draws, axis=0)
    wide = middle + (draws[rng.permutation(len(draws))] - middle) * WIDER
    anywhere = middle + (draws[rng.permutation(len(draws))] - middle) * WIDER
    radius, e1, e2 = (prior.names.index(name) for name in ("log_theta_e", "e1", "e2"))
    anywhere[:, radius] = np.log(rng.uniform(*prior.theta_e, len(draws)))
    largest = (1 - prior.ratio[0]) / (1 + prior.ratio[0])
    length, angle = largest * rng.uniform(0, 1, len(draws)), rng.uniform(0, 2 * np.pi, len(draws))
    anywhere[:, e1], anywhere[:, e2] = length * np.cos(angle), length * np.sin(angle)
    return prior.clip(np.concatenate([draws, wide, anywhere]))


def choose_starts(forward, pixels, prior, candidates, count):
    """Return the most promising candidates that differ from each other.

    Each candidate is tried as it is and with the source where the brightest pixels come from if its lens
    is right.

    Parameters
    ----------
    forward : LensForward
    pixels : Pixels
    prior : Prior
    candidates : (N, P) ndarray
    count : int

    Returns
    -------
    (S, P) ndarray
        S is at most `count`.
    """
    every = np.concatenate([candidates, prior.clip(_traced_back(forward, pixels, candidates))])
    _, chi2, _ = pixels.judge(pixels.whiten(forward.images(every)))
    radius = every[:, forward.column("log_theta_e")]
    shape = every[:, [forward.column("e1"), forward.column("e2")]]
    place = every[:, [forward.column("x_source"), forward.column("y_source")]] / np.exp(radius)[:, None]
    chosen = []
    for row in np.argsort(chi2, kind="stable"):
        near = [abs(radius[row] - radius[one]) < 0.08 and np.hypot(*(place[row] - place[one])) < 0.15
                and np.hypot(*(shape[row] - shape[one])) < 0.08 for one in chosen]
        if not any(near):
            chosen.append(row)
        if len(chosen) == count:
            break
    return every[chosen]


def _traced_back(forward, pixels, vectors):
    """Return vectors with position and size of the source from the brightest pixels."""
    size = forward.size
    bright = gaussian_filter(np.where(pixels.weight > 0, pixels.image * pixels.weight, 0), 1.0)
    bright = bright - np.median(bright)
    chosen = np.argsort(bright.ravel())[-min(_BRIGHTEST, bright.size // 8):]
    weight = np.maximum(bright.ravel()[chosen], 0) + 1e-9
    x = (chosen % size - size / 2)[None, None].astype(np.float32)
    y = (size / 2 - chosen // size)[None, None].astype(np.float32)
    ax, ay = forward.lens(vectors).deflection(x, y)
    found, one = vectors.copy(), forward.column
    back = [(x - ax)[:, 0] - vectors[:, [one("x_lens")]], (y - ay)[:, 0] - vectors[:, [one("y_lens")]]]
    middle = [(part * weight).sum(axis=1) / weight.sum() for part in back]
    spread = [((part - mean[:, None]) ** 2 * weight).sum(axis=1) / weight.sum()
              for part, mean in zip(back, middle)]
    found[:, one("x_source")], found[:, one("y_source")] = middle
    found[:, one("log_size")] = 0.5 * np.log(np.maximum(sum(spread) / 2, 0.25))
    return found
