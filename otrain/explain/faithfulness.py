"""Do the maps mean anything? Deletion, insertion, and a network with shuffled weights.

A picture that pleases is no evidence: some methods give nearly the same map for a
network that has learnt nothing. Here pixels are taken away, or put on empty sky, in the
order of the heat, and the score is watched; and the maps are made again without what
the network has learnt.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from otrain.explain.explain import explain
from otrain.explain.sky import blank_sky

__all__ = ["ORDERS", "Curves", "area", "removal_curves", "shuffled_maps_correlation", "shuffled_weights",
           "standardised_ranks"]

ORDERS = ("heat", "random", "centre")
# Dense at the start: a candidate has one pixel in a hundred.
FRACTIONS = np.linspace(0, 1, 12) ** 2


@dataclass(frozen=True)
class Curves:
    """Scores of the called class while pixels are taken away or put back.

    Parameters
    ----------
    fractions : (F,) ndarray
        Share of the pixels that were touched, from 0 to 1.
    deletion : dict of str to (N, F) ndarray
        By order of the pixels (`ORDERS`): from the whole cutout to empty sky.
    insertion : dict of str to (N, F) ndarray
        From empty sky to the whole cutout.
    """

    fractions: np.ndarray
    deletion: dict
    insertion: dict


def removal_curves(network, images, maps, towards, *, seed=0):
    """Return how the score of a class follows pixels in the order of the heat, and in others.

    Parameters
    ----------
    network : CutNetwork
        With one input.
    images : (N, H, W, C) or (N, L, C) ndarray
    maps : (N, H, W) or (N, L) ndarray
    towards : (N,) int ndarray
        Class whose score is watched.
    seed : int
        Of the empty sky and of the random order.

    Returns
    -------
    Curves
        Orders: ``heat``, hottest first; ``random``; ``centre``, from the middle of the
        cutout outwards, which needs no network because candidates are there.

    References
    ----------
    Petsiuk, Das & Saenko 2018, https://arxiv.org/abs/1806.07421, section 4.
    """
    images, towards = np.asarray(images, np.float32), np.asarray(towards)
    sky, places = blank_sky(images, seed=seed), _places(maps, seed)
    whole, empty = network.scores(images, towards), network.scores(sky, towards)
    deletion, insertion = {}, {}
    for name in ORDERS:
        going, coming = [whole], [empty]
        for fraction in FRACTIONS[1:-1]:
            touched = (places[name] < fraction * places[name][0].size)[..., None]
            going.append(network.scores(np.where(touched, sky, images), towards))
            coming.append(network.scores(np.where(touched, images, sky), towards))
        deletion[name] = np.stack([*going, empty], axis=1)
        insertion[name] = np.stack([*coming, whole], axis=1)
    return Curves(FRACTIONS, deletion, insertion)


def area(fractions, curves):
    """Return the area under each curve, (N,): the mean score over all fractions."""
    return np.trapezoid(curves, fractions, axis=-1)


def _places(maps, seed):
    """Return the place of each pixel in each order, (N, ...) from 0; equal heat is ordered at random."""
    count, shape = len(maps), maps.shape[1:]
    rng = np.random.default_rng(seed)
    random = rng.permuted(np.tile(np.arange(np.prod(shape)), (count, 1)), axis=1)
    away = [(axis - size // 2) ** 2.0 for axis, size in zip(np.indices(shape), shape, strict=True)]
    distance = np.sqrt(sum(away)).ravel()
    keys = {"heat": -maps.reshape(count, -1), "random": random, "centre": np.tile(distance, (count, 1))}
    return {name: np.argsort(np.lexsort((random, key), axis=1), axis=1).reshape(maps.shape)
            for name, key in keys.items()}


@contextmanager
def shuffled_weights(network, *, seed=0):
    """Let a network run with the numbers of each weight array in random order, then put them back.

    Each layer keeps the distribution of its weights and loses what it has learnt; no
    initialiser is needed, which files of other programs may not name.

    Parameters
    ----------
    network : CutNetwork
    seed : int
    """
    rng, weights = np.random.default_rng(seed), network.get_weights()
    try:
        network.set_weights([rng.permutation(w.ravel()).reshape(w.shape) for w in weights])
        yield
    finally:
        network.set_weights(weights)


def shuffled_maps_correlation(network, images, maps, towards, *, method="grad-cam", seed=0):
    """Return how alike the maps are to those of the same network with shuffled weights.

    Parameters
    ----------
    network, images, maps, towards
        As for `removal_curves`.
    method : str
        That made the maps.
    seed : int

    Returns
    -------
    (N,) ndarray
        Spearman's rank correlation over the pixels of each cutout: near 0 for a method that
        shows what the network learnt, near 1 for one that shows the image. NaN where one
        of the two maps is constant.

    References
    ----------
    Adebayo et al. 2018, https://arxiv.org/abs/1810.03292.
    """
    with shuffled_weights(network, seed=seed):
        others = explain(network, images, towards, method=method, seed=seed)
    first, second = (standardised_ranks(values) for values in (maps, others))
    return np.mean(first * second, axis=1)


def standardised_ranks(maps):
    """Return the ranks of the pixels of each map, of mean 0 and deviation 1; NaN of a constant map."""
    ranks = rankdata(maps.reshape(len(maps), -1), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    width = ranks.std(axis=1, keepdims=True)
    return np.divide(ranks, width, out=np.full_like(ranks, np.nan), where=width > 0)
