"""Grad-CAM and Grad-CAM++: the maps of a layer, weighted by what they do for the logit.

One tape records a whole batch. The logit is used instead of the score, whose
gradient vanishes where the network is sure.
"""

import tensorflow as tf

__all__ = ["class_maps", "grad_cam", "grad_cam_plus_plus"]


def grad_cam(network, batch, towards, *, seed=0):
    """Return where the maps of the layer speak for a class (Selvaraju et al. 2017).

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
        Not negative; unit: that of the layer times logit per unit of the layer.

    References
    ----------
    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391, eq. 1 and 2.
    """
    return network.enlarged(class_maps(network, batch, towards))


def grad_cam_plus_plus(network, batch, towards, *, seed=0):
    """Return Grad-CAM with weights that let several places of one kind count each.

    Parameters and result are those of `grad_cam`.

    References
    ----------
    Chattopadhay et al. 2018, https://arxiv.org/abs/1710.11063, eq. 10 and 19.
    """
    return network.enlarged(class_maps(network, batch, towards, weigh=_pixel_weights))


def class_maps(network, batch, towards, *, weigh=None):
    """Return Grad-CAM at the size of the layer, (n, h, w); parameters are those of `grad_cam`.

    Parameters
    ----------
    weigh : callable, optional
        ``weigh(maps, gradients) -> (n, 1, 1, K)``, for curves (n, 1, K); by default the mean gradient.
    """
    inputs = network.inputs(batch)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        maps, logits = network.maps_and_logits(inputs, watch=tape.watch)
        evidence = tf.reduce_sum(network.evidence(logits, towards))
    gradients = tape.gradient(evidence, maps)
    weights = (weigh or _mean_gradient)(maps, gradients)
    return tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1)).numpy()


def _mean_gradient(maps, gradients):
    return tf.reduce_mean(gradients, axis=_places(gradients), keepdims=True)


def _places(maps):
    """Axes between that of the batch and that of the channels."""
    return tuple(range(1, len(maps.shape) - 1))


def _pixel_weights(maps, gradients):
    """Weights of Grad-CAM++; the exponential of the logit, in the paper's derivatives, cancels out."""
    square, cube, places = gradients**2, gradients**3, _places(maps)
    below = 2 * square + cube * tf.reduce_sum(maps, axis=places, keepdims=True)
    alpha = tf.math.divide_no_nan(square, below)
    alpha = tf.math.divide_no_nan(alpha, tf.reduce_sum(alpha, axis=places, keepdims=True))
    return tf.reduce_sum(alpha * tf.nn.relu(gradients), axis=places, keepdims=True)
