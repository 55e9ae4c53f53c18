"""Numbers of one precision: images stay float32 though parameters come as Python or numpy floats."""

import numpy as np

__all__ = ["float_arrays", "parameter"]


def float_arrays(*values):
    """Return arrays of one float type, float32 if all are, without spreading them over a common shape."""
    arrays = [np.asarray(value) for value in values]
    kind = np.result_type(*(array.dtype for array in arrays))
    if kind.kind != "f":
        kind = np.dtype(np.float64)
    return [array.astype(kind, copy=False) for array in arrays]


def parameter(value, kind=np.float64):
    """Return a parameter as an array of `kind`: a numpy float64 would make a float32 image float64."""
    return np.asarray(value, kind)
