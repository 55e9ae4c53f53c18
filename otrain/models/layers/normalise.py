"""Normalisation inside the network: pixels of any unit to numbers around one, and the finite mask.

Written with ``keras.ops`` alone, as nodes of the functional graph, so that a
saved network holds no custom code and exports to ONNX with equal results on
NaN, infinite and huge pixels.
"""

import numpy as np
from keras import ops

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["METHODS", "normalise"]

METHODS = ("robust", "l2", "none")

HUGE = 1e15  # squares and differences of clipped pixels stay finite in float32
BEYOND = 1e30  # sorts behind every clipped pixel
SORTED_PIXELS = 500  # enough to know the quartiles to 5 % of sigma; sorting more costs time only
QUARTILES_OF_SIGMA = 1.349  # distance of the quartiles of a Gaussian, in standard deviations


def normalise(x, method, *, mask=True):
    """Return scaled pixels and, behind them, the mask of finite pixels.

    Parameters
    ----------
    x : (N, H, W, C) KerasTensor
        Pixels; NaN, and infinity, stand for 'no value' and become 0.
    method : {"robust", "l2", "none"}
        ``robust``: per cutout and channel, minus the median, divided by the
        width between the quartiles as a Gaussian sigma, then asinh: linear in
        the noise, logarithmic on stars; unchanged when a survey scales or
        offsets its images. ``l2``: divided by the root of the sum of squares
        of the channel, as braai and gotorb do. ``none``: as they are.
    mask : bool
        Whether to append, for each channel, 1 where the pixel is finite and 0
        elsewhere.

    Returns
    -------
    (N, H, W, C) or (N, H, W, 2 C) KerasTensor
        Finite everywhere; a pixel without a value is 0.

    Raises
    ------
    UsageError
        If there is no such method.
    """
    if method not in METHODS:
        raise UsageError(f"unknown normalisation {method!r}.{nearest(method, METHODS)} "
                         f"Known: {', '.join(METHODS)}.")
    finite = ops.cast(ops.isfinite(x), "float32")
    # Two steps: tf2onnx turns where(isfinite(x), x, 0) into a product, and NaN * 0 is NaN.
    pixels = ops.where(ops.isnan(x), 0.0, x)
    pixels = ops.where(ops.isinf(pixels), 0.0, pixels)
    pixels = ops.clip(pixels, -HUGE, HUGE)
    if method == "robust":
        pixels = _robust(pixels, finite)
    elif method == "l2":
        pixels = _l2(pixels)
    return ops.concatenate([pixels, finite], axis=-1) if mask else pixels


def _robust(pixels, finite):
    lower, median, upper = _quartiles(pixels, finite)
    deviation = (pixels - median) * finite
    # A noiseless channel has no width: its brightest pixel sets the scale; 1e-20 keeps a constant one at 0.
    floor = 1e-5 * ops.max(ops.absolute(deviation), axis=(1, 2), keepdims=True) + 1e-20
    sigma = (upper - lower) * (1.0 / QUARTILES_OF_SIGMA) + floor
    return ops.arcsinh(deviation / sigma)


def _quartiles(pixels, finite):
    """Return the three quartiles of the finite pixels, each (N, 1, 1, C), from one sort."""
    _, height, width, channels = pixels.shape
    step = max(1, round((height * width / SORTED_PIXELS) ** 0.5))
    pixels, finite = pixels[:, ::step, ::step], finite[:, ::step, ::step]
    count = pixels.shape[1] * pixels.shape[2]
    # Pixels along the last axis: there, sorting is contiguous.
    finite = ops.transpose(ops.reshape(finite, (-1, count, channels)), (0, 2, 1))
    pixels = ops.transpose(ops.reshape(pixels, (-1, count, channels)), (0, 2, 1))
    ordered = ops.sort(pixels * finite + (1.0 - finite) * BEYOND, axis=-1)
    last = ops.maximum(ops.sum(finite, axis=-1, keepdims=True) - 1.0, 0.0)
    ordered = ordered * ops.cast(ordered < BEYOND, "float32")  # no finite pixel at all: quartiles 0
    # An array of numpy becomes a constant of the exported graph, a tensor one more input.
    ranks = np.arange(count, dtype="float32").reshape(1, 1, count)
    quartiles = []
    for fraction in (0.25, 0.5, 0.75):  # exact in binary: every backend picks the same pixel
        chosen = ops.cast(ops.equal(ranks, ops.floor(last * fraction)), "float32")
        value = ops.sum(ordered * chosen, axis=-1)
        quartiles.append(ops.reshape(value, (-1, 1, 1, channels)))
    return quartiles


def _l2(pixels):
    # Divided by the maximum first, so that squares neither overflow nor vanish.
    pixels = pixels / (ops.max(ops.absolute(pixels), axis=(1, 2), keepdims=True) + 1e-12)
    return pixels / ops.sqrt(ops.sum(ops.square(pixels), axis=(1, 2), keepdims=True) + 1e-12)
