"""Pairs of places within two arcseconds of each other on the sky, by cells on the unit sphere."""

import numpy as np

__all__ = ["SAME_PLACE", "close_on_sky"]

SAME_PLACE = 2.0  # arcsec; detections of one object scatter less, neighbours rarely come closer
_CROWD = 64  # places in 2 arcsec; no field is so dense
_ROWS = 1 << 16  # places whose neighbours are sought together


def close_on_sky(ra, dec):
    """Yield pairs of places within `SAME_PLACE` of each other.

    Parameters
    ----------
    ra, dec : (N,) ndarray
        Of distinct places [deg], all on the sky.

    Yields
    ------
    here, there : (k,) int ndarray
        Together they join all places that are near each other, directly or through others.
    """
    limit = 2 * np.sin(np.radians(SAME_PLACE / 3600) / 2)
    packed = np.empty(len(ra), np.int64)
    for start in range(0, len(ra), _ROWS):
        some = slice(start, start + _ROWS)
        packed[some] = _packed(np.floor(_on_sphere(ra[some], dec[some]) / limit).astype(np.int64))
    order = np.argsort(packed, kind="stable")
    ordered = packed[order]
    if (ordered[_CROWD:] == ordered[:-_CROWD]).any():
        crowded, stand_in = _thinned(ra, dec, limit, order, ordered)
        yield crowded, stand_in
        kept = np.ones(len(ra), bool)
        kept[crowded] = False
        order = order[kept[order]]
        ordered = packed[order]
    del packed
    for start in range(0, len(order), _ROWS):
        yield from _neighbours(ra, dec, limit, order, ordered, order[start:start + _ROWS])


def _on_sphere(ra, dec):
    """Return places on the unit sphere, (n, 3), from degrees."""
    longitude, latitude = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude),
                     np.sin(latitude)], axis=1)


def _neighbours(ra, dec, limit, order, ordered, here):
    """Yield pairs of some places with those within `limit`; `order` sorts all by their cell, `ordered`."""
    place = _on_sphere(ra[here], dec[here])
    cells = np.floor(place / limit).astype(np.int64)
    steps = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)
    for step in steps[len(steps) // 2:]:  # the other half is the same pairs reversed
        wanted = _packed(cells + step)
        first, last = np.searchsorted(ordered, wanted), np.searchsorted(ordered, wanted, side="right")
        count = last - first
        mine = np.repeat(np.arange(len(here)), count)
        offset = np.arange(len(mine)) - np.repeat(np.cumsum(count) - count, count)
        there = order[np.repeat(first, count) + offset]
        other = there != here[mine]
        mine, there = mine[other], there[other]
        near = ((place[mine] - _on_sphere(ra[there], dec[there])) ** 2).sum(axis=1) <= limit**2
        if near.any():
            yield here[mine[near]], there[near]


def _thinned(ra, dec, limit, order, ordered):
    """Return the places in crowds that another one stands for, and that other one.

    The pairs within a crowd grow with its square. There, all within an eighth of `limit` are one.
    """
    _, which, size = np.unique(ordered, return_inverse=True, return_counts=True)
    crowd = np.sort(order[size[which] > _CROWD])
    fine = np.floor(_on_sphere(ra[crowd], dec[crowd]) / (limit / 8)).astype(np.int64)
    _, first, which = np.unique(fine, axis=0, return_index=True, return_inverse=True)
    stand_in = crowd[first][which.reshape(-1)]
    return crowd[stand_in != crowd], stand_in[stand_in != crowd]


def _packed(cells):
    """Return one number per cell; 21 bits hold 2 / limit = 206,265 cells an axis."""
    a, b, c = (cells + (1 << 20)).T
    return (a << 42) | (b << 21) | c
