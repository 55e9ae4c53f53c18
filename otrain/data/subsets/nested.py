"""Smaller and larger parts of a split, each contained in the next larger one."""

import dataclasses

import numpy as np

from otrain.errors import UsageError

__all__ = ["nested_splits"]


def nested_splits(split, strata, fractions, *, seed=0):
    """Return one split for each fraction of the training and the validation subset.

    Within each stratum, whole groups are put into a seeded order and a fraction
    takes the first of them: a smaller part lies in every larger one, and has the
    same share of each stratum as far as whole groups allow. Every part keeps at
    least one group per stratum that the subset has. Test is the same for all.

    Parameters
    ----------
    split : Split
    strata : (N,) int ndarray
        Stratum of every row of the cube, such as its class.
    fractions : sequence of float
        Between 0 (excluded) and 1 (all of both subsets).
    seed : int or sequence of int
        Of the order; another seed gives another family of parts.

    Returns
    -------
    list of Split

    Raises
    ------
    UsageError
        If a fraction is not between 0 and 1.
    """
    for fraction in fractions:
        if not 0 < fraction <= 1:
            raise UsageError(f"a fraction must lie between 0 and 1. Received: {fraction}.")
    rng = np.random.default_rng(seed)
    subsets = {name: _parts(getattr(split, name), strata, split.groups, fractions, rng)
               for name in ("train", "validation")}
    return [dataclasses.replace(split, train=train, validation=validation)
            for train, validation in zip(subsets["train"], subsets["validation"], strict=True)]


def _parts(rows, strata, groups, fractions, rng):
    """Return the rows of each part of a subset, ascending."""
    _, first, member, size = np.unique(groups[rows], return_index=True, return_inverse=True,
                                       return_counts=True)
    # A group counts under the stratum of its first row, as when the subsets were dealt out.
    stratum = strata[rows][first]
    reached = np.empty(len(first))  # fraction from which on a group is in
    for one in np.unique(stratum):
        mine = rng.permutation(np.flatnonzero(stratum == one))
        total = size[mine].sum()
        reached[mine] = (np.cumsum(size[mine]) - size[mine] / 2) / total
        reached[mine[0]] = 0.0
    return [rows[reached[member] <= fraction] for fraction in fractions]
