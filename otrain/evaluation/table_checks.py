"""What the columns of a data cube say before training: fill values, gaps, lopsided nights and bands."""

import numpy as np

from otrain.evaluation.intervals import wilson_interval

__all__ = ["balance", "missing_shares", "nights", "unknown_magnitudes"]

FILLS = (99.0, -99.0, 99.9, 99.99, -99.9, -99.99, 999.0, -999.0, -9999.0)  # mag; "not known"
_MOST = 400  # values of a column that are listed
_FEWEST = 20  # candidates before a share says anything
_ODDS = 4.0  # a value whose odds of a class differ by more from those of the cube tells the label


def unknown_magnitudes(values):
    """Return where a magnitude is a fill value in place of NaN, (N,) bool."""
    return np.isin(np.asarray(values, float), FILLS)


def nights(mjd):
    """Return the night of each exposure as the MJD of the day it began on; NaN where unknown.

    The day is cut in the middle of the longest time of day without an exposure, so
    that a night of any observatory stays whole.

    Parameters
    ----------
    mjd : (N,) ndarray
        Modified Julian date, UTC [d].

    Examples
    --------
    >>> nights([60000.9, 60001.1, 60001.9, np.nan]).tolist()
    [60000.0, 60000.0, 60001.0, nan]
    """
    mjd = np.asarray(mjd, float)
    times = np.unique(mjd[np.isfinite(mjd)] % 1)
    if not len(times):
        return np.full(len(mjd), np.nan)
    gaps = np.diff(np.append(times, times[0] + 1))
    longest = int(gaps.argmax())
    cut = (times[longest] + gaps[longest] / 2) % 1
    return np.floor(mjd - cut)


def balance(values, labels, classes):
    """Return the number of each class for each value of a column.

    Parameters
    ----------
    values : (N,) ndarray
        Text, or numbers; ``""`` and NaN are left out.
    labels : (N,) int ndarray
        Index of the class; others are left out.
    classes : sequence of str
        In label order.

    Returns
    -------
    list of dict
        ``value counts lopsided``, in order of the value, of the 400 commonest; ``counts`` by class;
        ``lopsided``: with 95 % confidence the odds of a class differ by more than a factor 4 from
        those of all.
    """
    values, labels = np.asarray(values), np.asarray(labels)
    known = values != "" if values.dtype.kind == "U" else np.isfinite(values)
    known &= np.isin(labels, range(len(classes)))
    names, which = np.unique(values[known], return_inverse=True)
    total = np.bincount(which, minlength=len(names))
    counts = [np.bincount(which[labels[known] == index], minlength=len(names))
              for index in range(len(classes))]
    apart = np.zeros(len(names), bool)
    for mine in counts[1:] if len(classes) == 2 else counts:  # of two classes one tells of the other
        apart |= _apart(mine, total)
    shown = np.sort(np.argsort(-total, kind="stable")[:_MOST])
    return [{"value": _plain(names[i]), "lopsided": bool(apart[i]),
             "counts": {name: int(mine[i]) for name, mine in zip(classes, counts, strict=True)}}
            for i in shown]


def _apart(mine, total):
    """Return for which values the odds of a class are not those of all."""
    odds = mine.sum() / max(1, total.sum() - mine.sum())
    low, high = wilson_interval(mine, total)
    apart = (low / np.maximum(1 - low, 1e-9) > _ODDS * odds) | (
        high / np.maximum(1 - high, 1e-9) < odds / _ODDS)
    return apart & (total >= _FEWEST) & (0 < mine.sum() < total.sum())


def _plain(value):
    return str(value) if isinstance(value, str) else int(value)


def missing_shares(columns, labels, classes):
    """Return how much of each column is missing.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
        Missing: NaN, ``""`` or -1; a logical is never missing.
    labels : (N,) int ndarray
    classes : sequence of str
        In label order.

    Returns
    -------
    list of dict
        ``column share shares``: of all, and of each class; None without examples.
    """
    rows = []
    for name, values in columns.items():
        if values.dtype.kind == "b":
            continue
        gone = values == "" if values.dtype.kind == "U" else (
            np.isnan(values) if values.dtype.kind == "f" else values == -1)
        rows.append({"column": name, "share": _mean(gone), "shares": {
            of: _mean(gone[labels == index]) for index, of in enumerate(classes)}})
    return rows


def _mean(mask):
    return float(mask.mean()) if len(mask) else None
