"""The end of a network that gives numbers: encoded ones decoded by nodes of the graph, to their own units.

Written with ``keras.ops`` alone, so that a saved network holds no custom code and ONNX Runtime gives the
same. Everything is clipped where it could overflow, as `ValueEncoding` clips it.
"""

import numpy as np
from keras import ops

from otrain.data.results.value_encoding import LARGEST_ARCSINH, LARGEST_ENCODED, ValueEncoding
from otrain.models.layers.mixture import mixture_moments
from otrain.models.value_losses import split_answers

__all__ = ["decoded", "decoded_mixture"]


def decoded(answers, encoding):
    """Return what a network says, in the units of the numbers themselves.

    Parameters
    ----------
    answers : (N, units) KerasTensor
        K encoded means, then perhaps K log variances, then perhaps a triangle (`CorrelatedSurprise`).
    encoding : dict
        Of `ValueEncoding.to_dict`.

    Returns
    -------
    (N, units) KerasTensor
        K values, then their standard deviations (encoded ones divided by the slope of the
        encoding at the value), then the correlations of their encoded errors, the lower
        triangle row by row. All are finite.
    """
    encoding = ValueEncoding.from_dict(encoding)
    means, log_variances, triangle = split_answers(answers, len(encoding.names))
    return _in_own_units(
        means, encoding, None if log_variances is None else lambda: _errors(log_variances, triangle))


def decoded_mixture(parts, encoding):
    """Return what several networks say together, in the units of the numbers themselves.

    Parameters
    ----------
    parts : list of (N, units) KerasTensor
        Of each network, as for `decoded`.
    encoding : dict

    Returns
    -------
    (N, units) KerasTensor
        As of one network: values, standard deviations and correlations of the mixture of equal shares,
        whose moments are taken of encoded numbers (`otrain.models.layers.mixture.mixture_moments`).
    """
    encoding = ValueEncoding.from_dict(encoding)
    means, variances, correlations = [], [], []
    for part in parts:
        mean, log_variances, triangle = split_answers(part, len(encoding.names))
        means.append(mean)
        if log_variances is not None:
            errors, rows = _errors(log_variances, triangle)
            variances.append(ops.square(errors))
            correlations.append(rows)
    mean, errors, rows = mixture_moments(means, variances or None,
                                         correlations if correlations and correlations[0] else None)
    return _in_own_units(mean, encoding, None if errors is None else lambda: (errors, rows))


def _in_own_units(means, encoding, uncertain):
    """Return values, and what `uncertain()` gives, the errors and rows of correlations, behind them."""
    curved = np.array([transform == "asinh" for transform in encoding.transforms])
    straight = np.where(curved, 0, 1).astype(np.float32)
    softening = np.where(curved, encoding.softening, 0).astype(np.float32)
    scale, centre = np.array(encoding.scale, np.float32), np.array(encoding.centre, np.float32)

    inner = ops.clip(means, -LARGEST_ENCODED, LARGEST_ENCODED) * scale + centre
    bounded = ops.clip(inner, -LARGEST_ARCSINH, LARGEST_ARCSINH)
    values = inner * straight + ops.sinh(bounded) * softening if curved.any() else inner
    if uncertain is None:
        return values
    errors, correlations = uncertain()
    per_encoded = (ops.cosh(bounded) * softening + straight) * scale if curved.any() else scale
    return ops.concatenate([values, errors * per_encoded, *correlations], axis=-1)


def _errors(log_variances, triangle):
    """Return encoded standard deviations (N, K) and the correlations of each row; none without triangle."""
    errors, correlations = ops.exp(0.5 * log_variances), []
    if triangle is not None:
        lengths, correlations = _lengths_and_correlations(triangle, log_variances.shape[-1])
        errors = errors * lengths
    return errors, correlations


def _lengths_and_correlations(triangle, count):
    """Return the lengths of the rows of M, (N, K), and the cosines between them, row by row."""
    rows = [ops.pad(0.0 * triangle[:, :1] + 1.0, ((0, 0), (0, count - 1)))]
    for row in range(1, count):
        first = row * (row - 1) // 2
        filled = ops.concatenate([triangle[:, first:first + row], 0.0 * triangle[:, :1] + 1.0], axis=-1)
        rows.append(ops.pad(filled, ((0, 0), (0, count - row - 1))))
    matrix = ops.reshape(ops.concatenate(rows, axis=-1), (-1, count, count))
    lengths = ops.sqrt(ops.sum(ops.square(matrix), axis=-1))
    matrix = matrix / ops.reshape(lengths, (-1, count, 1))
    cosines = ops.matmul(matrix, ops.transpose(matrix, (0, 2, 1)))
    return lengths, [cosines[:, row, :row] for row in range(1, count)]
