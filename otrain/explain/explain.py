"""Heat maps of any number of cutouts, batch by batch, by any explainer of the catalogue."""

import numpy as np

from otrain.catalogue import EXPLAINERS
from otrain.errors import IntegrityError
from otrain.explain.network import as_list

__all__ = ["explain"]


def explain(network, batch, towards, *, method="grad-cam", seed=0):
    """Return one heat map for each cutout.

    Parameters
    ----------
    network : CutNetwork
    batch : (N, H, W, C) or (N, L, C) ndarray, or list of one array per input
        Pixels without a value are NaN.
    towards : (N,) int ndarray
        Class that the heat is to speak for; usually the one that was called.
    method : str
        Name in the catalogue of explainers.
    seed : int
        Of the methods that draw noise.

    Returns
    -------
    (N, H, W) or (N, L) float32 ndarray
        Finite, not negative; the unit is that of the method, so compare shapes and not values.

    Raises
    ------
    UsageError
        If there is no such method, or the network has no layer that it needs.
    IntegrityError
        If a map is not finite.
    """
    explainer = EXPLAINERS.load(method)
    arrays, towards = as_list(batch), np.asarray(towards)
    maps = np.empty((len(towards), *network.image_shape[:-1]), np.float32)
    for start in range(0, len(towards), network.batch):
        some = slice(start, start + network.batch)
        maps[some] = explainer(network, [x[some] for x in arrays], towards[some], seed=seed)
    if not np.isfinite(maps).all():
        raise IntegrityError(f"{method} gives maps that are not finite. Train the network again, or choose "
                             "another --method.")
    return maps
