"""Normalisation inside the network: pixels of any unit to numbers around one, and the finite mask.

Written with ``keras.ops`` alone, as nodes of the functional graph, so that a
saved network holds no custom code and exports to ONNX with equal results on
NaN, infinite and huge pixels.
"""

import math

from keras import ops

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["METHODS", "normalise"]

METHODS = ("robust", "l2", "none")

HUGE = 1e15  # squares and differences of clipped pixels stay finite in float32
BEYOND = 1e30  # sorts behind every clipped pixel
# About as many are sorted: enough to know the width to 6 % of sigma, which costs no accuracy (250
# did), while sorting 1000 costs as much time as half of all convolutions.
SORTED_PIXELS = 350
QUARTILES_OF_SIGMA = 1.349  # distance of the quartiles of a Gaussian, in standard deviations


def normalise(x, method, *, mask=True):
    """Return scaled pixels and, behind them, the mask of finite pixels.

    Parameters
    ----------
    x : (N, H, W, C) KerasTensor
        Pixels; NaN, and infinity, stand for 'no value' and become 0.
    method : {"robust", "l2", "none"}
        ``robust``: per cutout and channel, minus the median, divided by the
        width between the quartiles as a Gaussian sigma, then ``sign(x) log(1 +
        |x|)``: linear in the noise, logarithmic on stars; unchanged when a survey
        scales or offsets its images. ``l2``: divided by the root of the sum of
        squares of the channel, as braai and gotorb do. ``none``: as they are.
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
    _, height, width, channels = x.shape
    # The pixels of a channel side by side: a number per channel is then spread over long rows,
    # which ONNX Runtime does ten times faster than over rows of three.
    x = ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (-1, channels, height * width))
    finite = ops.cast(ops.isfinite(x), "float32")
    # Not where(isfinite(x), x, 0): tf2onnx turns that into a product, and NaN * 0 is NaN. Infinite
    # pixels are clipped, and cleared by their mask: a second condition costs three times the product.
    pixels = ops.where(ops.isnan(x), 0.0, ops.clip(x, -HUGE, HUGE)) * finite
    if method == "robust":
        pixels = _robust(pixels, finite, height, width)
    elif method == "l2":
        pixels = _l2(pixels)
    if mask:
        pixels, channels = ops.concatenate([pixels, finite], axis=1), 2 * channels
    return ops.transpose(ops.reshape(pixels, (-1, channels, height, width)), (0, 2, 3, 1))


def _robust(pixels, finite, height, width):
    lower, median, upper = _quartiles(pixels, finite, height, width)
    deviation = (pixels - median) * finite
    size = ops.absolute(deviation)
    # A noiseless channel has no width: its brightest pixel sets the scale; 1e-20 keeps a constant one at 0.
    floor = 1e-5 * ops.max(size, axis=-1, keepdims=True) + 1e-20
    per_sigma = 1.0 / ((upper - lower) * (1.0 / QUARTILES_OF_SIGMA) + floor)
    # asinh would do as well, but costs ONNX Runtime as much as all convolutions together; and a
    # quotient is the sign in a third of the time of ops.sign.
    return deviation / (size + 1e-20) * ops.log(size * per_sigma + 1.0)


def _quartiles(pixels, finite, height, width):
    """Return the three quartiles of the finite pixels, each (N, C, 1), from one sort; others are 0."""
    stride = _stride(height, width)
    pixels, finite = pixels[:, :, ::stride], finite[:, :, ::stride]
    ordered = ops.sort(pixels + (1.0 - finite) * BEYOND, axis=-1)
    last = ops.maximum(ops.sum(finite, axis=-1, keepdims=True) - 1.0, 0.0)
    ordered = ordered * ops.cast(ordered < BEYOND, "float32")  # no finite pixel at all: quartiles 0
    quartiles = []
    for fraction in (0.25, 0.5, 0.75):  # exact in binary: every backend picks the same pixel
        rank = ops.cast(ops.floor(last[..., 0] * fraction), "int32")
        chosen = ops.one_hot(rank, pixels.shape[2])
        quartiles.append(ops.sum(ordered * chosen, axis=-1, keepdims=True))
    return quartiles


def _stride(height, width):
    """Return the distance of the pixels that are sorted, row after row.

    It has no divisor in common with the width, so that every column is among them.
    """
    return next(stride for stride in range(max(1, round(height * width / SORTED_PIXELS)), 0, -1)
                if math.gcd(stride, width) == 1)


def _l2(pixels):
    # Divided by the maximum first, so that squares neither overflow nor vanish.
    pixels = pixels / (ops.max(ops.absolute(pixels), axis=-1, keepdims=True) + 1e-12)
    return pixels / ops.sqrt(ops.sum(ops.square(pixels), axis=-1, keepdims=True) + 1e-12)
