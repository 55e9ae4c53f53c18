"""Score-CAM: the maps of a layer, weighted by the score of what each of them lets through."""

import numpy as np
import tensorflow as tf

from otrain.explain.sky import blank_sky

__all__ = ["score_cam"]


def score_cam(network, batch, towards, *, seed=0):
    """Return the maps of the layer, weighted without gradients (Wang et al. 2020).

    Each map, scaled to 0 to 1, is laid over the cutout as a mask: 1 keeps a pixel, 0 makes it
    empty sky. Its weight is the score of the class that is left. As many scores are needed as
    the layer has maps: 128 for the compact network.

    Parameters
    ----------
    network : CutNetwork
    batch : (n, H, W, C) ndarray, or list of one array per input
    towards : (n,) int ndarray
        Class that is asked for, for each cutout.
    seed : int
        Of the noise of the empty sky.

    Returns
    -------
    (n, H, W) float32 ndarray
        Not negative; unit: that of the layer.

    References
    ----------
    Wang et al. 2020, https://arxiv.org/abs/1910.01279.
    """
    image = np.asarray(network.image_of(batch), np.float32)
    sky = blank_sky(image, seed=seed)
    maps, _ = network.maps_and_logits(network.inputs(batch))
    maps = maps.numpy()
    weights = np.empty((len(image), maps.shape[-1]), np.float32)
    for channel in range(maps.shape[-1]):
        mask = _unit_range(network.enlarged(maps[..., channel]))[..., None]
        seen = sky + mask * (image - sky)
        weights[:, channel] = network.scores(network.with_image(batch, seen), towards)
    return network.enlarged(tf.nn.relu(np.einsum("n...k,nk->n...", maps, weights)).numpy())


def _unit_range(maps):
    places = tuple(range(1, maps.ndim))
    low, high = maps.min(axis=places, keepdims=True), maps.max(axis=places, keepdims=True)
    return (maps - low) / np.maximum(high - low, 1e-12)
