"""Against which columns errors are told: the numbers that a domain names, where a cube has them."""

import numpy as np

__all__ = ["FEWEST", "error_rows", "told_columns"]

FEWEST = 10  # examples of a bin; fewer say little
MOST = 8  # columns; 30 targets would say too much


def told_columns(replies, domain):
    """Return the columns that vary among some rows, by name: those that the domain names, then the targets.

    Parameters
    ----------
    replies : Replies
    domain : Domain
        Its `CubeRules.numbers` come first.

    Returns
    -------
    dict of str to (N,) float ndarray
    """
    found = {}
    targets = [target["column"] for target in replies.cube.meta.get("targets", ()) if "column" in target]
    for name in dict.fromkeys((*domain.cube.numbers, *targets)):
        values = np.asarray(replies.columns.get(name, ()))
        if values.dtype.kind not in "fiu" or not len(values):
            continue
        values = values.astype(float)
        known = values[np.isfinite(values)]
        if len(known) and known.min() < known.max() and len(found) < MOST:
            found[name] = values
    return found


def error_rows(column, scaled, pit, names, *, bins):
    """Return the errors in parts of a column that hold equally many examples.

    Parameters
    ----------
    column : (N,) ndarray
        Examples without a finite value are left out.
    scaled : (N, K) ndarray
        Errors in units of the standard deviation of the truth of each target.
    pit : (N, K) ndarray
    names : sequence of str
        Of the targets.
    bins : int

    Returns
    -------
    list of dict
        ``low high middle examples``, ``rmse`` and ``coverage_68`` of each target by name (None where it
        has fewer than `FEWEST` known examples), and ``mean_coverage_68``.
    """
    known = np.isfinite(column)
    if not known.any():
        return []
    edges = np.unique(np.quantile(column[known], np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, max(0, len(edges) - 2))
    rows = []
    for index in range(max(1, len(edges) - 1)):
        mine = known & (place == index)
        inside = np.where(np.isfinite(pit[mine]), np.abs(pit[mine] - 0.5) <= 0.34, np.nan)
        enough = np.isfinite(scaled[mine]).sum(axis=0) >= FEWEST
        rmse = [_mean(scaled[mine][:, k] ** 2) ** 0.5 if enough[k] else None for k in range(len(names))]
        share = [_mean(inside[:, k]) if enough[k] else None for k in range(len(names))]
        told = [one for one in share if one is not None]
        rows.append({"low": float(edges[index]), "high": float(edges[min(index + 1, len(edges) - 1)]),
                     "middle": float(np.median(column[mine])), "examples": int(mine.sum()),
                     "rmse": dict(zip(names, rmse)), "coverage_68": dict(zip(names, share)),
                     "mean_coverage_68": float(np.mean(told)) if told else None})
    return [row for row in rows if row["examples"]]


def _mean(values):
    return float(values[np.isfinite(values)].mean())
