"""What a network has never seen: values of judged candidates outside those of the training subset."""

import numpy as np

from otrain.evaluation.intervals import wilson_interval
from otrain.evaluation.table_checks import unknown_magnitudes

__all__ = ["edge_distance", "outside_ranges", "training_ranges"]

# Where and when a candidate was seen, and what others said of it, is not in its pixels.
_NOT_IN_THE_IMAGE = {"ra", "dec", "mjd", "survey_score"}
_TEXTS = {"band", "telescope", "source", "lens"}
_MARGINS = {"pixel_scale": 0.05}  # the same camera has another one in the corner of its field
_POSITIONS = 200  # candidates; fewer do not trace the edges of the image
_MOST = 50  # values of a text column; more of them are names


def training_ranges(columns):
    """Return the range of each numeric column, and the values of band, telescope, source and lens.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
        Of the training subset. Fill values of magnitudes count as missing.

    Returns
    -------
    dict
        By column ``low high known``, or ``values known`` for text; only columns with known values.
    """
    ranges = {}
    for name, values in columns.items():
        values = _known(name, np.asarray(values))
        if values is None or not len(values):
            continue
        if values.dtype.kind == "U":
            names = np.unique(values)
            if len(names) <= _MOST:
                ranges[name] = {"values": names.tolist(), "known": len(values)}
        else:
            ranges[name] = {"low": float(values.min()), "high": float(values.max()), "known": len(values)}
    return ranges


def outside_ranges(ranges, columns):
    """Return the ranges, and how many of other candidates lie outside them.

    Parameters
    ----------
    ranges : dict
        As `training_ranges` gives them.
    columns : dict of str to (M,) ndarray
        Of candidates that are judged.

    Returns
    -------
    dict
        By column, besides what `ranges` has: ``judged`` (candidates with a value), ``outside`` (number)
        and ``share`` (``value low high``, a 95 % interval), and ``unseen`` for text:
        the number of each value that training never had.
    """
    found = {}
    for name, entry in ranges.items():
        values = _known(name, np.asarray(columns.get(name, ())))
        values = np.empty(0) if values is None else values
        if "values" in entry:
            new, counts = np.unique(values[~np.isin(values, entry["values"])], return_counts=True)
            outside = int(counts.sum())
            more = {"unseen": dict(zip(map(str, new[:_MOST]), counts[:_MOST].tolist(), strict=True))}
        else:
            margin = _MARGINS.get(name, 0.0)
            low, high = entry["low"] * (1 - margin), entry["high"] * (1 + margin)
            outside = int(np.sum((values < low) | (values > high)))
            more = {}
        low, high = (float(edge) if len(values) else None for edge in wilson_interval(outside, len(values)))
        share = {"value": outside / len(values) if len(values) else None, "low": low, "high": high}
        found[name] = entry | {"judged": len(values), "outside": outside, "share": share} | more
    return found


def edge_distance(columns):
    """Return how far each candidate is from the edge of its image, NaN where it is not known.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
        ``x y``: position in the image [pixel].

    Returns
    -------
    (N,) ndarray
        Distance to the outermost of at least 200 positions [pixel], which stand for the edges; an
        empty array where positions are not known.
    """
    if "x" not in columns or "y" not in columns:
        return np.empty(0)
    places = np.stack([np.asarray(columns["x"], float), np.asarray(columns["y"], float)])
    known = np.isfinite(places).all(axis=0)
    if known.sum() < _POSITIONS:
        return np.empty(0)
    lowest, highest = (edge(places[:, known], axis=1, keepdims=True) for edge in (np.min, np.max))
    return np.minimum(places - lowest, highest - places).min(axis=0)


def _known(name, values):
    """Known values of a column that says something about the image, or None."""
    if name in _TEXTS:
        return values[values != ""] if values.dtype.kind == "U" else None
    if values.dtype.kind != "f" or name in _NOT_IN_THE_IMAGE:
        return None
    known = np.isfinite(values)
    if name in ("mag", "mag_err"):
        known &= ~unknown_magnitudes(values)
    return values[known]
