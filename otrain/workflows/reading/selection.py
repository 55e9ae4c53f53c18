"""Which rows become the data cube: no image under two labels, and the asked-for share of one class."""

import hashlib

import numpy as np

from otrain.errors import DataError, UsageError

__all__ = ["draw", "identical_groups", "parse_fraction", "split_conflicts", "wanted_counts"]


def parse_fraction(text):
    """Return the true fraction from 0 to 1, or None for ``all`` and -1: keep everything.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if str(text).strip().lower() in ("all", "-1", "-1.0"):
        return None
    try:
        fraction = float(text)
    except ValueError:
        fraction = float("nan")
    if not 0 <= fraction <= 1:
        raise UsageError(f"--frac-true must lie between 0 and 1, or be 'all'. Received: {text}.")
    return fraction


def identical_groups(digests):
    """Return the groups of rows whose pixels are the same, as a list of row arrays.

    Parameters
    ----------
    digests : (N, 32) uint8 ndarray
    """
    words = np.ascontiguousarray(digests).view(np.uint64)[:, :2]  # 128 bits tell images apart
    order = np.lexsort((np.arange(len(words)), words[:, 1], words[:, 0]))
    same = (words[order[1:]] == words[order[:-1]]).all(axis=1)
    edges = np.flatnonzero(~same) + 1
    return [group for group in np.split(order, edges) if len(group) > 1]


def split_conflicts(groups, labels):
    """Split groups of identical images into those of one label and those of several.

    Returns
    -------
    harmless, conflicting : list of (k,) int ndarray
    """
    harmless = [group for group in groups if len(set(labels[group].tolist())) == 1]
    return harmless, [group for group in groups if len(set(labels[group].tolist())) > 1]


def wanted_counts(n_true, n_false, fraction):
    """Return how many true and false candidates give the largest cube of a true fraction.

    Raises
    ------
    DataError
        If the fraction needs a class of which there is nothing.

    Examples
    --------
    >>> wanted_counts(1000, 5000, 0.25)
    (1000, 3000)
    """
    if (fraction > 0 and not n_true) or (fraction < 1 and not n_false):
        raise DataError(f"a true fraction of {fraction:g} cannot be met with {n_true} true and "
                        f"{n_false} false candidates. Give both classes, or keep what there is "
                        "with --frac-true all.")
    total = int(min(n_true / fraction if fraction else np.inf,
                    n_false / (1 - fraction) if fraction < 1 else np.inf) + 1e-9)
    wanted = min(n_true, round(total * fraction))
    return wanted, min(n_false, total - wanted)


def draw(rows, count, names, seed):
    """Return `count` of the rows, drawn by a seeded hash of their names, in row order.

    The place of a candidate in the draw depends on its own name and the seed
    alone, not on the order of the directory.

    Parameters
    ----------
    rows : (K,) int ndarray
    count : int
    names : callable
        ``names(row) -> str``.
    seed : int
    """
    if count >= len(rows):
        return rows
    keys = [hashlib.sha256(f"{seed}\0{names(row)}".encode("utf-8", "surrogatepass")).digest()
            for row in rows.tolist()]
    order = sorted(range(len(rows)), key=keys.__getitem__)
    return np.sort(rows[order[:count]])
