"""What several networks say together: the mean of their probabilities as logits, or moments of their mixture.

Written with ``keras.ops`` that a saved network may hold and ONNX Runtime has, and with sums of
exponentials of nothing above 0, so that the largest logits do not overflow.
"""

from keras import ops

from otrain.data.results.value_encoding import LARGEST_ENCODED

__all__ = ["mean_logits", "mixture_moments", "split_members"]


def split_members(answers, members):
    """Return the answers of each network, of answers that stand beside each other on the last axis.

    Parameters
    ----------
    answers : (N, ..., members * units) tensor
    members : int

    Returns
    -------
    list of (N, ..., units) tensor
    """
    units = answers.shape[-1] // members
    return [answers[..., first * units:(first + 1) * units] for first in range(members)]


def mean_logits(parts, activation):
    """Return logits that stand for the mean of the probabilities, or of the numbers, of several networks.

    Parameters
    ----------
    parts : list of (N, ..., units) tensor
        Logits of each network.
    activation : {"sigmoid", "softmax", "linear"}
        What makes scores of them.

    Returns
    -------
    (N, ..., units) tensor
        Of which `activation` makes the mean of the scores. Of several classes: logarithms of it.
    """
    if activation == "linear":
        return _mean(parts)
    if activation == "softmax":
        return _log_mean([part - _log_sum(part) for part in parts])
    # Logarithms of sigmoid(z) and sigmoid(-z), whose last term is the same. Not log1p, which tf2onnx lacks:
    # what log loses of a term far below 1 is below the rounding of z, from which it is taken.
    rest = [ops.log(1.0 + ops.exp(0.0 - ops.absolute(part))) for part in parts]
    return (_log_mean([ops.minimum(part, 0.0) - more for part, more in zip(parts, rest)])
            - _log_mean([0.0 - ops.maximum(part, 0.0) - more for part, more in zip(parts, rest)]))


def mixture_moments(means, variances=None, correlations=None):
    """Return mean, standard deviation and correlations of a mixture of equal shares.

    Parameters
    ----------
    means : list of (N, K) tensor
        Of each network, clipped where the encoding of numbers ends.
    variances : list of (N, K) tensor, optional
    correlations : list of list of (N, n) tensor, optional
        Of each network, for each row of the lower triangle but the first: n = 1, 2, ... K - 1.

    Returns
    -------
    mean : (N, K) tensor
    errors : (N, K) tensor or None
        Root of the mean of the variances plus the variance of the means.
    rows : list of (N, n) tensor
        Correlations of the mixture, row by row.
    """
    means = [ops.clip(part, -LARGEST_ENCODED, LARGEST_ENCODED) for part in means]
    mean = _mean(means)
    if variances is None:
        return mean, None, []
    apart = [part - mean for part in means]
    errors = ops.sqrt(_mean([within + ops.square(offset) for within, offset in zip(variances, apart)]))
    if correlations is None:
        return mean, errors, []
    rows, own = [], [ops.sqrt(within) for within in variances]
    for row in range(1, mean.shape[-1]):
        shared = _mean([
            known[row - 1] * sigma[:, row:row + 1] * sigma[:, :row] + offset[:, row:row + 1] * offset[:, :row]
            for known, sigma, offset in zip(correlations, own, apart)])
        # Rounding alone takes a correlation beyond 1.
        rows.append(ops.clip(shared / errors[:, row:row + 1] / errors[:, :row], -1.0, 1.0))
    return mean, errors, rows


def _mean(parts):
    return sum(parts[1:], parts[0]) / len(parts)


def _log_sum(logits):
    """Return the logarithm of the sum of exponentials over the last axis, (N, ..., 1)."""
    largest = ops.max(logits, axis=-1, keepdims=True)
    return largest + ops.log(ops.sum(ops.exp(logits - largest), axis=-1, keepdims=True))


def _log_mean(logs):
    """Return the logarithm of the mean of exponentials, element by element."""
    largest = logs[0]
    for one in logs[1:]:
        largest = ops.maximum(largest, one)
    return largest + ops.log(_mean([ops.exp(one - largest) for one in logs]))
