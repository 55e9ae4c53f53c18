"""The heat maps that otrain-grad-cam wrote, for the candidates of a report."""

from collections import Counter

import numpy as np

from otrain.data.results.heat_maps import read_heat_maps
from otrain.errors import UsageError

__all__ = ["stored_maps"]


def stored_maps(path, columns, count):
    """Return a function that gives the heat map of each of some candidates.

    Parameters
    ----------
    path : path-like
        ``heat_maps.npz`` of otrain-grad-cam.
    columns : dict of str to (count,) ndarray
        Of the candidates; ``file`` and ``candid`` together tell which is which.
    count : int
        Number of candidates.

    Returns
    -------
    callable
        ``explain(rows) -> (len(rows), H, W)``; all 0, which draws nothing, where there is no map or
        the name stands for several candidates.

    Raises
    ------
    UsageError
        If no candidate has a map.
    """
    stored = read_heat_maps(path)
    maps = stored.pop("maps")
    place = _places(stored, len(maps))
    ours = _places(columns, count)
    of_row = {row: place[key] for key, row in ours.items() if key in place}
    if not of_row:
        raise UsageError(f"{path}: the heat maps are of other candidates. Make them with otrain-grad-cam "
                         "from the same cube.")

    def explain(rows):
        blank = np.zeros(maps.shape[1:], maps.dtype)
        return np.stack([maps[of_row[row]] if row in of_row else blank for row in map(int, rows)])

    return explain


def _places(columns, count):
    """Row of each name that stands for one candidate alone."""
    empty = np.full(count, "")
    keys = list(zip(*(columns.get(name, empty).tolist() for name in ("file", "candid")), strict=True))
    often = Counter(keys)
    return {key: row for row, key in enumerate(keys) if often[key] == 1}
