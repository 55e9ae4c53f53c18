"""Normalisation of curves inside the network: large amplitudes compressed, and the mask of valid points."""

from keras import ops

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["METHODS", "normalise_curve"]

METHODS = ("log", "none")

HUGE = 1e15  # clipped points stay finite, and so do their differences
LINEAR = 10.0  # sigma; smaller values are hardly changed, at this one the slope is half


def normalise_curve(x, method):
    """Return compressed channels and, behind them, the mask of valid points.

    Parameters
    ----------
    x : (N, L, C) KerasTensor
        Channels in units of the noise; NaN, and infinity, stand for 'no value' and become 0.
    method : {"log", "none"}
        ``log``: ``10 sign(x) log(1 + |x| / 10)``, linear within the noise, 69 for a
        flare of ten thousand sigma. ``none``: as they are.

    Returns
    -------
    (N, L, C + 1) KerasTensor
        Finite everywhere. The last channel is 1 where all channels have a value, 0 elsewhere.

    Raises
    ------
    UsageError
        If there is no such method.
    """
    if method not in METHODS:
        raise UsageError(f"unknown normalisation {method!r} of curves.{nearest(method, METHODS)} "
                         f"Known: {', '.join(METHODS)}.")
    valid = ops.min(ops.cast(ops.isfinite(x), "float32"), axis=-1, keepdims=True)
    # Two steps: tf2onnx turns where(isfinite(x), x, 0) into a product, and NaN * 0 is NaN.
    values = ops.where(ops.isnan(x), 0.0, x)
    values = ops.where(ops.isinf(values), 0.0, values)
    values = ops.clip(values, -HUGE, HUGE)
    if method == "log":
        values = LINEAR * ops.sign(values) * ops.log(ops.absolute(values) * (1.0 / LINEAR) + 1.0)
    return ops.concatenate([values, valid], axis=-1)
