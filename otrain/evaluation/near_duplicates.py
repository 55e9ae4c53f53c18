"""Pairs of images that are almost the same, found without comparing every pair.

The noise of two images of one place differs; only copies share it. Thumbnails
are therefore clipped at 3 sigma, so that the noise of the whole image counts
for more than a bright source that all of them have in the middle.

Candidates for a pair come from signs of random projections (Charikar 2002,
STOC, 380): images that correlate by r share each sign with probability
1 - arccos(r) / pi. Only images that share 20 signs in one of 8 tables are compared.
"""

import numpy as np

__all__ = ["LEAST", "near_pairs"]

LEAST = 0.95  # correlation; unrelated noise of 256 areas reaches 0.25, two bright streaks 0.9
_TABLES, _BITS = 8, 20
_NEIGHBOURS = 8  # compared with each image in one table, however many share its signs
_CLIP = 22  # 12 asinh(3): 3 sigma in the code of `image_checks.thumbnails`
_BLOCK = 8192  # images at a time


def near_pairs(thumbs, *, least=LEAST, seed=0):
    """Return pairs of rows whose thumbnails correlate.

    Of pairs that correlate by 0.99 some 98 % are found, of identical ones all
    but those that are very common: an image is compared with 64 others at most.

    Parameters
    ----------
    thumbs : (N, D) int8 ndarray
        As `image_checks.thumbnails` makes them.
    least : float
        Smallest correlation of a pair.
    seed : int
        Of the projections.

    Returns
    -------
    pairs : (K, 2) int ndarray
        Rows ``a < b``, best correlation first.
    correlation : (K,) ndarray
    """
    keys = _keys(thumbs, np.random.default_rng(seed))
    found = np.unique(np.concatenate([_sharing(table) for table in keys]), axis=0)
    correlation = np.concatenate([np.empty(0), *(
        _correlation(thumbs, found[start:start + _BLOCK]) for start in range(0, len(found), _BLOCK))])
    good = correlation >= least
    order = np.argsort(-correlation[good], kind="stable")
    return found[good][order], correlation[good][order]


def _unit(thumbs):
    """Clipped thumbnails without mean, of length 1; zero where they are flat."""
    values = np.clip(thumbs.astype(np.float32), -_CLIP, _CLIP)
    values -= values.mean(axis=1, keepdims=True)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(length > 0, length, np.inf)


def _keys(thumbs, rng):
    """Signs of random projections, packed: (_TABLES, N) uint32."""
    directions = rng.normal(size=(thumbs.shape[1], _TABLES * _BITS)).astype(np.float32)
    places = np.uint32(1) << np.arange(_BITS, dtype=np.uint32)
    keys = np.empty((_TABLES, len(thumbs)), np.uint32)
    for start in range(0, len(thumbs), _BLOCK):
        signs = _unit(thumbs[start:start + _BLOCK]) @ directions > 0
        signs = signs.reshape(len(signs), _TABLES, _BITS)
        keys[:, start:start + _BLOCK] = (signs * places).sum(axis=2, dtype=np.uint32).T
    return keys


def _sharing(keys):
    """Pairs of rows with one key, each with its next few neighbours: (K, 2) int."""
    order = np.argsort(keys, kind="stable")
    pairs = []
    for step in range(1, min(_NEIGHBOURS, len(keys) - 1) + 1):
        same = np.flatnonzero(keys[order[step:]] == keys[order[:-step]])
        pairs.append(np.stack([order[same], order[same + step]], axis=1))
    return np.sort(np.concatenate([np.empty((0, 2), int), *pairs]), axis=1)


def _correlation(thumbs, pairs):
    return (_unit(thumbs[pairs[:, 0]]) * _unit(thumbs[pairs[:, 1]])).sum(axis=1)
