"""Saliency and SmoothGrad: how steeply the logit changes with each pixel."""

import numpy as np
import tensorflow as tf

from otrain.explain.sky import level_and_noise

__all__ = ["saliency", "smooth_grad"]

DRAWS = 24  # noisy copies of each cutout


def saliency(network, batch, towards, *, seed=0):
    """Return the absolute gradient of the logit, the largest over the channels (Simonyan et al. 2014).

    Parameters
    ----------
    network : CutNetwork
    batch : (n, H, W, C) ndarray, or list of one array per input
    towards : (n,) int ndarray
        Class that is asked for, for each cutout.
    seed : int
        Not used.

    Returns
    -------
    (n, H, W) float32 ndarray
        Logit per unit of the image; 0 where a pixel has no value.

    References
    ----------
    Simonyan, Vedaldi & Zisserman 2014, https://arxiv.org/abs/1312.6034.
    """
    return np.abs(_gradient(network, network.inputs(batch), towards)).max(axis=-1)


def smooth_grad(network, batch, towards, *, seed=0):
    """Return the mean saliency of copies with added noise (Smilkov et al. 2017).

    The noise has the standard deviation of the sky of each channel; a share of the
    whole range, as usual for photographs, would bury the candidate beside a star.
    Parameters and result are those of `saliency`.

    References
    ----------
    Smilkov et al. 2017, https://arxiv.org/abs/1706.03825.
    """
    rng = np.random.default_rng(seed)
    image = np.asarray(network.image_of(batch), np.float32)
    _, noise = level_and_noise(image)
    total = 0
    for _ in range(DRAWS):
        noisy = image + noise * rng.standard_normal(image.shape, np.float32)
        total = total + saliency(network, network.with_image(batch, noisy), towards)
    return total / DRAWS


def _gradient(network, inputs, towards):
    image = network.image_of(inputs)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(image)
        evidence = tf.reduce_sum(network.evidence(network.logits(inputs), towards))
    gradient = tape.gradient(evidence, image).numpy()
    return np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)
